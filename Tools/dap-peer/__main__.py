"""A second opinion on Populus: a small Client and Collector of draft-ietf-ppm-dap-18 with the walk extension.

Written from the specifications; it shares no code with the Swift side. It needs Python 3.11 and the package
`cryptography`. Uploading shards with the reference implementation of draft-irtf-cfrg-vdaf (its folder `poc`), which
needs Python 3.12 and `pycryptodomex`; collecting compares its result with the reference's if there is one.
"""

import argparse
import datetime
import json
import math
import os
import re
import sys
from fractions import Fraction

import strings
from client import Client, upload_lines
from collector import Collector
from hpke import HpkeError
from messages import BatchMode, Interval
from taskprov import advertise, author, count_task
from tasks import Task, TaskError, to_base64url
from transport import ProtocolError, Refused
from vdafs import MissingReference, Poplar1Param, TaskVdaf, VdafError
from walk import Journal, Walk
from wire import WireError


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def vdaf_of(task: Task, arguments: argparse.Namespace) -> TaskVdaf:
    configuration = task.configuration
    return TaskVdaf.of(
        configuration.vdaf_type, configuration.vdaf_configuration, task.encoding, arguments.vdaf_reference)


def read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def seconds(text: str) -> int:
    """Seconds since the Epoch, or a date and time of ISO 8601 in UTC."""
    if text.isdigit():
        return int(text)
    moment = datetime.datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp())


