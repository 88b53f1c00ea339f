"""What a Leader may not do, and what a Client may not do, towards the Helper.

The peer is the Leader here and has the task to itself; the pair's own Leader takes no part.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import transport
from leader import CONTINUE, REJECT, Batch, Verification, VerifyResp, ping_pong
from messages import (BatchMode, BatchSelector, CollectionJobReq, Extension, Interval, Report, Role,
                      aggregate_share_aad, dap, encode_extensions)
from misbehave import Case, Scene
from misbehave_leader import OTHER_UNKNOWN_EXTENSION, UNKNOWN_EXTENSION, honest_param, now_interval, with_config_id
from vdafs import PRIO3_HISTOGRAM, Poplar1Param
from walk import job_extension, media_type as walk_media_type
from walk_leader import Shard
from wire import uint, vector

STEP_0_LEVEL = 3
#: No further on than any task's walks may branch (rule 4).
STEP_1_LEVEL = 6


class Bench:
    """Builds requests to the Helper, right but for what a case changes."""

    def __init__(self, scene: Scene):
        self.scene, self.leader, self.param = scene, scene.leader, honest_param(scene)
        selected = scene.client_file.configuration.batch_mode == BatchMode.LEADER_SELECTED
        self.batch_id = os.urandom(32) if selected else None
        self.long_ago = scene.client().now() - 10_000

    def extensions(self) -> list[Extension]:
        points = self.leader.task.code_points
        walk = [job_extension(points.aggregation_job, os.urandom(16), 0)] if self.scene.is_walk else []
        # A batch of its own for each job: it never gets anywhere.
        return self.leader.extensions(os.urandom(32) if self.batch_id else None, walk)

    def report(self, **changes: object) -> Report:
        return self.scene.client(**changes).report(self.scene.sample())

    def lone_report(self, **changes: object) -> Report:
        """A report for a job that gets nowhere. No other has its time, so that the job claims no other's bucket."""
        self.long_ago -= 1
        return self.scene.client(**changes).report(self.scene.sample(), time=self.long_ago)

    def init(self, *reports: Report, **changes: object) -> bytes:
        """`AggregationJobInitReq` with honest reports, unless others are given."""
        verifications = [self.leader.open(report) for report in reports or [self.lone_report()]]
        parts = {"param": self.param, "extensions": self.extensions()} | changes
        return self.leader.init_request(verifications, **parts)

    def answer(self, body: bytes, token: str | None = None) -> str:
        """Posts an initialisation; what becomes of its first report."""
        _, responses = self.leader.post_init(body, token)
        return word(responses[0])


def word(response: VerifyResp) -> str:
    if response.type == REJECT and response.error is not None:
        return response.error.name.lower()
    return "continue" if response.type == CONTINUE else "finish"


def helper_cases(scene: Scene) -> Iterator[Case]:
    bench = Bench(scene)
    yield from init_cases(bench)
    yield from report_cases(bench)
    yield from (walk_cases(bench) if scene.is_walk else batch_cases(bench))


