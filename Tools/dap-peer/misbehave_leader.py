"""What a Client and a Collector may not do, towards the Leader."""

import os
from collections.abc import Iterator
from dataclasses import replace

import transport
from messages import BatchMode, CollectionJobReq, Extension, Interval, Query, Report, Role, dap
from misbehave import Case, Scene
from vdafs import Poplar1Param
from walk import Journal, Walk, job_extension
from wire import uint

UNKNOWN_EXTENSION = Extension(0xFE77, b"?")
OTHER_UNKNOWN_EXTENSION = Extension(0xFE78, b"?")


def leader_cases(scene: Scene) -> Iterator[Case]:
    honest = scene.client().report(scene.sample())
    yield from request_cases(scene, honest)
    yield from report_cases(scene, honest)
    minimum = scene.client_file.configuration.min_batch_size
    yield Case("as many honest reports as a batch needs", "DAP §4.4.2", {"taken"},
               lambda: send(scene, *[scene.client().report(scene.sample()) for _ in range(minimum - 1)]))
    yield from collection_cases(scene)
    yield from (walk_cases(scene, minimum) if scene.is_walk else batch_cases(scene, minimum))


def send(scene: Scene, *reports: Report) -> str:
    errors = scene.client().upload(list(reports))
    return errors[0][1].name.lower() if errors else "taken"


def request_cases(scene: Scene, honest: Report) -> Iterator[Case]:
    """Uploads that are no uploads."""
    def post(body: bytes, media_type: str = dap("upload-req"), task: str | None = None) -> str:
        url = scene.client_file.task_url(Role.LEADER, "reports")
        if task:
            url = scene.client_file.url(Role.LEADER, "tasks", task, "reports")
        transport.request("POST", url, body=body, media_type=media_type)
        return "taken"

    body = honest.encode()
    yield Case("an upload that ends too early", "DAP §4.4.2", {"invalidMessage"}, lambda: post(body[:-1]))
    yield Case("an upload with a byte too many", "DAP §4.4.2", {"invalidMessage"}, lambda: post(body + b"\0"))
    yield Case("an upload to an unknown task", "DAP §4.4.2", {"unrecognizedTask"}, lambda: post(body, task="A" * 43))
    yield Case("an upload of another media type", "RFC 9110 §15.5.16", {"status 415"},
               lambda: post(body, dap("collection-job-req")))


