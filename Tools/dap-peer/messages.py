"""The messages of draft-ietf-ppm-dap-18 that a Client, a Collector and a Leader send or get."""

from dataclasses import dataclass, field
from enum import IntEnum

from wire import Reader, WireError, uint, vector

#: Enters every label and the VDAF's context (DAP §4.4.2).
TAG = b"dap-18"


class Role(IntEnum):
    COLLECTOR = 0
    CLIENT = 1
    LEADER = 2
    HELPER = 3


class BatchMode(IntEnum):
    TIME_INTERVAL = 1
    LEADER_SELECTED = 2


class ReportError(IntEnum):
    BATCH_COLLECTED = 1
    REPORT_REPLAYED = 2
    REPORT_DROPPED = 3
    HPKE_UNKNOWN_CONFIG_ID = 4
    HPKE_DECRYPT_ERROR = 5
    VDAF_VERIFY_ERROR = 6
    TASK_EXPIRED = 7
    INVALID_MESSAGE = 8
    REPORT_TOO_EARLY = 9
    TASK_NOT_STARTED = 10
    OUTDATED_CONFIG = 11


def dap(message: str) -> str:
    """The media type of a message (DAP §9.1)."""
    return f"application/ppm-dap;message={message}"


@dataclass(frozen=True)
class Extension:
    """Report, task, aggregation-job and collection-job extensions are all built alike (DAP §4.4.3)."""

    type: int
    data: bytes

    def encode(self) -> bytes:
        return uint(2, self.type) + vector(2, self.data)


def encode_extensions(extensions: list[Extension]) -> bytes:
    """A list of extensions as it stands. Sorting it is the caller's affair: some of our callers send wrong ones."""
    return vector(2, b"".join(extension.encode() for extension in extensions))


def decode_extensions(reader: Reader) -> list[Extension]:
    content, extensions = Reader(reader.vector(2)), []
    while not content.is_empty:
        extensions.append(Extension(content.uint(2), content.vector(2)))
    return extensions


@dataclass(frozen=True)
class Interval:
    """From `start`, `duration` long, in units of the task's time precision (DAP §4.1.1)."""

    start: int
    duration: int

    def encode(self) -> bytes:
        return uint(8, self.start) + uint(8, self.duration)

    @staticmethod
    def decode(reader: Reader) -> "Interval":
        return Interval(reader.uint(8), reader.uint(8))

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.start + other.duration <= self.start + self.duration


@dataclass(frozen=True)
class HpkeConfig:
    id: int
    kem: int
    kdf: int
    aead: int
    public_key: bytes

    @staticmethod
    def decode(reader: Reader) -> "HpkeConfig":
        return HpkeConfig(reader.uint(1), reader.uint(2), reader.uint(2), reader.uint(2), reader.vector(2, 1))

    def encode(self) -> bytes:
        return uint(1, self.id) + uint(2, self.kem) + uint(2, self.kdf) + uint(2, self.aead) + vector(2, self.public_key)

    @staticmethod
    def decode_list(data: bytes) -> list["HpkeConfig"]:
        """An `HpkeConfigList` (DAP §4.4.1), most preferred first."""
        outer = Reader(data)
        content, configs = Reader(outer.vector(2, 10)), []
        outer.end()
        while not content.is_empty:
            configs.append(HpkeConfig.decode(content))
        if len({config.id for config in configs}) != len(configs):
            raise WireError("two HPKE configurations have one identifier")
        return configs


@dataclass(frozen=True)
class HpkeCiphertext:
    config_id: int
    enc: bytes
    payload: bytes

    def encode(self) -> bytes:
        return uint(1, self.config_id) + vector(2, self.enc) + vector(4, self.payload)

    @staticmethod
    def decode(reader: Reader) -> "HpkeCiphertext":
        return HpkeCiphertext(reader.uint(1), reader.vector(2, 1), reader.vector(4, 1))


