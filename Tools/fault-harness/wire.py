"""What the harness reads of messages that pass its relays: which reports they name, and which parameters."""

import dataclasses
import hashlib
import struct


class Reader:
    """Bytes from the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        if self.position + count > len(self.data):
            raise ValueError("a message is too short")
        self.position += count
        return self.data[self.position - count : self.position]

    def integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def opaque(self, size: int) -> bytes:
        return self.take(self.integer(size))

    @property
    def is_at_end(self) -> bool:
        return self.position == len(self.data)


def read_ciphertext(reader: Reader) -> None:
    """HpkeCiphertext: DAP §4.1."""
    reader.take(1)
    reader.opaque(2)
    reader.opaque(4)


def read_head(reader: Reader) -> bytes:
    """A report's metadata and public share, which gives its ID: DAP §4.4.2."""
    report = reader.take(16)
    reader.take(8)
    reader.opaque(2)
    reader.opaque(4)
    return report


def uploaded_reports(body: bytes) -> list[bytes]:
    """The IDs of an UploadRequest: DAP §4.4.2."""
    reader, found = Reader(body), []
    while not reader.is_at_end:
        found.append(read_head(reader))
        read_ciphertext(reader)
        read_ciphertext(reader)
    return found


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Reports that an aggregator is asked to evaluate under a parameter: a job's first request names them."""

    job: str
    step: int
    parameter: bytes
    reports: tuple[bytes, ...]
    digest: bytes  # of the whole request

    @property
    def level(self) -> int:
        return struct.unpack(">H", self.parameter[:2])[0]


def first_evaluation(job: str, body: bytes) -> Evaluation:
    """AggregationJobInitReq: DAP §4.5.3.1."""
    reader = Reader(body)
    reader.take(1)
    parameter = reader.opaque(4)
    reader.opaque(2)
    reports = []
    while not reader.is_at_end:
        reports.append(read_head(reader))
        read_ciphertext(reader)
        reader.opaque(4)
    return Evaluation(job, 0, parameter, tuple(reports), hashlib.sha256(body).digest())


def later_evaluation(job: str, body: bytes) -> Evaluation | None:
    """WalkEvaluateReq, if it is one: WalkExtension, *Later steps of a shard*."""
    reader = Reader(body)
    reader.take(16)
    step = reader.integer(2)
    if reader.integer(1) != 1:
        return None
    reader.take(4 + 32)
    return Evaluation(job, step, reader.opaque(4), (), hashlib.sha256(body).digest())
