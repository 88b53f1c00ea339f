"""A task through the test API, as a test runner provisions it, uploads to it and collects from it."""

import random
import secrets
import time

from roles import Deployment, Role, b64, expect, request, unb64
from vdafs import Vdaf

TIME_INTERVAL, LEADER_SELECTED = 1, 2
MODES = {TIME_INTERVAL: "time-interval", LEADER_SELECTED: "leader-selected"}
PRECISION = 300


class Task:
    """One task at all four roles.

    With `draft` requests have the draft's members only, and Client and Collector find out the rest. The role that
    `wrong_token_at` names is told another token than its peer.
    """

    def __init__(self, deployment: Deployment, vdaf: Vdaf, mode: int, *, min_batch_size: int = 1,
                 draft: bool = False, wrong_token_at: str | None = None, **members):
        self.deployment = deployment
        self.vdaf = vdaf
        self.mode = mode
        self.draft = draft
        self.id = b64(secrets.token_bytes(32))
        self.leader_token = secrets.token_urlsafe(16)
        self.collector_token = secrets.token_urlsafe(16)
        self.chance = random.Random(vdaf.name)
        # An interval in the past, so that no clock stands in the way.
        self.base = int(time.time()) // PRECISION * PRECISION - 20 * PRECISION
        # What everyone must agree on and the draft tells the aggregators only, or nobody.
        self.bound = {"min_batch_size": min_batch_size, "batch_mode": mode, "time_precision": PRECISION, **members}
        if vdaf.walk is not None:
            self.bound["walk"] = vdaf.walk
        self.endpoints = {role: self.endpoint(getattr(deployment, role)) for role in ("leader", "helper")}
        self.hpke_config = self.add_to_collector("wrong" if wrong_token_at == "collector" else self.collector_token)
        self.verify_key = b64(secrets.token_bytes(32))
        for role in ("leader", "helper"):
            token = "wrong" if wrong_token_at == role else self.leader_token
            getattr(deployment, role).do("add_task", **self.aggregator_members(role, token))

    def endpoint(self, role: Role) -> str:
        answer = role.do("endpoint_for_task", task_id=self.id, role=role.name, hostname="127.0.0.1")
        return role.absolute(answer["endpoint"])

    def add_to_collector(self, token: str) -> str:
        members = {"query_type": self.mode} if self.draft else {**self.bound, "helper": self.endpoints["helper"]}
        answer = self.deployment.collector.do(
            "add_task", task_id=self.id, leader=self.endpoints["leader"], vdaf=self.vdaf.object,
            collector_authentication_token=token, **members)
        return answer["collector_hpke_config"]

    def aggregator_members(self, role: str, token: str) -> dict:
        members = dict(self.bound)
        if self.draft:
            members["query_type"] = members.pop("batch_mode")
            members |= {"max_batch_query_count": 1, "task_expiration": 4102444800}
        if role == "leader":
            members["collector_authentication_token"] = self.collector_token
        return {
            "task_id": self.id, "role": role, **self.endpoints, "vdaf": self.vdaf.object,
            "leader_authentication_token": token, "vdaf_verify_key": self.verify_key,
            "collector_hpke_config": self.hpke_config, **members}

    # Reports.

    def upload_members(self, measurement, at: int | None) -> dict:
        members = {"time_precision": PRECISION} if self.draft else self.bound
        return {
            "task_id": self.id, **self.endpoints, "vdaf": self.vdaf.object, "measurement": measurement,
            "time": self.base if at is None else at, **members}

    def upload(self, measurement, at: int | None = None) -> None:
        self.deployment.client.do("upload", **self.upload_members(measurement, at))

    def upload_refused(self, measurement, at: int | None = None, **changes) -> str:
        return self.deployment.client.refuses("upload", **{**self.upload_members(measurement, at), **changes})

    def upload_some(self, number: int) -> list:
        drawn = [self.vdaf.draw(self.chance) for _ in range(number)]
        for measurement in drawn:
            self.upload(measurement)
        return drawn

    def canned_report(self, measurement) -> bytes:
        answer = self.deployment.client.do("upload", **self.upload_members(measurement, None), send=False)
        return unb64(answer["report"])

    def post_report(self, report: bytes) -> tuple[int, bytes]:
        """Uploads as the test runner itself."""
        status, _, body = request(
            "POST", f"{self.endpoints['leader']}tasks/{self.id}/reports", report,
            {"Content-Type": "application/ppm-dap;message=upload-req"})
        return status, body

    # Collections.

    def query(self, units: int = 1, first: int = 0) -> dict:
        if self.mode == LEADER_SELECTED:
            return {"type": LEADER_SELECTED, "subtype": 1}
        return {
            "type": TIME_INTERVAL, "batch_interval_start": self.base + first * PRECISION,
            "batch_interval_duration": units * PRECISION}

    def start(self, query: dict | None = None, agg_param: bytes | None = None, **members) -> dict:
        return self.deployment.collector.ask(
            "collection_start", task_id=self.id, query=query or self.query(),
            agg_param=b64(self.vdaf.agg_param if agg_param is None else agg_param), **members)

    def poll(self, handle: str) -> dict:
        """Waits until a collection has ended, well or not."""
        deadline = time.monotonic() + self.deployment.timeout
        while time.monotonic() < deadline:
            answer = self.deployment.collector.ask("collection_poll", handle=handle)
            if answer.get("status") != "in progress":
                return answer
            time.sleep(0.05)
        return {"status": "error", "error": "the collection did not end in time"}

    def collect(self, query: dict | None = None, agg_param: bytes | None = None, **members) -> dict:
        """A collection that must succeed."""
        started = self.start(query, agg_param, **members)
        expect(started.get("status") == "success", f"collection_start: {started}")
        answer = self.poll(started["handle"])
        expect(answer.get("status") == "complete", f"collection: {answer}")
        return {**answer, "walk_id": started.get("walk_id")}

    def collection_error(self, query: dict | None = None) -> str:
        """A collection that must fail, at once or later: why."""
        answer = self.start(query)
        if answer.get("status") == "success":
            answer = self.poll(answer["handle"])
        expect(answer.get("status") == "error", f"the collection should fail: {answer}")
        return answer.get("error", "")

    def expect_result(self, answer: dict, drawn: list) -> None:
        expect(answer.get("status") == "complete", f"collection: {answer}")
        expect(answer["report_count"] == len(drawn), f"{answer['report_count']} reports of {len(drawn)}")
        wanted = self.vdaf.total(drawn)
        expect(answer["result"] == wanted, f"result {answer['result']} instead of {wanted}")
        expect(
            answer["interval_start"] == self.base and answer["interval_duration"] == PRECISION,
            f"interval {answer['interval_start']} + {answer['interval_duration']} instead of "
            f"{self.base} + {PRECISION}")