@dataclass(frozen=True)
class TaskConfiguration:
    """DAP §4.2."""

    task_info: bytes
    leader: bytes
    helper: bytes
    time_precision: int
    min_batch_size: int
    batch_mode: int
    batch_config: bytes
    vdaf_type: int
    vdaf_configuration: bytes
    extensions: list[Extension]

    def encode(self) -> bytes:
        return (
            vector(1, self.task_info) + vector(2, self.leader) + vector(2, self.helper)
            + uint(8, self.time_precision) + uint(8, self.min_batch_size)
            + uint(1, self.batch_mode) + vector(2, self.batch_config)
            + uint(4, self.vdaf_type) + vector(2, self.vdaf_configuration) + encode_extensions(self.extensions))

    @staticmethod
    def decode(data: bytes) -> "TaskConfiguration":
        reader = Reader(data)
        configuration = TaskConfiguration(
            reader.vector(1, 1), reader.vector(2, 1), reader.vector(2, 1), reader.uint(8), reader.uint(8),
            reader.uint(1), reader.vector(2), reader.uint(4), reader.vector(2), decode_extensions(reader))
        reader.end()
        types = [extension.type for extension in configuration.extensions]
        if any(a >= b for a, b in zip(types, types[1:])):
            raise WireError("the task's extensions are not in strictly increasing order")
        return configuration


@dataclass(frozen=True)
class ReportMetadata:
    report_id: bytes
    time: int
    public_extensions: list[Extension] = field(default_factory=list)

    def encode(self) -> bytes:
        return self.report_id + uint(8, self.time) + encode_extensions(self.public_extensions)


@dataclass(frozen=True)
class Report:
    metadata: ReportMetadata
    public_share: bytes
    leader_share: HpkeCiphertext
    helper_share: HpkeCiphertext

    def encode(self) -> bytes:
        return (self.metadata.encode() + vector(4, self.public_share)
                + self.leader_share.encode() + self.helper_share.encode())


def plaintext_input_share(private_extensions: list[Extension], payload: bytes) -> bytes:
    return encode_extensions(private_extensions) + vector(4, payload)


def input_share_aad(task_id: bytes, configuration: bytes, metadata: ReportMetadata, public_share: bytes) -> bytes:
    return task_id + configuration + metadata.encode() + vector(4, public_share)


def input_share_info(recipient: Role) -> bytes:
    return TAG + b" input share" + bytes([Role.CLIENT, recipient])


def aggregate_share_info(sender: Role) -> bytes:
    return TAG + b" aggregate share" + bytes([sender, Role.COLLECTOR])


def decode_upload_errors(data: bytes) -> list[tuple[bytes, ReportError]]:
    """`UploadErrors`: the reports that were not taken, in the order of the request."""
    reader, errors = Reader(data), []
    while not reader.is_empty:
        errors.append((reader.fixed(16), ReportError(reader.uint(1))))
    return errors


@dataclass(frozen=True)
class BatchSelector:
    """`Query` and `BatchSelector` are built alike (DAP §4.6.1, §4.6.4)."""

    batch_mode: int
    config: bytes

    def encode(self) -> bytes:
        return uint(1, self.batch_mode) + vector(2, self.config)

    @staticmethod
    def decode(reader: Reader) -> "BatchSelector":
        return BatchSelector(reader.uint(1), reader.vector(2))

    def interval(self) -> Interval:
        """The batch interval of the time-interval mode."""
        reader = Reader(self.config)
        interval = Interval.decode(reader)
        reader.end()
        return interval


Query = BatchSelector


@dataclass(frozen=True)
class CollectionJobReq:
    query: Query
    agg_param: bytes
    extensions: list[Extension]

    def encode(self) -> bytes:
        return self.query.encode() + vector(4, self.agg_param) + encode_extensions(self.extensions)

    @staticmethod
    def decode(data: bytes) -> "CollectionJobReq":
        reader = Reader(data)
        request = CollectionJobReq(Query.decode(reader), reader.vector(4), decode_extensions(reader))
        reader.end()
        return request


@dataclass(frozen=True)
class CollectionJobResp:
    report_count: int
    interval: Interval
    leader_share: HpkeCiphertext
    helper_share: HpkeCiphertext

    @staticmethod
    def decode(reader: Reader) -> "CollectionJobResp":
        return CollectionJobResp(
            reader.uint(8), Interval.decode(reader), HpkeCiphertext.decode(reader), HpkeCiphertext.decode(reader))


def aggregate_share_aad(task_id: bytes, configuration: bytes, request: bytes) -> bytes:
    """`AggregateShareAad` (DAP §4.6.7), with the request as it was sent."""
    return task_id + configuration + request
