"""The encoding `bytes`: strings as paths of bits, and what a prefix of a path can still become.

Eight bits a byte, most significant first, then the byte 0x01, then zero bits up to the task's number of bits. No string
has a byte 0x00 or 0x01, so the encoding is prefix-free, and a zero byte before the terminator belongs to nobody.
"""

from collections.abc import Iterable, Iterator

Path = tuple[bool, ...]
TERMINATOR = 0x01


def bits_of(data: bytes) -> Path:
    return tuple(bool(byte >> (7 - i) & 1) for byte in data for i in range(8))


def path_of(string: bytes, bits: int) -> Path:
    """The whole path of a string."""
    low = [byte for byte in string if byte <= TERMINATOR]
    if low:
        raise ValueError(f"byte 0x{low[0]:02x} cannot be encoded")
    path = bits_of(string + bytes([TERMINATOR]))
    if len(path) > bits:
        raise ValueError(f"{len(string)} bytes need {len(path)} bits, the task has {bits}")
    return path + (False,) * (bits - len(path))


def _whole_bytes(path: Path) -> bytes:
    return bytes(
        sum(bit << (7 - i) for i, bit in enumerate(path[start:start + 8])) for start in range(0, len(path) // 8 * 8, 8))


def string_of(path: Path) -> bytes | None:
    """The string of a path that has its terminator; none as long as more bytes must follow."""
    data = _whole_bytes(path)
    end = data.find(TERMINATOR)
    return data[:end] if end >= 0 else None


def is_possible(path: Path, bits: int) -> bool:
    """Whether a string's path can begin so."""
    data = _whole_bytes(path)
    end = next((i for i, byte in enumerate(data) if byte <= TERMINATOR), None)
    if end is None:
        return len(data) < bits // 8
    return data[end] == TERMINATOR and not any(path[8 * (end + 1):])


def extensions(prefix: Path, length: int, bits: int) -> Iterator[Path]:
    """Every path of a length that begins with the prefix and is possible, in lexicographic order."""
    if not is_possible(prefix, bits):
        return
    if len(prefix) == length or string_of(prefix) is not None:
        yield prefix + (False,) * (length - len(prefix))
        return
    for bit in (False, True):
        yield from extensions(prefix + (bit,), length, bits)


def lines(data: bytes) -> Iterable[tuple[int, bytes]]:
    """Lines with their numbers. They end at LF or CRLF; a byte order mark is no part of one; empty ones are skipped."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line := line.removesuffix(b"\r").removeprefix(b"\xef\xbb\xbf"):
            yield number, line