def interval_of(task: Task, arguments: argparse.Namespace) -> Interval | None:
    """The batch interval that was asked for; by default the half day up to now, with the unit of time that now is in.

    That unit is not over. Aggregators take it if its end is no further ahead than clocks may differ by.
    """
    if task.configuration.batch_mode != BatchMode.TIME_INTERVAL:
        return None
    unit = task.configuration.time_precision
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    since = (seconds(arguments.since) if arguments.since else now - 43_200) // unit
    until = -(-seconds(arguments.until) // unit) if arguments.until else now // unit + 1
    return Interval(since, until - since)


def read_task(path: str, *roles: str) -> Task:
    """Reads a role's file; if requests bring the task, ours do."""
    task = Task.read(path, *roles)
    advertise(task)
    return task


def upload(arguments: argparse.Namespace) -> int:
    task = read_task(arguments.task, "client")
    client = Client(task, vdaf_of(task, arguments))
    taken, refused = upload_lines(client, list(strings.lines(read(arguments.file))), say)
    say(f"{taken} reports uploaded, {refused} refused")
    return 1 if refused else 0


def candidates(vdaf: TaskVdaf, arguments: argparse.Namespace) -> list[strings.Path]:
    """Poplar1's candidates in the order in which a person wrote them."""
    if not arguments.candidates:
        raise VdafError("Poplar1 wants --candidates FILE, a string a line")
    level = vdaf.bits - 1 if arguments.level is None else arguments.level
    return [vdaf.measurement(line)[:level + 1] for _, line in strings.lines(read(arguments.candidates))]


def collect(arguments: argparse.Namespace) -> int:
    task = read_task(arguments.task, "collector")
    vdaf = vdaf_of(task, arguments)
    paths = candidates(vdaf, arguments) if vdaf.is_poplar1 else []
    param = Poplar1Param(len(paths[0]) - 1, tuple(sorted(set(paths)))) if paths else None
    collected = Collector(task, vdaf, arguments.patience).collect(interval_of(task, arguments), param)
    result, unit = collected.result, task.configuration.time_precision
    if param:
        counts = dict(zip(param.prefixes, result))
        result = [counts[path] for path in paths]
    start, end = collected.interval.start * unit, (collected.interval.start + collected.interval.duration) * unit
    print(json.dumps({
        "result": result, "report_count": collected.report_count, "interval": {"start": start, "end": end}}))
    return 0


def discover(arguments: argparse.Namespace) -> int:
    task = read_task(arguments.task, "collector")
    collector = Collector(task, vdaf_of(task, arguments), arguments.patience)
    journal = Journal.resume(arguments.state) if arguments.resume else Journal.start(arguments.state)
    walk = Walk(collector, interval_of(task, arguments), arguments.threshold, arguments.bits_per_step, journal, say)
    found = sorted(walk.run().items(), key=lambda item: (-item[1], item[0]))
    if walk.left_out:
        say(f"not complete: no step was left for the strings below {walk.left_out} prefixes")
    rows = [["value", "count", "fraction"]]
    for string, count in found:
        share = min(Fraction(count, walk.steps[-1].report_count), 1)
        rows.append([field(escaped(string)), str(count), f"{math.floor(share * 10**6 + Fraction(1, 2)) / 10**6:.6f}"])
    sys.stdout.write("".join(",".join(row) + "\r\n" for row in rows))
    return 0


def field(value: str) -> str:
    """A CSV field: in quotation marks also around semicolons, which separate fields in half of the world."""
    return '"' + value.replace('"', '""') + '"' if not value or set(value) & set(',;"') else value


def escaped(string: bytes) -> str:
    """A CSV value as the analyst's guide describes it; joiners are escaped wherever they stand."""
    text = string.decode("utf-8", errors="surrogateescape")
    value = "".join(
        "\\\\" if character == "\\"
        else f"\\x{ord(character) - 0xDC00:02X}" if 0xDC80 <= ord(character) <= 0xDCFF
        else character if character.isprintable()
        else "".join(f"\\x{byte:02X}" for byte in character.encode())
        for character in text)
    value = re.sub(r"""([,;][ "]*)([=+\-@＝＋－＠﹦﹢﹣﹫])""",
                   lambda found: found[1] + "".join(f"\\x{byte:02X}" for byte in found[2].encode()), value)
    return "'" + value if text[:1] in set("=+-@'＝＋－＠﹦﹢﹣﹫\t\r\n") else value


def fingerprint(arguments: argparse.Namespace) -> int:
    print(Task.read(arguments.task, "client", "leader", "helper", "collector").fingerprint)
    return 0


def misbehave(arguments: argparse.Namespace) -> int:
    from misbehave import run
    return run(arguments, vdaf_of)


def make_task(arguments: argparse.Namespace) -> int:
    """As the Author of a task that requests bring."""
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    unit = arguments.time_precision
    starts = (seconds(arguments.starts) if arguments.starts else now - 86_400) // unit * unit
    ends = (seconds(arguments.ends) if arguments.ends else now + 86_400) // unit * unit
    configuration = count_task(
        arguments.taskprov, arguments.name, starts, ends, unit, arguments.min_batch_size)
    print(to_base64url(author(arguments.taskprov, arguments.directory, configuration)))
    return 0


def taskprov_wrongs(arguments: argparse.Namespace) -> int:
    from misbehave_taskprov import run
    return run(arguments, vdaf_of)


def lead(arguments: argparse.Namespace) -> int:
    from lead_taskprov import run
    return run(arguments, vdaf_of)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dap-peer", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(run=run)
        added.add_argument("--vdaf-reference", metavar="PATH", default=os.environ.get("POPULUS_VDAF_REFERENCE"),
                           help="the folder that has the package vdaf_poc; or POPULUS_VDAF_REFERENCE")
        return added

    def batch(added: argparse.ArgumentParser) -> None:
        added.add_argument("--task", required=True, metavar="collector.json")
        added.add_argument("--since", help="start of the batch interval: seconds since the Epoch, or ISO 8601 in UTC")
        added.add_argument("--until", help="its end, not included")
        added.add_argument("--patience", type=float, default=120, help="how many seconds to wait for a result")

    added = command("upload", upload, "Uploads a report for each line of a file.")
    added.add_argument("--task", required=True, metavar="client.json")
    added.add_argument("file", help="measurements, one a line; - is standard input")

    added = command("collect", collect, "Collects one batch and prints the result as JSON.")
    batch(added)
    added.add_argument("--candidates", metavar="FILE", help="Poplar1: the strings whose counts are wanted, one a line")
    added.add_argument("--level", type=int, help="Poplar1: only the first LEVEL + 1 bits of each candidate")

    added = command("discover", discover, "Walks a batch and prints the popular strings as CSV.")
    batch(added)
    added.add_argument("--threshold", type=int, required=True, help="the fewest votes of a popular string")
    added.add_argument("--bits-per-step", type=int, default=4)
    added.add_argument("--state", metavar="FILE", help="keeps what an interrupted walk needs to go on")
    added.add_argument("--resume", action="store_true", help="goes on with the walk in --state")

    added = command("fingerprint", fingerprint, "Prints the fingerprint of a task, from any of its files.")
    added.add_argument("--task", required=True, metavar="FILE")

    added = command("author", make_task, "Makes a task of Prio3Count that requests bring, and prints its ID.")
    added.add_argument("--taskprov", required=True, metavar="collector-taskprov.json")
    added.add_argument("--directory", required=True, metavar="DIR", help="where client.json and collector.json go")
    added.add_argument("--name", default="authored", help="the task's task_info")
    added.add_argument("--starts", help="by default a day ago")
    added.add_argument("--ends", help="by default a day from now")
    added.add_argument("--time-precision", type=int, default=300)
    added.add_argument("--min-batch-size", type=int, default=10)

    added = command("lead", lead, "As a Leader: brings a task to its Helper, aggregates lines, prints their sum as JSON.")
    added.add_argument("--taskprov", required=True, metavar="leader-taskprov.json")
    added.add_argument("--tasks", required=True, metavar="DIR", help="the folder with client.json and collector.json")
    added.add_argument("--wrongs", action="store_true", help="does what the draft forbids before, and checks the answers")
    added.add_argument("file", help="measurements, one a line; - is standard input")

    added = command("taskprov-wrongs", taskprov_wrongs, "As a Client: brings tasks that are to be refused, and checks the answers.")
    added.add_argument("--tasks", required=True, metavar="DIR", help="the folder with client.json and collector.json")
    added.add_argument("--refused", action="store_true", help="the Leader takes up no tasks that requests bring")

    added = command("misbehave", misbehave, "Does what the specifications forbid, and checks that it is refused.")
    added.add_argument("--tasks", required=True, metavar="DIR", help="the folder that `populus task new` wrote")
    added.add_argument("--against", choices=["leader", "helper"], default="leader",
                       help="leader: as a Client and a Collector; helper: as a Leader")
    return top


def main() -> int:
    arguments = parser().parse_args()
    try:
        return arguments.run(arguments)
    except (HpkeError, MissingReference, ProtocolError, Refused, TaskError, VdafError, WireError, OSError,
            ValueError) as error:
        say(f"dap-peer: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
