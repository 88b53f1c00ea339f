"""Every case: whole runs of each VDAF, and the draft's list of test cases."""

import time
from dataclasses import dataclass
from typing import Callable

from malformed import impossible_requests, malformed_requests
from roles import Deployment, expect, request
from tasks import LEADER_SELECTED, MODES, PRECISION, TIME_INTERVAL, Task
from vdafs import VDAFS, Vdaf, bools, candidates, count, histogram, poplar1, votes


@dataclass
class Case:
    name: str
    body: Callable[[Deployment], None]


def whole_run(vdaf: Vdaf, mode: int, **options) -> Callable[[Deployment], None]:
    def body(deployment: Deployment) -> None:
        task = Task(deployment, vdaf, mode, **options)
        drawn = task.upload_some(12)
        task.expect_result(task.collect(), drawn)

    return body


def many_reports(mode: int) -> Callable[[Deployment], None]:
    """Enough for several aggregation jobs."""

    def body(deployment: Deployment) -> None:
        task = Task(deployment, histogram(20, 5), mode, min_batch_size=300)
        drawn = task.upload_some(300)
        task.expect_result(task.collect(), drawn)

    return body


def two_batches(deployment: Deployment) -> None:
    """The second batch of the leader-selected mode has no report of the first."""
    task = Task(deployment, count(), LEADER_SELECTED)
    for number in (5, 7):
        drawn = task.upload_some(number)
        task.expect_result(task.collect(), drawn)


def future_report(deployment: Deployment) -> None:
    task = Task(deployment, count(), TIME_INTERVAL)
    error = task.upload_refused("1", at=int(time.time()) + 7 * 86_400)
    expect("report_too_early" in error, f"refused with: {error}")
    drawn = task.upload_some(3)
    task.expect_result(task.collect(), drawn)


def outside_of_task(deployment: Deployment) -> None:
    """Our addition: a task with a beginning and an end."""
    begin = int(time.time()) // PRECISION * PRECISION - 20 * PRECISION
    task = Task(deployment, count(), TIME_INTERVAL, task_start=begin, task_end=begin + PRECISION)
    task.base = begin
    for outside in (begin - 1, begin + PRECISION):
        error = task.upload_refused("1", at=outside)
        expect("report_dropped" in error, f"refused with: {error}")
    drawn = task.upload_some(3)
    task.expect_result(task.collect(), drawn)


def wrong_measurements(deployment: Deployment) -> None:
    for vdaf, wrong in [(count(), "2"), (VDAFS[1], "101"), (histogram(4, 2), "4"), (poplar1(8, 3), [True] * 7)]:
        Task(deployment, vdaf, TIME_INTERVAL).upload_refused(wrong)


def wrong_tokens(deployment: Deployment) -> None:
    """Leader and Helper turn strangers away, whichever field the token is in."""
    task = Task(deployment, count(), TIME_INTERVAL)
    doors = [
        ("leader", "collection_jobs", "collection-job-req", task.collector_token),
        ("helper", "aggregation_jobs", "aggregation-job-init-req", task.leader_token),
        ("helper", "aggregate_shares", "aggregate-share-req", task.leader_token),
    ]
    for role, resource, message, token in doors:
        url = f"{task.endpoints[role]}tasks/{task.id}/{resource}"
        for fields, wanted in [
            ({}, {401, 403}),
            ({"Authorization": "Bearer wrong"}, {401, 403}),
            ({"Authorization": f"Bearer {token}x"}, {401, 403}),
            ({"DAP-Auth-Token": "wrong"}, {401, 403}),
            ({"Authorization": "Bearer wrong", "DAP-Auth-Token": token}, {401, 403}),
            # The right token: now the body is looked at, which is no message.
            ({"Authorization": f"Bearer {token}"}, {400}),
            ({"DAP-Auth-Token": token}, {400}),
        ]:
            fields["Content-Type"] = f"application/ppm-dap;message={message}"
            status, _, _ = request("POST", url, b"\0", fields)
            expect(status in wanted, f"{role} {resource} answered {status} to {sorted(fields)}")


def peers_with_wrong_tokens(deployment: Deployment) -> None:
    """Roles of one task that were told different tokens get nowhere."""
    task = Task(deployment, count(), TIME_INTERVAL, wrong_token_at="collector")
    task.upload_some(3)
    error = task.collection_error()
    expect("403" in error or "401" in error, f"the Leader answered a wrong Collector with: {error}")

    task = Task(deployment, count(), TIME_INTERVAL, wrong_token_at="helper")
    task.upload_some(3)
    answer = task.start()
    for _ in range(20):
        if answer.get("status") == "error":
            break
        answer = {**answer, **deployment.collector.ask("collection_poll", handle=answer["handle"])}
        expect(answer["status"] != "complete", f"collected although the Leader has a wrong token: {answer}")
        time.sleep(0.1)


def same_id_twice(deployment: Deployment) -> None:
    """A task cannot be changed; the same task once more is no error."""
    task = Task(deployment, count(), TIME_INTERVAL)
    again = task.add_to_collector(task.collector_token)
    expect(again == task.hpke_config, "the Collector drew another key for the same task")
    for role in ("leader", "helper"):
        error = getattr(deployment, role).refuses(
            "add_task", **{**task.aggregator_members(role, task.leader_token), "min_batch_size": 77})
        expect("another task" in error, f"the {role} refused another task of the same ID with: {error}")