def report_cases(scene: Scene, honest: Report) -> Iterator[Case]:
    """Reports that must not count, and one that must count once."""
    task, sample = scene.client_file, scene.sample()
    # The Leader may find it at once or, opening the share later, silently.
    discarded = {"taken", "invalid_message", "hpke_decrypt_error"}

    def sent(name: str, source: str, permitted: set[str], **changes: object) -> Case:
        return Case(name, source, permitted, lambda: send(scene, scene.client(**changes).report(sample)))

    yield Case("an honest report", "DAP §4.4.2", {"taken"}, lambda: send(scene, honest))
    yield Case("the same report again", "DAP §4.4.2", {"taken", "report_replayed"}, lambda: send(scene, honest))
    yield Case("the same report twice in a request", "DAP §4.4.2", {"taken", "report_replayed"},
               lambda: send(scene, honest, honest))

    other = replace(task.configuration, min_batch_size=task.configuration.min_batch_size + 1).encode()
    yield sent("another task configuration", "DAP §4.4.2", discarded, configuration=other)
    yield sent("labels with the roles exchanged", "DAP §4.4.2", discarded,
               info=lambda role: b"dap-18 input share" + bytes([role, Role.CLIENT]))
    yield Case("another time than the sealed one", "DAP §4.4.2", discarded,
               lambda: send(scene, replace(report := scene.client().report(sample), metadata=replace(
                   report.metadata, time=report.metadata.time - 1))))
    yield Case("another public share than the sealed one", "DAP §4.4.2", discarded,
               lambda: send(scene, replace(report := scene.client().report(sample),
                                           public_share=report.public_share + b"\0")))
    yield Case("an HPKE configuration that the Leader lacks", "DAP §4.4.2", {"outdated_config"},
               lambda: send(scene, with_config_id(scene.client().report(sample), Role.LEADER)))
    yield Case("an HPKE configuration that the Helper lacks", "DAP §4.5.3.3", discarded,
               lambda: send(scene, with_config_id(scene.client().report(sample), Role.HELPER)))

    unknown, both = [UNKNOWN_EXTENSION], [UNKNOWN_EXTENSION, OTHER_UNKNOWN_EXTENSION]
    refused = discarded | {"unsupportedExtension"}
    yield sent("an unknown public extension", "DAP §4.4.2", refused, public_extensions=unknown)
    yield sent("an unknown private extension for the Leader", "DAP §4.4.2", refused,
               private_extensions={Role.LEADER: unknown, Role.HELPER: []})
    yield sent("an unknown private extension for the Helper", "DAP §4.5.3.4", refused,
               private_extensions={Role.LEADER: [], Role.HELPER: unknown})
    yield sent("extensions out of order", "DAP §4.5.3.4", refused | {"invalidMessage"}, public_extensions=both[::-1])
    yield sent("an extension twice", "DAP §4.4.2", refused | {"invalidMessage"}, public_extensions=unknown * 2)

    ahead = scene.client().now() + 2 + 600 // task.configuration.time_precision
    yield Case("a report from the future", "DAP §4.4.2", {"report_too_early"},
               lambda: send(scene, scene.client().report(sample, time=ahead)))
    if task.interval:
        yield Case("a report from before the task", "DAP §4.4.2", {"report_dropped"},
                   lambda: send(scene, scene.client().report(sample, time=task.interval.start - 1)))

    for role in (Role.LEADER, Role.HELPER):
        whose = f"the {role.name.capitalize()}'s share"
        for name, change in (("has a byte too many", lambda share: share + b"\0"),
                             ("lacks a byte", lambda share: share[:-1])):
            yield sent(f"{whose} {name}", "DAP §4.5.3.4", discarded, tamper=scene.tampering(role, change))
        yield sent(f"a byte after {whose}", "DAP §4.5.3.4", discarded,
                   tamper_plaintext=lambda to, plaintext, role=role: plaintext + (b"\0" if to == role else b""))
        if role == Role.LEADER or scene.vdaf.is_poplar1:
            yield sent(f"{whose} has an element that is not canonical", "VDAF §6.1", discarded,
                       tamper=scene.tampering(role, scene.not_canonical))
    yield sent("a forged share", "DAP §4.5", {"taken"}, tamper=scene.tampering(Role.LEADER, scene.forged))


def with_config_id(report: Report, role: Role) -> Report:
    """The report with an HPKE configuration's identifier that the aggregator does not have."""
    name = "leader_share" if role == Role.LEADER else "helper_share"
    share = getattr(report, name)
    return replace(report, **{name: replace(share, config_id=(share.config_id + 1) % 256)})


INTERVALS: dict[bytes, Interval] = {}