def init_cases(bench: Bench) -> Iterator[Case]:
    """Initialisations that are refused as a whole (DAP §4.5.3.2)."""
    source, leader = "DAP §4.5.3.2", bench.leader

    def refused(name: str, permitted: str | set[str], make: Callable[[], bytes], token: str | None = None,
                source: str = source) -> Case:
        problems = {permitted} if isinstance(permitted, str) else permitted
        return Case(name, source, problems, lambda: bench.answer(make(), token))

    def elsewhere(task: str, media_type: str = dap("aggregation-job-init-req")) -> str:
        transport.request("POST", leader.task.url(Role.HELPER, "tasks", task, "aggregation_jobs"), body=bench.init(),
                          media_type=media_type, token=leader.token)
        return "ready"

    yield refused("another token", {"status 401", "status 403"}, bench.init, "x" * 43, "DAP §3.5")
    yield Case("a job of an unknown task", source, {"unrecognizedTask"}, lambda: elsewhere("A" * 43))
    yield refused("a job that ends too early", "invalidMessage", lambda: bench.init()[:-1])
    yield refused("a job with a byte too many", "invalidMessage", lambda: bench.init() + b"\0")
    yield refused("a report twice in a job", "invalidMessage", lambda: bench.init(*[bench.lone_report()] * 2))
    yield refused("an unknown verification key", "invalidMessage",
                  lambda: bench.init(verify_key_id=(leader.verify_key_id + 1) % 256), source="walk: Step 0 of a shard")
    yield refused("an unknown job extension", "unsupportedExtension",
                  lambda: bench.init(extensions=bench.extensions() + [UNKNOWN_EXTENSION]))
    own = bench.extensions()
    if own:
        yield refused("a job extension twice", "invalidMessage", lambda: bench.init(extensions=own + own[-1:]))
        yield refused("no job extensions", "invalidMessage", lambda: bench.init(extensions=[]),
                      source="DAP §5.2.2; walk: The job extensions")
    if len(own) > 1:
        yield refused("job extensions out of order", "invalidMessage", lambda: bench.init(extensions=own[::-1]))
    if bench.batch_id:
        yield refused("a batch ID of 31 bytes", "invalidMessage",
                      lambda: bench.init(extensions=[Extension(1, bytes(31)), *own[1:]]), source="DAP §5.2.2")
    if bench.scene.is_walk:
        wrong = [*own[:-1], replace(own[-1], data=os.urandom(16) + uint(2, 1))]
        yield refused("a job that begins with step 1", "stepMismatch", lambda: bench.init(extensions=wrong),
                      source="walk: The job extensions")
    if bench.param:
        yield refused("a candidate twice", "invalidAggregationParameter",
                      lambda: with_param(bench, Poplar1Param(bench.param.level, bench.param.prefixes * 2).encode()),
                      source="DAP §4.3")
    else:
        yield refused("an aggregation parameter where there is none", "invalidAggregationParameter",
                      lambda: with_param(bench, b"\0"), source="DAP §4.3")


def with_param(bench: Bench, param: bytes) -> bytes:
    """An initialisation in which the parameter is exchanged for one that nobody could compute with."""
    body, size = bench.init(), len(bench.param.encode()) if bench.param else 0
    return body[:1] + vector(4, param) + body[5 + size:]


def report_cases(bench: Bench) -> Iterator[Case]:
    """Reports that the Helper rejects, by their error (DAP §4.5.3.3 and §4.5.3.4)."""
    scene, opening, validation = bench.scene, "DAP §4.5.3.3", "DAP §4.5.3.4"

    def rejected(name: str, source: str, errors: str | set[str], make: Callable[[], Report]) -> Case:
        permitted = {errors} if isinstance(errors, str) else errors
        return Case(name, source, permitted, lambda: bench.answer(bench.init(make())))

    def private(*extensions: Extension) -> dict[Role, list[Extension]]:
        return {Role.LEADER: [], Role.HELPER: list(extensions)}

    def wrong_info(role: Role) -> bytes:
        return b"dap-18 input share" + (bytes([Role.CLIENT, role]) if role == Role.LEADER else bytes([1, 2]))

    yield rejected("a share sealed with the Leader's label", opening, "hpke_decrypt_error",
                   lambda: bench.lone_report(info=wrong_info))
    yield rejected("a share for an unknown HPKE configuration", opening, "hpke_decrypt_error",
                   lambda: with_config_id(bench.lone_report(), Role.HELPER))
    yield rejected("an unknown public extension", validation, "invalid_message",
                   lambda: bench.lone_report(public_extensions=[UNKNOWN_EXTENSION]))
    yield rejected("an unknown private extension", validation, "invalid_message",
                   lambda: bench.lone_report(private_extensions=private(UNKNOWN_EXTENSION)))
    yield rejected("an extension both public and private", validation, "invalid_message",
                   lambda: bench.lone_report(public_extensions=[UNKNOWN_EXTENSION],
                                        private_extensions=private(UNKNOWN_EXTENSION)))
    yield rejected("extensions out of order", validation, "invalid_message",
                   lambda: bench.lone_report(private_extensions=private(OTHER_UNKNOWN_EXTENSION, UNKNOWN_EXTENSION)))
    yield rejected("a share with a byte too many", validation, "invalid_message",
                   lambda: bench.lone_report(tamper=scene.tampering(Role.HELPER, lambda share: share + b"\0")))
    yield rejected("a share that lacks a byte", validation, "invalid_message",
                   lambda: bench.lone_report(tamper=scene.tampering(Role.HELPER, lambda share: share[:-1])))
    yield rejected("a byte after the share", validation, "invalid_message",
                   lambda: bench.lone_report(tamper_plaintext=lambda to, text: text + b"\0" * (to == Role.HELPER)))
    if bench.param:
        yield rejected("a share with an element that is not canonical", validation, "invalid_message",
                       lambda: bench.lone_report(tamper=scene.tampering(Role.HELPER, scene.not_canonical)))
    else:
        yield rejected("a forged share", "DAP §4.5.3.2", "vdaf_verify_error",
                       lambda: bench.lone_report(tamper=scene.tampering(Role.LEADER, scene.forged)))
    yield rejected("a report from the future", validation, "report_too_early",
                   lambda: scene.client().report(scene.sample(), time=scene.client().now() + 2 + 600))
    if interval := scene.client_file.interval:
        yield rejected("a report from before the task", validation, "task_not_started",
                       lambda: scene.client().report(scene.sample(), time=interval.start - 1))

    def nonsense(payload: bytes) -> bytes:
        head = uint(1, bench.leader.verify_key_id) + vector(4, bench.param.encode() if bench.param else b"")
        return head + encode_extensions(bench.extensions()) + bench.leader.verify_init(bench.lone_report(), payload)

    # To the walk extension this is the peer's fault, to DAP the report's.
    permitted = {"invalidMessage"} if scene.is_walk else {"vdaf_verify_error", "invalid_message", "invalidMessage"}
    for name, payload in (("a ping-pong message of the wrong type", ping_pong(2, b"")),
                          ("a ping-pong message that is none", b"\0")):
        yield Case(name, "walk: Step 0 of a shard" if scene.is_walk else "VDAF §5.7", permitted,
                   lambda payload=payload: bench.answer(nonsense(payload)))


