"""Tasks that must not be taken up, and fields that must be ignored (draft-ietf-ppm-dap-taskprov §3.2, §3.5, §3.7, §3.8)."""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import transport
from client import Client
from leader import Leader
from messages import BatchMode, Extension, Interval, Role, TaskConfiguration, dap
from misbehave import Case, perform
from taskprov import FIELD, field_value, task_id, with_configuration
from tasks import TASK_INTERVAL, Task, to_base64url
from wire import uint, vector

UNKNOWN_VDAF = 0xFFFF_0001
UNKNOWN_EXTENSION = 0xFDFF


def changed(configuration: TaskConfiguration, **changes: object) -> bytes:
    return replace(configuration, **changes).encode()


def with_interval(configuration: TaskConfiguration, start: int, duration: int) -> bytes:
    """Another time of a task's reports, in units of its precision."""
    others = [extension for extension in configuration.extensions if extension.type != TASK_INTERVAL]
    own = Extension(TASK_INTERVAL, Interval(start, duration).encode())
    return changed(configuration, extensions=sorted([own] + others, key=lambda extension: extension.type))


def opt_outs(configuration: TaskConfiguration) -> Iterator[tuple[str, bytes]]:
    """Configurations that no aggregator with usual limits takes part in, each with its reason (§3.5)."""
    now = int(time.time()) // configuration.time_precision
    elsewhere = b"https://elsewhere.example/"
    yield "a task that has ended", with_interval(configuration, now - 20, 10)
    yield "a task that lasts for ever", with_interval(configuration, now, 2**40)
    yield "a task without an end", changed(
        configuration, extensions=[e for e in configuration.extensions if e.type != TASK_INTERVAL])
    yield "batches of one report", changed(configuration, min_batch_size=1)
    yield "an unknown VDAF", changed(configuration, vdaf_type=UNKNOWN_VDAF)
    yield "an unknown batch mode", changed(configuration, batch_mode=9)
    yield "Poplar1 without a bound on the questions", changed(
        configuration, vdaf_type=6, vdaf_configuration=uint(2, 32))
    yield "an unknown extension", changed(
        configuration, extensions=configuration.extensions + [Extension(UNKNOWN_EXTENSION, b"")])
    yield "another Leader", changed(configuration, leader=elsewhere)
    yield "another Helper", changed(configuration, helper=elsewhere)


def bringing(task: Task, value: str | None) -> None:
    """Has requests about a task carry this field, or none."""
    transport.TASK_FIELDS[to_base64url(task.id)] = {FIELD: value} if value is not None else {}


def ignored_values(encoded: bytes) -> Iterator[tuple[str, str | None]]:
    """Fields that bring nothing (§3.2)."""
    value = field_value(encoded)
    yield "no field", None
    yield "bytes without colons", value.strip(":")
    yield "a string", f'"{value.strip(":")}"'
    yield "two items", f"{value}, {value}"
    yield "malformed parameters", f"{value};A=1"
    yield "half a configuration", field_value(encoded[:len(encoded) // 2])
    yield "a configuration and a byte more", field_value(encoded + b"\0")
    yield "an empty configuration", "::"


def cases(task: Task, post: Callable[[Task], str], permitted: set[str]) -> Iterator[Case]:
    """What is refused whoever asks; `post` sends a request about a task and says what became of it.

    `permitted` is what a task comes to that is not taken up: invalidTask, where any are.
    """
    configuration, encoded = task.configuration, task.configuration_bytes
    unknown = {"unrecognizedTask"}
    other = with_configuration(task, changed(configuration, task_info=b"nobody knows this"))

    def act(asked: Task, value: str | None) -> Callable[[], str]:
        def run() -> str:
            bringing(asked, value)
            return post(asked)
        return run

    for name, value in ignored_values(other.configuration_bytes):
        yield Case(name, "taskprov §3.2", unknown, act(other, value))
    drawn = replace(task, id=bytes(32))
    yield Case("an ID that is no digest of the field", "taskprov §3.7, §3.8", unknown,
               act(drawn, field_value(encoded)))
    for name, bytes_ in opt_outs(configuration):
        refused = with_configuration(task, bytes_)
        yield Case(name, "taskprov §3.5", permitted, act(refused, field_value(bytes_)))


def upload_to(task: Task, body: bytes) -> str:
    transport.request("POST", task.task_url(Role.LEADER, "reports"), body=body, media_type=dap("upload-req"))
    return "taken"


def run(arguments: argparse.Namespace, vdaf_of: Callable) -> int:
    """As a Client, towards a Leader."""
    task = Task.read(f"{arguments.tasks}/client.json", "client")
    collector = Task.read(f"{arguments.tasks}/collector.json", "collector")
    unknown, report = {"unrecognizedTask"}, bytes(64)
    if not arguments.refused:
        # Whoever takes up tasks has keys before there is one.
        client = Client(task, vdaf_of(task, arguments))
        report = client.report(client.vdaf.measurement(b"1")).encode()
    all_cases = list(cases(task, lambda asked: upload_to(asked, report), unknown if arguments.refused else {"invalidTask"}))
    if arguments.refused:
        all_cases.append(Case("a task that would be taken up", "taskprov §3.7", unknown, lambda: bring(task, report)))

    def collect_first() -> str:
        request = b"\x02\x00\x00" + vector(4, b"") + vector(2, b"")
        transport.request("POST", collector.task_url(Role.LEADER, "collection_jobs"), body=request,
                          media_type=dap("collection-job-req"), token=collector.collector_token)
        return "taken"

    def collector_brings() -> str:
        bringing(task, field_value(task.configuration_bytes))
        return collect_first()

    permitted = unknown if not arguments.refused else unknown | {"status 401", "status 403"}
    all_cases.append(Case("a Collector before all clients", "taskprov §3.7", permitted, collector_brings))
    wrong = perform(iter(all_cases))
    print(f"{wrong} wrong" if wrong else "refused as it should be")
    return 1 if wrong else 0


def bring(task: Task, report: bytes) -> str:
    bringing(task, field_value(task.configuration_bytes))
    return upload_to(task, report)


def helper_wrongs(leader: Leader, client: Client, line: bytes) -> Iterator[Case]:
    """As a Leader, towards a Helper that does not know the task yet."""
    report = client.report(client.vdaf.measurement(line))
    body = leader.init_request([leader.open(report)], None, leader.extensions(bytes(range(32)), []))
    task = leader.task

    def post(asked: Task, token: str | None = None) -> str:
        transport.request("POST", asked.task_url(Role.HELPER, "aggregation_jobs"), body=body,
                          media_type=dap("aggregation-job-init-req"), token=token or leader.token)
        return "taken"

    yield from cases(task, post, {"invalidTask"})

    def stranger() -> str:
        bringing(task, field_value(task.configuration_bytes))
        return post(task, "x" * 43)

    yield Case("a stranger who brings a task", "DAP §3.5", {"status 401", "status 403"}, stranger)
    assert task.configuration.batch_mode == BatchMode.LEADER_SELECTED and task.id == task_id(task.configuration_bytes)