def now_interval(scene: Scene) -> Interval | None:
    """The day before now and two units of time more, in a task that wants an interval; the same at each call.

    An interval that is not over is refused (walk: rule 5), but for the five minutes by which clocks may differ: units of
    two minutes leave a report time to arrive in the next one.
    """
    if scene.client_file.configuration.batch_mode != BatchMode.TIME_INTERVAL:
        return None
    task = scene.client_file.id
    if task not in INTERVALS:
        day = -(-86_400 // scene.client_file.configuration.time_precision)
        INTERVALS[task] = Interval(scene.client().now() - day, day + 2)
    return INTERVALS[task]


def honest_param(scene: Scene) -> Poplar1Param | None:
    if not scene.vdaf.is_poplar1:
        return None
    level = 3 if scene.is_walk else scene.vdaf.bits - 1
    return Poplar1Param(level, (scene.sample()[:level + 1],))


def walk_extensions(scene: Scene, walk_id: bytes, step: int) -> list[Extension]:
    if not scene.is_walk:
        return []
    return [job_extension(scene.collector.task.code_points.collection_job, walk_id, step)]


def collection_cases(scene: Scene) -> Iterator[Case]:
    """Collection jobs that are refused and leave the batch as it was."""
    collector, mode = scene.collector, scene.client_file.configuration.batch_mode
    query, param = collector.query(now_interval(scene)), honest_param(scene)
    encoded = param.encode() if param else b""

    def request(query: Query = query, agg_param: bytes = encoded, extensions: list[Extension] | None = None) -> bytes:
        own = walk_extensions(scene, os.urandom(16), 0)
        return CollectionJobReq(query, agg_param, own if extensions is None else extensions).encode()

    def asked(name: str, source: str, permitted: set[str], body: bytes) -> Case:
        return Case(name, source, permitted, lambda: collector.post(body) and "ready")

    def with_token(token: str | None) -> str:
        transport.request("POST", collector.task.task_url(Role.LEADER, "collection_jobs"), body=request(),
                          media_type=dap("collection-job-req"), token=token)
        return "ready"

    yield Case("no token", "DAP §3.5", {"status 401", "status 403"}, lambda: with_token(None))
    yield Case("another token", "DAP §3.5", {"status 401", "status 403"}, lambda: with_token("x" * 43))
    source = "DAP §4.6.1"
    yield asked("a collection job that ends too early", source, {"invalidMessage"}, request()[:-1])
    yield asked("a collection job with a byte too many", source, {"invalidMessage"}, request() + b"\0")
    another = Query(3 - mode, b"" if mode == BatchMode.TIME_INTERVAL else Interval(1, 1).encode())
    yield asked("the other batch mode", source, {"invalidMessage"}, request(another))
    yield asked("a batch mode that does not exist", source, {"invalidMessage"}, request(Query(9, b"")))
    yield asked("a query with a byte too many", source, {"invalidMessage", "batchInvalid"},
                request(replace(query, config=query.config + b"\0")))
    if mode == BatchMode.TIME_INTERVAL:
        for name, interval in (("an empty interval", Interval(now_interval(scene).start, 0)),
                               ("an interval that overflows", Interval(2**64 - 1, 2))):
            yield asked(name, "DAP §5.1", {"batchInvalid"}, request(Query(mode, interval.encode())))

    source = "DAP §4.6.2"
    own = walk_extensions(scene, os.urandom(16), 0)
    yield asked("an unknown collection extension", source, {"unsupportedExtension"},
                request(extensions=own + [UNKNOWN_EXTENSION]))
    yield asked("collection extensions out of order", source, {"invalidExtension", "unsupportedExtension"},
                request(extensions=[OTHER_UNKNOWN_EXTENSION, UNKNOWN_EXTENSION]))
    yield from parameter_cases(scene, asked, request)
    yield from walk_extension_cases(scene, asked, request)


def parameter_cases(scene: Scene, asked, request) -> Iterator[Case]:
    """Aggregation parameters that are not valid (DAP §4.3)."""
    refused, source = {"invalidAggregationParameter"}, "DAP §4.3"
    if not scene.vdaf.is_poplar1:
        yield asked("an aggregation parameter where there is none", source, refused, request(agg_param=b"\0"))
        return
    level = honest_param(scene).level
    sample = scene.sample()[:level + 1]
    other = sample[:-1] + (not sample[-1],)
    ordered = tuple(sorted([sample, other]))
    packed = Poplar1Param(level, (sample,)).encode()
    yield asked("candidates out of order", source, refused,
                request(agg_param=Poplar1Param(level, ordered[::-1]).encode()))
    yield asked("a candidate twice", source, refused, request(agg_param=Poplar1Param(level, (sample,) * 2).encode()))
    yield asked("a parameter with a byte too many", source, refused, request(agg_param=packed + b"\0"))
    yield asked("a parameter that ends too early", source, refused, request(agg_param=packed[:-1]))
    yield asked("a level that the tree lacks", source, refused, request(
        agg_param=Poplar1Param(scene.vdaf.bits, ((False,) * (scene.vdaf.bits + 1),)).encode()))
    if (level + 1) % 8:
        yield asked("a candidate with bits beyond its level", source, refused,
                    request(agg_param=packed[:-1] + bytes([packed[-1] | 1])))


def walk_extension_cases(scene: Scene, asked, request) -> Iterator[Case]:
    """The walk's collection-job extension where it should not be, or not as it should be."""
    source, points = "walk: The job extensions", scene.collector.task.code_points
    if not scene.is_walk:
        yield asked("the walk extension in a task without walks", source, {"unsupportedExtension"},
                    request(extensions=[job_extension(points.collection_job, os.urandom(16), 0)]))
        return
    good = job_extension(points.collection_job, os.urandom(16), 0)
    yield asked("no walk extension", source, {"invalidExtension"}, request(extensions=[]))
    yield asked("the walk extension twice", source, {"invalidExtension"}, request(extensions=[good, good]))
    yield asked("a walk extension with a byte too many", source, {"invalidExtension"},
                request(extensions=[replace(good, data=good.data + b"\0")]))
    yield asked("a walk that begins with step 1", "walk: On a proposed step", {"stepMismatch"},
                request(extensions=[replace(good, data=os.urandom(16) + uint(2, 1))]))
    yield asked("no candidates", "walk: On a proposed step", {"invalidAggregationParameter"},
                request(agg_param=Poplar1Param(3, ()).encode()))
    for name, level in (("a first step at the leaf", scene.vdaf.bits - 1), ("a first step that goes too deep", 8)):
        yield asked(name, "walk: rule 4", {"firstStepBoundExceeded"},
                    request(agg_param=Poplar1Param(level, (scene.sample()[:level + 1],)).encode()))


def batch_cases(scene: Scene, count: int) -> Iterator[Case]:
    """The batch itself, and what comes after it."""
    interval, param = now_interval(scene), honest_param(scene)

    def collect() -> str:
        collected = scene.collector.collect(interval, param)
        return f"{collected.report_count} reports"

    yield Case("the batch has the honest reports, each once", "DAP §4.5.4.3", {f"{count} reports"}, collect)
    if interval:
        yield Case("the same request again", "DAP §4.6.1", {f"{count} reports"}, collect)
        wider = CollectionJobReq(scene.collector.query(Interval(interval.start - 1, interval.duration)),
                                 param.encode() if param else b"", []).encode()
        yield Case("an interval that overlaps", "DAP §4.6.1", {"batchOverlap"},
                   lambda: scene.collector.post(wider) and "ready")
        yield Case("a report of the collected batch", "DAP §4.4.2", {"taken", "report_replayed", "batch_collected"},
                   lambda: send(scene, scene.client().report(scene.sample())))


def walk_cases(scene: Scene, count: int) -> Iterator[Case]:
    """A walk, and what may not follow its first step."""
    sample = scene.sample()
    minimum = scene.client_file.configuration.min_batch_size
    walk = Walk(scene.collector, now_interval(scene), minimum, 4, Journal.start(None))

    def prefix(level: int, change: int | None = None) -> tuple[bool, ...]:
        return tuple(bit != (i == change) for i, bit in enumerate(sample[:level + 1]))

    def ask(step: int, level: int, *prefixes: tuple[bool, ...], query: Query | None = None) -> str:
        param = Poplar1Param(level, prefixes)
        extensions = walk_extensions(scene, walk.journal.walk_id, step)
        body = CollectionJobReq(query or walk.query, param.encode(), extensions).encode()
        if step == len(walk.steps):
            walk.journal.add(body)
        return f"{walk.ask(body).report_count} reports"

    def refused(name: str, problem: str, step: int, level: int, *prefixes: tuple[bool, ...], **more: Query) -> Case:
        def act() -> str:
            extensions = walk_extensions(scene, walk.journal.walk_id, step)
            query = more.get("query", walk.query)
            scene.collector.post(CollectionJobReq(query, Poplar1Param(level, prefixes).encode(), extensions).encode())
            return "ready"
        return Case(name, "walk: On a proposed step", {problem}, act)

    yield Case("step 0 has the honest reports, each once", "walk: Collection of a step", {f"{count} reports"},
               lambda: ask(0, 3, *sorted([prefix(3), prefix(3, 3)])))
    yield refused("step 0 again with other candidates", "invalidAggregationParameter", 0, 3, prefix(3))
    yield refused("step 2 before step 1", "stepMismatch", 2, 7, prefix(7))
    yield refused("the same level again", "invalidAggregationParameter", 1, 3, prefix(3))
    yield refused("a candidate that does not descend", "invalidAggregationParameter", 1, 7, prefix(7, 0))
    yield refused("candidates of more prefixes than can be popular", "thresholdBelowMinimum", 1, 7,
                  *sorted([prefix(7), prefix(7, 3)]))
    far = 4 + walk.rules.max_bits_per_step
    yield refused("two guesses below one prefix, a bit too far", "bitsPerStepExceeded", 1, far,
                  *sorted([prefix(far), prefix(far, far)]))
    leaf = walk.bits - 1
    guesses = {prefix(leaf, change) for change in range(4, leaf)}
    yield refused("a dictionary at the leaf", "bitsPerStepExceeded", 1, leaf, *sorted(guesses))
    if walk.query.batch_mode == BatchMode.TIME_INTERVAL:
        other = Query(walk.query.batch_mode, Interval(walk.query.interval().start, 1).encode())
        yield refused("another batch", "batchInvalid", 1, 7, prefix(7), query=other)
    yield Case("step 1 after all that", "walk: Collection of a step", {f"{count} reports"},
               lambda: ask(1, 7, prefix(7)))
    yield Case("the end", "walk: How a walk ends", {"deleted"}, lambda: walk.end() or "deleted")
    yield refused("a step after the end", "walkEnded", 2, 11, prefix(11))
