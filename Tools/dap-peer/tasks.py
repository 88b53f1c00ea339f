"""A task as its role files describe it: `populus task new` writes them, and PopulusTaskFiles.docc/PopulusTaskFiles.md says how."""

import base64
import hashlib
import json
from dataclasses import dataclass

from messages import BatchMode, HpkeConfig, Interval, Role, TaskConfiguration
from wire import Reader, WireError

FORMAT = "populus-task/1"
TASK_INTERVAL = 1  # the task extension of DAP §4.2.3


class TaskError(Exception):
    """A role file that this peer cannot use."""


def from_base64url(text: str) -> bytes:
    """RFC 4648 §5 without padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class KeyPair:
    config: HpkeConfig
    private_key: bytes


@dataclass(frozen=True)
class CodePoints:
    """The walk extension's, which the parties of a task agree on; the provisional ones if the file has none."""

    task: int = 0xFD57
    aggregation_job: int = 0xFD57
    collection_job: int = 0xFD57
    #: The noise extension's, of tasks without walks.
    noise: int = 0xFD58


def read_variance(reader: Reader) -> tuple[int, int]:
    """`NoiseVariance` (DAP.docc/NoiseExtension.md): sigma² as a fraction."""
    numerator, denominator = reader.uint(8), reader.uint(8)
    if not 0 < numerator * denominator < 2**64:
        raise WireError("a variance is outside of its range")
    return numerator, denominator


def read_inverse_delta(reader: Reader) -> int:
    if (inverse := reader.uint(8)) < 2:
        raise WireError("a delta is not below 1")
    return inverse


@dataclass
class Task:
    """One role's knowledge of a task. What the role must not know is absent."""

    role: str
    id: bytes
    #: The configuration's bytes as they are in the file: they enter every associated data.
    configuration_bytes: bytes
    configuration: TaskConfiguration
    encoding: str | None
    code_points: CodePoints
    key: KeyPair | None
    collector_config: HpkeConfig | None
    collector_token: str | None
    aggregator_token: str | None
    verify_keys: dict[int, bytes]

    @staticmethod
    def read(path: str, *roles: str) -> "Task":
        """Reads a role file, which must be of one of the roles."""
        with open(path, encoding="utf-8") as file:
            members = json.load(file)
        if members.get("format") != FORMAT:
            raise TaskError(f"{path}: the format is {members.get('format')!r}, this program reads {FORMAT!r}")
        if members["role"] not in roles:
            raise TaskError(f"{path} is the {members['role']}'s; this takes the {' or the '.join(roles)}'s")
        configuration_bytes = from_base64url(members["task_configuration"])
        key, points = members.get("hpke_key"), members.get("walk_code_points")
        task = Task(
            role=members["role"],
            id=from_base64url(members["task_id"]),
            configuration_bytes=configuration_bytes,
            configuration=TaskConfiguration.decode(configuration_bytes),
            encoding=members.get("encoding"),
            code_points=CodePoints(**points) if points else CodePoints(),
            key=KeyPair(_config(key["config"]), from_base64url(key["private_key"])) if key else None,
            collector_config=_config(members["collector_hpke_config"]) if "collector_hpke_config" in members else None,
            collector_token=members.get("collector_token"),
            aggregator_token=members.get("aggregator_token"),
            verify_keys={key["id"]: from_base64url(key["key"]) for key in members.get("verify_keys", [])})
        task.check()
        return task

    def check(self) -> None:
        """DAP §4.2.2: nobody takes part in a task with an extension that it does not know."""
        known = {TASK_INTERVAL, self.code_points.task, self.code_points.noise}
        unknown = {extension.type for extension in self.configuration.extensions} - known
        if unknown:
            raise TaskError(f"the task has extensions that this program does not know: {sorted(unknown)}")
        if self.configuration.batch_mode not in list(BatchMode) or self.configuration.batch_config:
            raise TaskError("the task has a batch mode that this program does not know")
        if self.has_noise and self.walk_extension is not None:
            raise TaskError("the noise of walks stands in their own extension")

    def extension(self, type: int) -> bytes | None:
        """The data of one of the task's extensions."""
        found = [extension.data for extension in self.configuration.extensions if extension.type == type]
        return found[0] if found else None

    @property
    def walk_extension(self) -> bytes | None:
        """The data of the walk extension; none in a task that DAP serves as it stands."""
        return self.extension(self.code_points.task)

    @property
    def has_noise(self) -> bool:
        """Whether the aggregators add noise to a batch; a walk's noise is among its rules."""
        data = self.extension(self.code_points.noise) if self.code_points.noise != self.code_points.task else None
        if data is None:
            return False
        reader = Reader(data)
        if (version := reader.uint(2)) != 1:
            raise TaskError(f"version {version} of the noise extension is not known")
        read_variance(reader), read_inverse_delta(reader)
        reader.end()
        return True

    @property
    def interval(self) -> Interval | None:
        """When the task takes reports (DAP §4.2.3)."""
        data = self.extension(TASK_INTERVAL)
        return Interval.decode(Reader(data)) if data is not None else None

    @property
    def fingerprint(self) -> str:
        """What two organisations compare (DAP.docc/TaskFingerprint.md)."""
        collector = self.collector_config or (self.key.config if self.role == "collector" and self.key else None)
        if collector is None:
            raise TaskError("the file lacks the Collector's key, as those of earlier versions do")
        digest = hashlib.sha256(
            b"populus task fingerprint 2\n" + self.id + self.configuration_bytes + collector.encode()).digest()
        text = base64.b32encode(digest[:20]).decode().lower()
        return " ".join(text[i:i + 4] for i in range(0, 32, 4))

    @property
    def context(self) -> bytes:
        """The VDAF's application context (DAP §4.4.2)."""
        return b"dap-18" + self.id

    def url(self, role: Role, *path: str) -> str:
        """A resource of an aggregator, below its base URL."""
        base = (self.configuration.leader if role == Role.LEADER else self.configuration.helper).decode("ascii")
        return "/".join([base.removesuffix("/"), *path])

    def task_url(self, role: Role, *path: str) -> str:
        return self.url(role, "tasks", to_base64url(self.id), *path)


def _config(text: str) -> HpkeConfig:
    reader = Reader(from_base64url(text))
    config = HpkeConfig.decode(reader)
    reader.end()
    return config
