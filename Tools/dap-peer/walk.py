"""The walk extension from the Collector's side: its messages, and a whole walk from short prefixes to strings.

Written from DAP.docc/WalkExtension.md; names of sections are that article's.
"""

import itertools
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field

import strings
import transport
from collector import Collector
from messages import (BatchMode, BatchSelector, CollectionJobReq, CollectionJobResp, Extension, Interval,
                      aggregate_share_aad)
from strings import Path
from tasks import from_base64url, read_inverse_delta, read_variance, to_base64url
from transport import ProtocolError
from vdafs import Poplar1Param
from wire import Reader, WireError, uint


def media_type(message: str) -> str:
    return f"application/vnd.populus.walk;message={message}"


#: The code of `WalkFinishReq`, which a Leader may leave: the verdicts and the request for the share go one by one as well.
FINISH = 1

#: The version of the walk extension, and the optional messages of it that are known here.
VERSION, KNOWN_MESSAGES = 1, frozenset((FINISH,))


@dataclass(frozen=True)
class WalkRules:
    """`WalkTaskExtension` (section "The task extension")."""

    min_threshold: int
    threshold_margin: int
    max_late_rejections_ppm: int
    max_steps: int
    max_candidates: int
    max_bits_per_step: int
    first_step_max_level: int
    first_step_max_candidates: int
    max_life: int
    has_noise: bool

    @staticmethod
    def decode(data: bytes) -> "WalkRules":
        reader = Reader(data)
        if (version := reader.uint(2)) != VERSION:
            raise WireError(f"version {version} of the walk extension is not known, only {VERSION}")
        listed = Reader(reader.vector(1))
        messages: list[int] = []
        while not listed.is_empty:
            messages.append(listed.uint(2))
        if messages != sorted(set(messages)) or not KNOWN_MESSAGES.issuperset(messages):
            raise WireError("the walk extension lists messages out of order, or that are not known")
        numbers = [reader.uint(size) for size in (8, 8, 4, 2, 4, 1, 2, 4, 8)]
        has_noise = WalkRules.skip_noise(reader)
        reader.end()
        rules = WalkRules(*numbers, has_noise=has_noise)
        at_least_one = [rules.min_threshold, rules.max_candidates, rules.first_step_max_candidates, rules.max_life]
        if (min(at_least_one) < 1 or rules.max_late_rejections_ppm > 1_000_000 or rules.max_steps < 2
                or not 1 <= rules.max_bits_per_step <= 16 or rules.threshold_margin >= rules.min_threshold
                or rules.threshold_margin > 0 and not rules.has_noise):
            raise WireError("a bound of the walk extension is outside of its range")
        return rules

    @staticmethod
    def skip_noise(reader: Reader) -> bool:
        """Reads `WalkNoise`, and says whether there is any."""
        match mechanism := reader.uint(1):
            case 0:
                return False
            case 1:
                if min(reader.uint(4), reader.uint(4)) < 1:
                    raise WireError("a noise has no scale")
            case 2:
                read_variance(reader), read_variance(reader), read_inverse_delta(reader)
            case _:
                raise WireError(f"the noise mechanism {mechanism} is not known")
        return True


def job_extension(code_point: int, walk_id: bytes, step: int) -> Extension:
    """`WalkJobExtension`, of collection jobs and of aggregation jobs."""
    return Extension(code_point, walk_id + uint(2, step))


@dataclass(frozen=True)
class WalkCollectionJobResp:
    """What the Leader answers (section "Collection of a step")."""

    result: CollectionJobResp
    batch_selector: BatchSelector
    checksum: bytes
    late_rejections: int

    @staticmethod
    def decode(data: bytes) -> "WalkCollectionJobResp":
        reader = Reader(data)
        response = WalkCollectionJobResp(
            CollectionJobResp.decode(reader), BatchSelector.decode(reader), reader.fixed(32), reader.uint(8))
        reader.end()
        return response

    def aad(self, base: bytes) -> bytes:
        """`WalkAggregateShareAad`."""
        return (base + self.batch_selector.encode() + uint(8, self.result.report_count) + self.checksum
                + uint(8, self.late_rejections))


@dataclass(frozen=True)
class Step:
    """One step that has a result."""

    level: int
    counts: dict[Path, int]
    response: WalkCollectionJobResp

    @property
    def report_count(self) -> int:
        return self.response.result.report_count


