"""What both aggregators' stores and the wire say after a run, and whether it can all be true."""

import collections
import contextlib
import pathlib
import sqlite3

from servers import Failure
from wire import Evaluation


class Store:
    """An aggregator's store after its server has ended."""

    def __init__(self, path: pathlib.Path) -> None:
        # A copy in memory: nothing here may change a store.
        self.database = sqlite3.connect(":memory:")
        with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as file:
            file.backup(self.database)

    def forge_step(self) -> None:
        """Makes the history wrong: the first step's level once more, with another parameter."""
        columns = "task, walk_id, 60000, CAST(parameter || x'00' AS BLOB), NULL, NULL"
        self.database.execute(f"INSERT INTO step SELECT {columns} FROM step WHERE step = 0")

    def rows(self, sql: str) -> list[tuple]:
        return self.database.execute(sql).fetchall()

    def reports(self) -> dict[bytes, bytes | None]:
        """The job that each report is bound to."""
        rows = self.bound_reports()
        found = dict(rows)
        require(len(found) == len(rows), "a report is in a store twice")
        return found

    def bound_reports(self) -> list[tuple]:
        return self.rows("SELECT report_id, job_id FROM report LEFT JOIN job ON job.id = report.job")

    def steps(self) -> dict[tuple[bytes, int], tuple[bytes, int | None]]:
        """Parameter and released count of each step of each walk."""
        rows = self.rows("SELECT walk_id, step, parameter, report_count FROM step ORDER BY walk_id, step")
        return {(walk, step): (parameter, count) for walk, step, parameter, count in rows}


def require(condition: bool, what: str) -> None:
    if not condition:
        raise Failure(what)


def level(parameter: bytes) -> int:
    """The level of a Poplar1 aggregation parameter."""
    return int.from_bytes(parameter[:2], "big")


def check_acknowledged(leader: Store, acknowledged: set[bytes], count: int) -> None:
    """What the Leader has acknowledged is there, each report once, and nothing else."""
    reports = leader.reports()
    lost = acknowledged - reports.keys()
    require(not lost, f"{len(lost)} reports were acknowledged and are lost, such as {next(iter(lost or [b''])).hex()}")
    require(len(reports) == count, f"the Leader has {len(reports)} reports of {count} lines")


def check_bindings(leader: Store, helper: Store) -> None:
    """Both sides have bound the same reports to the same jobs."""
    here, there = leader.reports(), helper.reports()
    unknown = there.keys() - here.keys()
    require(not unknown, f"the Helper has {len(unknown)} reports that the Leader never had")
    for report, job in there.items():
        require(job is None or here[report] in (None, job), f"report {report.hex()} is bound to two jobs")


def check_history(leader: Store, helper: Store) -> None:
    """No walk has two parameters of one level, and both sides have the same steps."""
    ours, theirs = leader.steps(), helper.steps()
    for name, steps in (("Leader", ours), ("Helper", theirs)):
        levels = collections.defaultdict(list)
        for (walk, _), (parameter, _) in steps.items():
            levels[walk].append(level(parameter))
        for walk, found in levels.items():
            require(found == sorted(set(found)), f"the {name}'s history of walk {walk.hex()} has the levels {found}")
    for key, (parameter, count) in theirs.items():
        require(key in ours, f"the Helper has a step {key[1]} that the Leader has not")
        require(ours[key][0] == parameter, f"step {key[1]} has two parameters")
        counts = {count, ours[key][1]} - {None}
        require(len(counts) < 2, f"step {key[1]} was released for {sorted(counts)} reports")


def check_wire(evaluations: list[Evaluation], is_walk: bool) -> None:
    """No report left an aggregator under two parameters of one level, and no request was sent in two forms."""
    parameters, digests, jobs = {}, {}, collections.defaultdict(set)
    for evaluation in evaluations:
        key = evaluation.job, evaluation.step
        is_same = digests.setdefault(key, evaluation.digest) == evaluation.digest
        require(is_same, f"job {key} was asked for in two forms")
        for report in evaluation.reports:
            jobs[report].add(evaluation.job)
    if not is_walk:
        return
    for evaluation in evaluations:
        key = evaluation.job, evaluation.level
        known = parameters.setdefault(key, (evaluation.step, evaluation.parameter))
        require(known == (evaluation.step, evaluation.parameter), f"job {key} left under two parameters of one level")
    twice = [report for report, names in jobs.items() if len(names) > 1]
    require(not twice, f"{len(twice)} reports of a walk were in two jobs")


def check_walk(leader: Store, helper: Store, count: int) -> None:
    """The walk was of all reports, each in one job."""
    for name, store in (("Leader", leader), ("Helper", helper)):
        counts = [row[0] for row in store.rows("SELECT initial_count FROM walk WHERE initial_count > 0")]
        require(counts == [count], f"the {name} counted {counts} reports of {count}")
    bound = sum(job is not None for job in leader.reports().values())
    require(bound == count, f"{bound} of {count} reports are bound")