def replay_cases(bench: Bench, seen: list[Report], param: Poplar1Param | None) -> Iterator[Case]:
    """A report that was in a job before. Populus binds Poplar1's reports at their first job in all tasks."""
    source = "walk: rule 1" if bench.param else "DAP §4.5.4.3"
    # A new job is of a new walk, and with time intervals the report's bucket is the earlier one's: that comes first.
    error = "batch_collected" if bench.scene.is_walk and not bench.batch_id else "report_replayed"
    yield Case("a report of an earlier job", source, {error},
               # With another report, so that it is no repetition of the earlier job.
               lambda: bench.answer(bench.init(seen[0], bench.lone_report(), param=param)))


class Collection:
    """The Collector's part and the Helper's aggregate share, for one batch of one walk's step or of no walk."""

    def __init__(self, bench: Bench, batch: Batch, extensions: list[Extension], param: Poplar1Param | None,
                 late: int | None = None):
        self.bench, self.batch, self.param, self.late = bench, batch, param, late
        self.query = bench.scene.collector.query(now_interval(bench.scene))
        self.extensions = extensions
        self.selector = bench.leader.selector(bench.batch_id, now_interval(bench.scene))

    def body(self, count: int = 0, checksum: int = 0, late: int = 0, selector: BatchSelector | None = None,
             param: Poplar1Param | None = None, extensions: list[Extension] | None = None) -> bytes:
        """The request for the share, right but for what is added to its numbers or given instead of its parts."""
        request = self.request(param, extensions) + (selector or self.selector).encode()
        wrong = bytes([self.batch.checksum[0] ^ checksum]) + self.batch.checksum[1:]
        request += uint(8, len(self.batch.report_ids) + count) + wrong
        return request + (uint(8, self.late + late) if self.late is not None else b"")

    def request(self, param: Poplar1Param | None = None, extensions: list[Extension] | None = None) -> bytes:
        param = param or self.param
        return CollectionJobReq(self.query, param.encode() if param else b"",
                                self.extensions if extensions is None else extensions).encode()

    def post(self, body: bytes):
        media = walk_media_type("aggregate-share-req") if self.late is not None else dap("aggregate-share-req")
        return self.bench.leader.post_share(body, media)

    def result(self) -> str:
        """Opens the Helper's share and adds the Leader's."""
        task, body = self.bench.scene.collector.task, self.body()
        aad = aggregate_share_aad(task.id, task.configuration_bytes, self.request())
        if self.late is not None:
            aad += body[len(self.request()):]
        shares = [self.bench.scene.vdaf.reference.encode_agg_share(self.batch.agg_share),
                  self.bench.scene.collector.open_share(Role.HELPER, self.post(body), aad)]
        return str(self.bench.scene.vdaf.unshard(self.param, shares, len(self.batch.report_ids)))

    def again(self) -> str:
        return "the same share" if self.post(self.body()) == self.post(self.body()) else "another share"

    def refusals(self) -> Iterator[Case]:
        """Requests that the Helper refuses, without consequence for the batch."""
        source = "DAP §4.6.4"

        def refused(name: str, problem: str, body: bytes) -> Case:
            return Case(name, source, {problem}, lambda: self.post(body) and "ready")

        yield refused("a share for one report more", "batchMismatch", self.body(count=1))
        yield refused("a share for another checksum", "batchMismatch", self.body(checksum=1))
        yield refused("a request for a share with a byte too many", "invalidMessage", self.body() + b"\0")
        yield refused("a share with an unknown collection extension", "unsupportedExtension",
                      self.body(extensions=[*self.extensions, UNKNOWN_EXTENSION]))
        mode = self.selector.batch_mode
        yield refused("a selector of the other batch mode", "invalidMessage", self.body(
            selector=BatchSelector(3 - mode, bytes(32 if mode == BatchMode.TIME_INTERVAL else 16))))
        if mode == BatchMode.TIME_INTERVAL:
            queried = self.query.interval()
            wider = BatchSelector(mode, Interval(queried.start - 1, queried.duration).encode())
            yield refused("a selector beyond the query", "batchInvalid", self.body(selector=wider))
        if self.param:
            first = self.param.prefixes[0]
            beside = first[:-1] + (not first[-1],)
            other = Poplar1Param(self.param.level, (first if len(self.param.prefixes) > 1 else beside,))
            yield refused("a share for another aggregation parameter", "invalidMessage", self.body(param=other))
        if self.late is not None:
            yield refused("a share with another number of late rejections", "batchMismatch", self.body(late=1))


