"""Requests that are none, at each endpoint of each role, and requests that cannot be carried out."""

from roles import ROLES, Deployment, b64, expect
from tasks import LEADER_SELECTED, PRECISION, TIME_INTERVAL, Task
from vdafs import count

ENDPOINTS = {
    "client": ["upload"],
    "leader": ["endpoint_for_task", "add_task", "task_configuration"],
    "helper": ["endpoint_for_task", "add_task", "task_configuration"],
    "collector": ["add_task", "collection_start", "collection_poll"],
}

BODIES = [
    b"{", b"[]", b"null", b"\"text\"", b"7", b"{}", b"\xff\xfe", b"{\"task_id\": 5}", b"{\"task_id\": \"AA\"}",
    b"{\"task_id\": \"" + b"A" * 44 + b"\"}", b"[" * 5000, b"{\"handle\": {}}",
    b"{\"handle\": 1e999}", b"{\"task_id\": \"\\ud800\"}",
]


# A task that nobody has, which is all that two of the endpoints want to read.
UNKNOWN = b"{\"task_id\": \"" + b"A" * 43 + b"\", \"vdaf\": [], \"handle\": \"none\", \"query\": {\"type\": 2}}"
UNDERSTOOD = {"task_configuration", "collection_start", "collection_poll"}


def malformed_requests(deployment: Deployment) -> None:
    for name in ROLES:
        role = getattr(deployment, name)
        status, _ = role.raw("no_such_endpoint", b"{}")
        expect(status == 404, f"{name}: an unknown endpoint answered {status}")
        others = {endpoint for endpoints in ENDPOINTS.values() for endpoint in endpoints} - set(ENDPOINTS[name])
        for endpoint in others:
            status, _ = role.raw(endpoint, b"{}")
            expect(status == 404, f"{name}: {endpoint} of another role answered {status}")
        for endpoint in ENDPOINTS[name]:
            status, _ = role.raw(endpoint, None, method="GET")
            expect(status == 405, f"{name}: GET {endpoint} answered {status}")
            status, _ = role.raw(endpoint, b"{}", content_type="text/plain")
            expect(status == 415, f"{name}: {endpoint} in plain text answered {status}")
            for body in [b""] + BODIES:
                status, answer = role.raw(endpoint, body)
                expect(status == 400, f"{name}: {endpoint} answered {status} to {body[:40]!r}")
                expect(
                    isinstance(answer, dict) and answer.get("status") == "error" and answer.get("error"),
                    f"{name}: {endpoint} does not say what is wrong with {body[:40]!r}: {answer}")
            status, answer = role.raw(endpoint, UNKNOWN)
            expect(
                status == (200 if endpoint in UNDERSTOOD else 400) and answer and answer.get("status") == "error",
                f"{name}: {endpoint} of an unknown task answered {status}: {answer}")
        status, _ = role.raw("ready", b"{}")
        expect(status == 200, f"{name}: not ready after malformed requests: {status}")


def impossible_requests(deployment: Deployment) -> None:
    """Well-formed, and refused with a reason in an answer of status 200."""
    task = Task(deployment, count(), TIME_INTERVAL)
    other = b64(bytes(32))
    for name in ("leader", "helper"):
        role = getattr(deployment, name)
        members = {**task.aggregator_members(name, task.leader_token), "task_id": other}
        for change in [
            {"vdaf": {"type": "Prio4"}}, {"vdaf": {"type": "Prio3Sum"}},
            {"vdaf": {"type": "Prio3Histogram", "length": "0", "chunk_length": "1"}},
            {"max_batch_query_count": 2}, {"vdaf_verify_key": b64(bytes(16))}, {"collector_hpke_config": "AAAA"},
            {"leader_authentication_token": "with space"}, {"batch_mode": 3}, {"time_precision": 0},
            {"task_info": b64(bytes(256))}, {"task_start": 0}, {"walk": {}},
            {"role": "helper" if name == "leader" else "leader"},
        ]:
            expect(role.refuses("add_task", **{**members, **change}), f"the {name} does not say why not {change}")
        if name == "leader":
            role.refuses("add_task", **{**members, "collector_authentication_token": None})
        role.refuses("endpoint_for_task", task_id=other, role="helper" if name == "leader" else "leader")
    aligned = {"batch_interval_start": task.base, "batch_interval_duration": PRECISION}
    for query in [
        {"type": 3}, {"type": TIME_INTERVAL}, {"type": LEADER_SELECTED}, {"type": LEADER_SELECTED, "subtype": 0},
        {**aligned, "type": TIME_INTERVAL, "batch_interval_start": task.base + 1},
        {**aligned, "type": TIME_INTERVAL, "batch_interval_duration": 0},
    ]:
        answer = task.start(query)
        expect(answer["status"] == "error" and answer["error"], f"{query} was answered with {answer}")
    # A VDAF without an aggregation parameter takes none.
    expect(task.start(agg_param=b"\0")["status"] == "error", "an aggregation parameter for Prio3Count was taken")
    deployment.collector.refuses("collection_poll", handle="none")
    deployment.collector.refuses("collection_start", task_id=other, query=task.query(), agg_param="")