def overlapping_collections(deployment: Deployment) -> None:
    """What `max_batch_query_count` = 1 was in the draft is DAP-18's rule: a report is in one batch."""
    task = Task(deployment, count(), TIME_INTERVAL)
    drawn = task.upload_some(4)
    task.upload("1", at=task.base + PRECISION)
    task.expect_result(task.collect(), drawn)
    error = task.collection_error(task.query(units=2))
    expect("batchOverlap" in error, f"refused with: {error}")
    answer = task.collect(task.query(first=1))
    expect(answer["report_count"] == 1 and answer["result"] == "1", f"the interval after it: {answer}")


def late_report(deployment: Deployment) -> None:
    task = Task(deployment, count(), TIME_INTERVAL)
    drawn = task.upload_some(6)
    first = task.collect()
    task.expect_result(first, drawn)
    # The Leader may refuse it, or take it and drop it.
    deployment.client.ask("upload", **task.upload_members("1", None))
    second = task.collect()
    expect(second == first, f"first {first}, then {second}")


def replayed_report(mode: int) -> Callable[[Deployment], None]:
    def body(deployment: Deployment) -> None:
        task = Task(deployment, count(), mode)
        canned = task.canned_report("1")
        for _ in range(3):
            status, _ = task.post_report(canned)
            expect(200 <= status < 300, f"an upload was answered {status}")
        drawn = ["1"] + task.upload_some(2)
        task.expect_result(task.collect(), drawn)
        # Nor in a batch of its own, when the first one is collected.
        task.post_report(canned)
        if mode == LEADER_SELECTED:
            task.upload("0")
            answer = task.collect()
            expect(answer["report_count"] == 1 and answer["result"] == "0", f"replayed into the next batch: {answer}")

    return body


def too_few_reports(deployment: Deployment) -> None:
    """A Leader may wait for more reports, or refuse; with one more there are enough."""
    task = Task(deployment, count(), TIME_INTERVAL, min_batch_size=4)
    drawn = task.upload_some(3)
    answer = task.start()
    for _ in range(20):
        if answer["status"] == "error":
            break
        answer = {**answer, **deployment.collector.ask("collection_poll", handle=answer["handle"])}
        expect(answer["status"] != "complete", f"collected with too few reports: {answer}")
        time.sleep(0.05)
    drawn += task.upload_some(1)
    task.expect_result(task.collect() if answer["status"] == "error" else task.poll(answer["handle"]), drawn)


def walk(deployment: Deployment) -> None:
    """Our addition: a whole walk, from the first bit to the leaf, over one batch."""
    bits, threshold = 8, 3
    vdaf = poplar1(bits, bits - 1)
    vdaf.walk = {"min_threshold": threshold, "first_step_max_level": 3, "max_life": 86_400}
    for mode in MODES:
        task = Task(deployment, vdaf, mode, min_batch_size=threshold)
        values = [bools(value, bits) for value in [200] * 5 + [201] * 3 + [7] * 4 + [8] * 2 + [0]]
        for value in values:
            task.upload(value)
        prefixes, walk_id = [bools(value, 2) for value in range(4)], None
        while True:
            answer = task.collect(agg_param=candidates(prefixes), walk_id=walk_id)
            expect(answer["result"] == votes(values, prefixes), f"votes {answer['result']} for {prefixes}")
            walk_id = answer["walk_id"]
            kept = [prefix for prefix, number in zip(prefixes, answer["result"]) if int(number) >= threshold]
            if len(prefixes[0]) == bits:
                break
            prefixes = [prefix + tail for prefix in kept for tail in ([False, False], [False, True], [True, False],
                                                                       [True, True])]
        expect(kept == [bools(value, bits) for value in (7, 200, 201)], f"the walk ended with {kept}")


CASES = [
    *(Case(f"{vdaf.name}, {name}", whole_run(vdaf, mode)) for vdaf in VDAFS for mode, name in MODES.items()),
    *(Case(f"draft's members only, {vdaf.name}, {name}", whole_run(vdaf, mode, draft=True))
      for vdaf in (count(), VDAFS[5]) for mode, name in MODES.items()),
    Case("Poplar1, whole walks", walk),
    *(Case(f"300 reports, {name}", many_reports(mode)) for mode, name in MODES.items()),
    Case("a report far in the future", future_report),
    Case("reports before and after the task", outside_of_task),
    Case("measurements out of range", wrong_measurements),
    Case("wrong tokens", wrong_tokens),
    Case("peers with different tokens", peers_with_wrong_tokens),
    Case("the same task ID twice", same_id_twice),
    Case("overlapping collections", overlapping_collections),
    Case("two batches one after the other", two_batches),
    Case("a late report, and the same collection again", late_report),
    *(Case(f"a replayed report, {name}", replayed_report(mode)) for mode, name in MODES.items()),
    Case("fewer reports than the smallest batch", too_few_reports),
    Case("malformed requests at each endpoint", malformed_requests),
    Case("requests that cannot be carried out", impossible_requests),
]