def sample_param(bench: Bench, level: int) -> Poplar1Param | None:
    """The sample's prefix and the one beside it."""
    if not bench.param:
        return None
    prefix = bench.scene.sample()[:level + 1]
    return Poplar1Param(level, tuple(sorted([prefix, prefix[:-1] + (not prefix[-1],)])))


def result_of(bench: Bench, param: Poplar1Param | None, count: int) -> str:
    """What so many samples add up to, by the plain text."""
    sample, of = bench.scene.sample(), bench.scene.vdaf
    if param:
        return str([count * (prefix == sample[:param.level + 1]) for prefix in param.prefixes])
    if of.type == PRIO3_HISTOGRAM:
        return str([count * (i == sample) for i in range(of.parameters["length"])])
    return str([count * value for value in sample] if isinstance(sample, list) else count * sample)


def batch_cases(bench: Bench) -> Iterator[Case]:
    """A batch of DAP as it stands: continuation, the Helper's share, and what comes after it."""
    minimum = bench.scene.client_file.configuration.min_batch_size
    param = sample_param(bench, bench.scene.vdaf.bits - 1) if bench.param else None
    leader, reports = bench.leader, [bench.report() for _ in range(minimum)]
    batch = leader.aggregate(reports[:1], param, bench.batch_id)
    too_few = Collection(bench, batch, [], param)
    yield Case("a batch that is too small", "DAP §4.6.4", {"invalidBatchSize"},
               lambda: too_few.post(too_few.body()) and "ready")
    verifications = [leader.open(report) for report in reports[1:]]
    job, answers = leader.post_init(leader.init_request(
        verifications, param, leader.extensions(bench.batch_id, [])))
    accepted = leader.process(verifications, answers, param)
    if param:
        yield from continuation_cases(bench, job, accepted)
    more = leader.sum(accepted, param)
    whole = Batch(leader.reference.merge(leader.reference_param(param), [batch.agg_share, more.agg_share]),
                  batch.report_ids + more.report_ids)
    yield from replay_cases(bench, reports, param)
    collection = Collection(bench, whole, [], param)
    yield from collection.refusals()
    yield Case("the result", "DAP §4.6.6", {result_of(bench, param, minimum)}, collection.result)
    yield Case("the share again", "DAP §4.6.4", {"the same share"}, collection.again)
    late = bench.report()
    yield Case("a report of the collected batch", "DAP §4.5.4.3", {"batch_collected"},
               lambda: after(bench, late, param))


