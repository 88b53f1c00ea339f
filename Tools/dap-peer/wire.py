"""The presentation language of RFC 8446 §3: integers big-endian, vectors with their length in front."""


class WireError(ValueError):
    """Bytes that are not the one encoding of what they should be."""


def uint(size: int, value: int) -> bytes:
    """An unsigned integer of `size` bytes."""
    if not 0 <= value < 1 << (8 * size):
        raise WireError(f"{value} does not fit into {size} bytes")
    return value.to_bytes(size, "big")


def vector(size: int, content: bytes) -> bytes:
    """`opaque content<0..2^(8 * size) - 1>`, or a vector of anything, given its encoded elements."""
    return uint(size, len(content)) + content


class Reader:
    """Takes values off the front of a byte string."""

    def __init__(self, data: bytes):
        self.data = data
        self.offset = 0

    def fixed(self, size: int) -> bytes:
        if size > len(self.data) - self.offset:
            raise WireError(f"{size} bytes wanted at {self.offset}, {len(self.data) - self.offset} are left")
        self.offset += size
        return self.data[self.offset - size:self.offset]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.fixed(size), "big")

    def vector(self, size: int, least: int = 0) -> bytes:
        content = self.fixed(self.uint(size))
        if len(content) < least:
            raise WireError(f"a vector of {len(content)} bytes, at least {least} are due")
        return content

    def rest(self) -> bytes:
        return self.fixed(len(self.data) - self.offset)

    @property
    def is_empty(self) -> bool:
        return self.offset == len(self.data)

    def end(self) -> None:
        """Refuses bytes that are left over."""
        if not self.is_empty:
            raise WireError(f"{len(self.data) - self.offset} bytes are left over")