@dataclass
class Journal:
    """The walk ID and the bytes of every request, durable before they are posted (section "What each role stores")."""

    path: str | None
    walk_id: bytes
    requests: list[bytes] = field(default_factory=list)

    @staticmethod
    def start(path: str | None) -> "Journal":
        journal = Journal(path, os.urandom(16))
        if path:
            with open(path, "x", encoding="utf-8"):
                pass
        return journal

    @staticmethod
    def resume(path: str) -> "Journal":
        with open(path, encoding="utf-8") as file:
            members = json.load(file)
        return Journal(path, from_base64url(members["walk_id"]), [from_base64url(r) for r in members["requests"]])

    def add(self, request: bytes) -> None:
        self.requests.append(request)
        if not self.path:
            return
        folder_path = os.path.dirname(os.path.abspath(self.path))
        # A name that nobody else has.
        descriptor, new = tempfile.mkstemp(prefix=os.path.basename(self.path), dir=folder_path)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump({"walk_id": to_base64url(self.walk_id),
                       "requests": [to_base64url(request) for request in self.requests]}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        folder = os.open(folder_path, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


class Walk:
    """A walk over one batch."""

    def __init__(self, collector: Collector, interval: Interval | None, threshold: int, bits_per_step: int,
                 journal: Journal, show: Callable[[str], None] = lambda _: None):
        data = collector.task.walk_extension
        if data is None:
            raise ValueError("the task has no walks: it lacks the walk extension")
        self.rules = WalkRules.decode(data)
        if threshold < self.rules.min_threshold:
            raise ValueError(f"the task's lowest threshold is {self.rules.min_threshold}")
        self.collector, self.threshold = collector, threshold
        self.bits_per_step = min(bits_per_step, self.rules.max_bits_per_step)
        self.query, self.journal, self.show = collector.query(interval), journal, show
        self.bits = collector.vdaf.bits
        if self.bits < 2:
            raise ValueError("a task of walks has strings of at least 2 bits")
        self.code_point = collector.task.code_points.collection_job
        self.steps: list[Step] = []
        #: Prefixes that were given up because no step was left to follow them.
        self.left_out = 0

    # One step

    def request(self, param: Poplar1Param, step: int) -> bytes:
        extension = job_extension(self.code_point, self.journal.walk_id, step)
        return CollectionJobReq(self.query, param.encode(), [extension]).encode()

    def ask(self, request: bytes) -> Step:
        """Posts the request of the next step and checks the answer."""
        response = self.collector.post(request)
        answer = WalkCollectionJobResp.decode(response.expect(media_type("collection-job-resp")))
        param = Poplar1Param.decode(CollectionJobReq.decode(request).agg_param)
        base = aggregate_share_aad(self.collector.task.id, self.collector.task.configuration_bytes, request)
        values = self.collector.result(answer.result, self.query, param, answer.aad(base))
        if self.rules.has_noise:
            values = [self.collector.vdaf.field(param).signed(value) for value in values]
        step = Step(param.level, dict(zip(param.prefixes, values)), answer)
        self.check(step)
        self.steps.append(step)
        return step

    def check(self, step: Step) -> None:
        """What a Collector must refuse (section "Collection of a step")."""
        answer = step.response
        first = self.steps[0] if self.steps else step
        if answer.batch_selector != first.response.batch_selector:
            raise ProtocolError("the batch selector is not that of the walk's first result")
        self.check_selector(answer.batch_selector)
        if self.steps and step.report_count > self.steps[-1].report_count:
            raise ProtocolError("the number of reports rises from step to step")
        if step.report_count + answer.late_rejections != first.report_count:
            raise ProtocolError("reports and late rejections are not the reports of step 0 together")
        if not self.rules.has_noise:
            self.check_counts(step)

    def check_selector(self, selector: BatchSelector) -> None:
        """Whether a selector fits the query."""
        if selector.batch_mode != self.query.batch_mode:
            raise ProtocolError("the batch selector has another mode than the query")
        if selector.batch_mode == BatchMode.TIME_INTERVAL:
            if not self.query.interval().contains(selector.interval()):
                raise ProtocolError("the batch selector is not within the query")
        elif len(selector.config) != 32:
            raise ProtocolError("the batch selector is no batch ID")

    def check_counts(self, step: Step) -> None:
        """Counts that cannot be, without noise."""
        if sum(step.counts.values()) > step.report_count:
            raise ProtocolError("more votes than reports")
        if not self.steps:
            return
        before, together = self.steps[-1], dict[Path, int]()
        for prefix, count in step.counts.items():
            parent = prefix[:before.level + 1]
            together[parent] = together.get(parent, 0) + count
        if any(count > before.counts[parent] for parent, count in together.items()):
            raise ProtocolError("extensions of a prefix have more votes together than the prefix")

    # Planning (section "Planning the steps")

    def survivors(self) -> list[Path]:
        """The prefixes of the last step that are followed further, in order."""
        last = self.steps[-1]
        popular = {prefix: count for prefix, count in last.counts.items() if count >= self.threshold - self.rules.threshold_margin}
        most = last.report_count // (self.rules.min_threshold - self.rules.threshold_margin)
        return sorted(sorted(popular, key=lambda prefix: -popular[prefix])[:most])

    def first_step_max_level(self) -> int:
        """The deepest level of step 0 (rule 4): an inner one."""
        return min(self.rules.first_step_max_level, 7, self.bits - 2)

    def next_param(self) -> Poplar1Param | None:
        """The candidates of the next step; none when the walk is at its end."""
        leaf, index = self.bits - 1, len(self.steps)
        if not self.steps:
            most = min(self.rules.max_candidates, self.rules.first_step_max_candidates)
            return self.deepest([()], 0, min(self.first_step_max_level(), self.bits_per_step - 1), most)
        survivors, level = self.survivors(), self.steps[-1].level
        if level == leaf or not survivors:
            return None
        open_ones = [prefix for prefix in survivors if strings.string_of(prefix) is None]
        if not open_ones:
            return self.param(survivors, leaf)
        steps_left = self.rules.max_steps - index
        if steps_left > 1:
            stride = max(self.bits_per_step, min(self.rules.max_bits_per_step, -(-(leaf - level) // steps_left)))
            return self.deepest(survivors, level + 1, min(level + stride, leaf), self.rules.max_candidates)
        return self.last_step(survivors, open_ones, leaf)

    def last_step(self, survivors: list[Path], open_ones: list[Path], leaf: int) -> Poplar1Param | None:
        """No more steps after the next: what is not a whole string can be followed only if it is near, and if there is
        room."""
        if leaf - self.steps[-1].level <= self.rules.max_bits_per_step:
            everything = self.param(survivors, leaf)
            if len(everything.prefixes) <= self.rules.max_candidates:
                return everything
        whole = self.param([prefix for prefix in survivors if prefix not in open_ones], leaf)
        self.left_out = len(open_ones)
        return whole if whole.prefixes else None

    def param(self, prefixes: list[Path], level: int) -> Poplar1Param:
        """All possible extensions of prefixes to a level; more than the task permits are cut off after the first."""
        found = (path for prefix in prefixes for path in strings.extensions(prefix, level + 1, self.bits))
        return Poplar1Param(level, tuple(itertools.islice(found, self.rules.max_candidates + 1)))

    def deepest(self, prefixes: list[Path], shallowest: int, level: int, most: int) -> Poplar1Param:
        """The extensions to the deepest level, up to one that is given, at which they are not too many."""
        best = self.param(prefixes, shallowest)
        for deeper in range(shallowest + 1, level + 1):
            param = self.param(prefixes, deeper)
            if len(param.prefixes) > most:
                break
            best = param
        return best

    def run(self) -> dict[bytes, int]:
        """Walks to the end; gives the strings that have enough votes."""
        while (param := self.next_param()) is not None:
            index = len(self.steps)
            if index == len(self.journal.requests):
                self.journal.add(self.request(param, index))
            # A step that was asked before is asked again with the same bytes, never planned anew.
            step = self.ask(self.journal.requests[index])
            self.show(f"step {index}: {step.level + 1} bits, {len(step.counts)} candidates, "
                      f"{len(self.survivors())} survivors of {step.report_count} reports")
        last = self.steps[-1]
        if last.level < self.bits - 1:
            self.end()
            return {}
        return {string: last.counts[path] for path in self.survivors() if (string := strings.string_of(path))}

    def end(self) -> None:
        """Deletes the collection job of the last step, which ends the walk (section "How a walk ends")."""
        location = self.collector.locate(self.journal.requests[len(self.steps) - 1])
        transport.request("DELETE", location, token=self.collector.token)