def after(bench: Bench, report: Report, param: Poplar1Param | None) -> str:
    """What becomes of a report in a job for the batch, at the initialisation or when it would be committed."""
    leader, verification = bench.leader, bench.leader.open(report)
    job, answers = leader.post_init(
        leader.init_request([verification], param, leader.extensions(bench.batch_id, [])))
    if answers[0].type == CONTINUE and param:
        answers = leader.post_continue(job, leader.continue_request(leader.process([verification], answers, param)))
    return word(answers[0])


def continuation_cases(bench: Bench, job: str, accepted: list[Verification]) -> Iterator[Case]:
    """Continuations of a Poplar1 job (DAP §4.5.4.2)."""
    leader, source, right = bench.leader, "DAP §4.5.4.2", bench.leader.continue_request(accepted)

    def refused(name: str, problem: str, body: bytes, url: str = job) -> Case:
        return Case(name, source, {problem}, lambda: word(leader.post_continue(url, body)[0]))

    stranger = os.urandom(16) + vector(4, accepted[0].outbound)
    yield refused("a continuation to step 0", "invalidMessage", leader.continue_request(accepted, 0))
    yield refused("a continuation to step 2", "stepMismatch", leader.continue_request(accepted, 2))
    yield refused("a continuation with a report twice", "invalidMessage",
                  leader.continue_request([*accepted, accepted[0]]))
    yield refused("a continuation with an unknown report", "invalidMessage", right + stranger)
    yield refused("a continuation that ends too early", "invalidMessage", right[:-1])
    yield refused("a continuation of an unknown job", "unrecognizedAggregationJob", right,
                  job.rpartition("/")[0] + "/" + "A" * 22)
    yield refused("the continuation", "finish", right)
    yield refused("the continuation again", "finish", right)
    yield refused("another continuation to the same step", "stepMismatch", leader.continue_request(accepted[1:]))


def walk_param(bench: Bench, level: int) -> Poplar1Param | None:
    """The sample's prefix; up to step 1 the one beside it too, further on a step has one for each ancestor (rule 4)."""
    pair = sample_param(bench, level)
    return pair if level <= STEP_1_LEVEL else Poplar1Param(level, (bench.scene.sample()[:level + 1],))


def walk_cases(bench: Bench) -> Iterator[Case]:
    """A walk of three steps, and wrongs at every turn of it."""
    minimum, leader = bench.scene.client_file.configuration.min_batch_size, bench.leader
    shard = Shard(leader, os.urandom(16), bench.batch_id)
    reports = [bench.report() for _ in range(minimum)]
    batches: list[Batch] = []

    def collection(step: int, level: int) -> Collection:
        point = bench.scene.collector.task.code_points.collection_job
        return Collection(bench, batches[step], [job_extension(point, shard.walk_id, step)],
                          walk_param(bench, level), shard.accepted_at_step_0 - len(shard.live))

    def result(step: int, level: int) -> Iterator[Case]:
        yield from collection(step, level).refusals()
        yield Case(f"the result of step {step}", "walk: Collection of a step",
                   {result_of(bench, walk_param(bench, level), minimum)}, lambda: collection(step, level).result())
        yield Case("the share again", "walk: rule 6", {"the same share"}, lambda: collection(step, level).again())

    def advance(level: int) -> str:
        batches.append(shard.advance(walk_param(bench, level)))
        return f"{len(shard.live)} live reports"

    def start() -> str:
        batches.append(shard.start(reports, sample_param(bench, STEP_0_LEVEL)))
        return f"{len(shard.live)} live reports"

    live = {f"{minimum} live reports"}
    leaf = bench.scene.vdaf.bits - 1
    yield Case("step 0", "walk: Step 0 of a shard", live, start)
    yield from replay_cases(bench, reports, bench.param)
    yield Case("a step before the share of step 0", "walk: On a proposed step", {"stepMismatch"},
               lambda: advance(STEP_1_LEVEL))
    yield from result(0, STEP_0_LEVEL)
    yield from step_cases(bench, shard)
    yield Case("step 1", "walk: Later steps of a shard", live, lambda: advance(STEP_1_LEVEL))
    yield from result(1, STEP_1_LEVEL)
    yield Case("step 2, the leaf", "walk: Later steps of a shard", live, lambda: advance(leaf))
    yield from result(2, leaf)
    yield Case("a step after the end", "walk: How a walk ends", {"stepMismatch", "walkEnded"}, lambda: advance(leaf))
    if bench.batch_id:
        yield from element_cases(bench, minimum)


def element_cases(bench: Bench, count: int) -> Iterator[Case]:
    """A verifier share that is not canonical: the walk can only be given up."""
    bench.batch_id = os.urandom(32)
    shard, source = Shard(bench.leader, os.urandom(16), bench.batch_id), "walk: Packed verification"
    param, next_param = sample_param(bench, STEP_0_LEVEL), sample_param(bench, STEP_1_LEVEL)

    def begin() -> str:
        batch = shard.start([bench.report() for _ in range(count)], param)
        point = bench.scene.collector.task.code_points.collection_job
        return Collection(bench, batch, [job_extension(point, shard.walk_id, 0)], param, 0).result()

    def advance(tamper: Callable[[str, bytes], bytes]) -> str:
        shard.tamper = tamper
        shard.advance(next_param)
        return "ready"

    def bad(message: str, body: bytes) -> bytes:
        return body[:-8] + b"\xff" * 8 if message == "evaluate" else body

    yield Case("step 0 of another walk", source, {result_of(bench, param, count)}, begin)
    yield Case("evaluate: an element that is not canonical", source, {"invalidMessage"}, lambda: advance(bad))
    yield Case("evaluate: another try", source, {"stepMismatch"}, lambda: advance(lambda _, body: body))


def step_cases(bench: Bench, shard: Shard) -> Iterator[Case]:
    """Wrong messages of step 1. After each the step can still be done rightly."""
    good = sample_param(bench, STEP_1_LEVEL)

    def tampered(name: str, problem: str, message: str, change: Callable[[bytes], bytes],
                 param: Poplar1Param | None = good, source: str = "walk: Later steps of a shard") -> Case:
        def act() -> str:
            shard.tamper = lambda sent, body: change(body) if sent == message else body
            try:
                shard.advance(param)
                return "ready"
            finally:
                shard.tamper = lambda _, body: body
        return Case(name, source, {problem}, act)

    def byte(index: int, change: int) -> Callable[[bytes], bytes]:
        return lambda body: body[:index] + bytes([body[index] ^ change]) + body[index + 1:]

    sample, on_step = bench.scene.sample(), "walk: On a proposed step"
    for name, param in (("the same level again", sample_param(bench, STEP_0_LEVEL)),
                        ("a candidate that does not descend",
                         Poplar1Param(STEP_1_LEVEL, ((not sample[0],) + sample[1:STEP_1_LEVEL + 1],))),
                        ("no candidates", Poplar1Param(STEP_1_LEVEL, ()))):
        yield tampered(name, "invalidAggregationParameter", "", lambda body: body, param, on_step)
    for name, level in (("guesses at the leaf", bench.scene.vdaf.bits - 1), ("guesses 17 bits on", STEP_0_LEVEL + 17)):
        yield tampered(name, "bitsPerStepExceeded", "", lambda body: body, sample_param(bench, level), "walk: rule 4")
    yield tampered("evaluate: another parameter than the transcript's", "stepMismatch", "evaluate",
                   lambda body: body.replace(good.encode(), Poplar1Param(STEP_1_LEVEL, good.prefixes[:1]).encode()))
    for message in ("evaluate", "verdict"):
        for name, index, change, problem in (
                ("another walk", 0, 1, "stepMismatch"), ("another step", 17, 2, "stepMismatch"),
                ("a phase of another message", 18, 3, "invalidMessage"),
                ("another number of live reports", 22, 1, "stepMismatch"),
                ("another transcript", 23, 1, "stepMismatch")):
            yield tampered(f"{message}: {name}", problem, message, byte(index, change))
        yield tampered(f"{message}: a byte too few", "invalidMessage", message, lambda body: body[:-1])
        yield tampered(f"{message}: a byte too many", "invalidMessage", message, lambda body: body + b"\0")
    if len(shard.live) % 8:
        yield tampered("verdict: an unused bit is set", "invalidMessage", "verdict", byte(-1, 0x80))
    yield tampered("evaluate: other verifier shares than before", "stepMismatch", "evaluate", byte(-8, 1))
