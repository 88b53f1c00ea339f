"""The Leader of one aggregation job, as far as a test of a Helper needs it (DAP §4.5, ping-pong of VDAF §5.7).

It needs the VDAF reference. It stores nothing and serves nobody: the reports are those that it is given.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import hpke
import transport
from messages import (BatchMode, BatchSelector, Extension, HpkeCiphertext, Interval, Report, ReportError, Role, dap,
                      encode_extensions, input_share_aad, input_share_info)
from tasks import Task, from_base64url
from transport import ProtocolError
from vdafs import MissingReference, Poplar1Param, TaskVdaf
from wire import Reader, uint, vector

LEADER_SELECTED_BATCH_ID = 1  # the aggregation job extension of DAP §5.2.2
CONTINUE, FINISH, REJECT = range(3)


class Rejected(Exception):
    """A report that the verification rejects."""


def ping_pong(type: int, *items: bytes) -> bytes:
    """A message of VDAF §5.7.1: 0 initialize, 1 continue, 2 finish."""
    return uint(1, type) + b"".join(vector(4, item) for item in items)


def open_ping_pong(data: bytes, type: int) -> list[bytes]:
    reader = Reader(data)
    if reader.uint(1) != type:
        raise ProtocolError(f"a ping-pong message of type {data[0]}, {type} is due")
    items = [reader.vector(4) for _ in range(2 if type == 1 else 1)]
    reader.end()
    return items


@dataclass
class Verification:
    """One report on its way through the verification, from the Leader's side."""

    report: Report
    public_share: Any
    input_share: Any
    state: Any = None
    outbound: bytes = b""
    out_share: Any = None


@dataclass(frozen=True)
class VerifyResp:
    report_id: bytes
    type: int
    payload: bytes = b""
    error: ReportError | None = None

    @staticmethod
    def decode_list(data: bytes) -> list["VerifyResp"]:
        reader, responses = Reader(data), []
        while not reader.is_empty:
            report_id, type = reader.fixed(16), reader.uint(1)
            responses.append(VerifyResp(
                report_id, type,
                payload=reader.vector(4, 1) if type == CONTINUE else b"",
                error=ReportError(reader.uint(1)) if type == REJECT else None))
            if type > REJECT:
                raise ProtocolError(f"a VerifyResp of type {type}")
        return responses


@dataclass
class Batch:
    """What a Leader sums up of a batch."""

    agg_share: Any
    report_ids: list[bytes] = field(default_factory=list)

    @property
    def checksum(self) -> bytes:
        total = 0
        for report_id in self.report_ids:
            total ^= int.from_bytes(hashlib.sha256(report_id).digest(), "big")
        return total.to_bytes(32, "big")


class Leader:
    """Drives aggregation jobs of one task against its Helper."""

    def __init__(self, task: Task, vdaf: TaskVdaf):
        if vdaf.reference is None:
            raise MissingReference("a Leader needs the VDAF reference")
        self.task, self.vdaf, self.reference = task, vdaf, vdaf.reference
        self.verify_key_id, self.verify_key = max(task.verify_keys.items())
        self.token = task.aggregator_token

    # The verification of one report

    def open(self, report: Report) -> Verification:
        """Opens the Leader's share of a report."""
        aad = input_share_aad(self.task.id, self.task.configuration_bytes, report.metadata, report.public_share)
        share, key = report.leader_share, self.task.key
        reader = Reader(hpke.open_sealed(
            share.enc, key.private_key, input_share_info(Role.LEADER), aad, share.payload, key.config.aead))
        reader.vector(2)
        payload = reader.vector(4, 1)
        reader.end()
        return Verification(report, self.reference.decode_public_share(report.public_share),
                            self.reference.decode_input_share(0, payload))

    @staticmethod
    def reference_param(param: Poplar1Param | None) -> Any:
        return (param.level, param.prefixes) if param else None

    def evaluate(self, one: Verification, param: Poplar1Param | None) -> bytes:
        """`verify_init`; gives the encoded verifier share."""
        one.state, share = self.reference.verify_init(
            self.verify_key, self.task.context, 0, self.reference_param(param), one.report.metadata.report_id,
            one.public_share, one.input_share)
        return self.reference.encode_verifier_share(share)

    def second_round(self, one: Verification, param: Poplar1Param, message: bytes, helper_share: bytes) -> None:
        """Poplar1's second round: takes the first message and the Helper's share, and makes the output share."""
        context = self.task.context
        state, own = self.reference.verify_next(
            context, one.state, self.reference.decode_verifier_message(one.state, message))
        shares = [own, self.reference.decode_verifier_share(state, helper_share)]
        try:
            last = self.reference.verifier_shares_to_message(context, self.reference_param(param), shares)
        except ValueError as error:
            raise Rejected(str(error)) from None
        one.outbound = ping_pong(2, self.reference.encode_verifier_message(last))
        one.out_share = self.reference.verify_next(context, state, last)

    # The job

    def extensions(self, batch_id: bytes | None, others: list[Extension]) -> list[Extension]:
        """The job's extensions in order."""
        own = [Extension(LEADER_SELECTED_BATCH_ID, batch_id)] if batch_id else []
        return sorted(own + others, key=lambda extension: extension.type)

    def init_request(self, verifications: list[Verification], param: Poplar1Param | None,
                     extensions: list[Extension], verify_key_id: int | None = None) -> bytes:
        """`AggregationJobInitReq`."""
        body = uint(1, self.verify_key_id if verify_key_id is None else verify_key_id)
        body += vector(4, param.encode() if param else b"") + encode_extensions(extensions)
        for one in verifications:
            one.outbound = ping_pong(0, self.evaluate(one, param))
            body += self.verify_init(one.report, one.outbound)
        return body

    @staticmethod
    def verify_init(report: Report, payload: bytes) -> bytes:
        return (report.metadata.encode() + vector(4, report.public_share) + report.helper_share.encode()
                + vector(4, payload))

    def post_init(self, body: bytes, token: str | None = None) -> tuple[str, list[VerifyResp]]:
        """Creates the job; gives its URL and the Helper's answers."""
        response = transport.create(
            self.task.task_url(Role.HELPER, "aggregation_jobs"), body, dap("aggregation-job-init-req"),
            self.token if token is None else token)
        return response.url.partition("?")[0], VerifyResp.decode_list(response.expect(dap("aggregation-job-resp")))

    def process(self, verifications: list[Verification], responses: list[VerifyResp],
                param: Poplar1Param | None) -> list[Verification]:
        """Takes the answers to the initialisation; gives those that the Leader accepts."""
        if [one.report.metadata.report_id for one in verifications] != [r.report_id for r in responses]:
            raise ProtocolError("the answer does not name the reports of the request in their order")
        accepted = []
        for one, response in zip(verifications, responses):
            try:
                if response.type == FINISH:
                    raise ProtocolError("a report finishes before its time")
                if response.type == CONTINUE:
                    self.process_one(one, response.payload, param)
                    accepted.append(one)
            except Rejected:
                pass
        return accepted

    def process_one(self, one: Verification, inbound: bytes, param: Poplar1Param | None) -> None:
        if param:
            self.second_round(one, param, *open_ping_pong(inbound, 1))
            return
        message = self.reference.decode_verifier_message(one.state, *open_ping_pong(inbound, 2))
        try:
            one.out_share = self.reference.verify_next(self.task.context, one.state, message)
        except ValueError as error:
            raise Rejected(str(error)) from None

    def continue_request(self, accepted: list[Verification], step: int = 1) -> bytes:
        """`AggregationJobContinueReq`."""
        return uint(2, step) + b"".join(
            one.report.metadata.report_id + vector(4, one.outbound) for one in accepted)

    def post_continue(self, job: str, body: bytes) -> list[VerifyResp]:
        response = transport.request(
            "POST", job, body=body, media_type=dap("aggregation-job-continue-req"), token=self.token)
        if not response.body:
            location = response.headers.get("Location", job + "?step=1")
            response = transport.wait(transport.at(response, transport.join(job, location)), self.token)
        return VerifyResp.decode_list(response.expect(dap("aggregation-job-resp")))

    def aggregate(self, reports: list[Report], param: Poplar1Param | None, batch_id: bytes | None) -> Batch:
        """A whole job of DAP as it stands."""
        verifications = [self.open(report) for report in reports]
        job, responses = self.post_init(self.init_request(verifications, param, self.extensions(batch_id, [])))
        accepted = self.process(verifications, responses, param)
        if param and accepted:
            finished = self.post_continue(job, self.continue_request(accepted))
            if [(r.report_id, r.type) for r in finished] != [(one.report.metadata.report_id, FINISH)
                                                             for one in accepted]:
                raise ProtocolError("the Helper does not finish what it should")
        return self.sum(accepted, param)

    def sum(self, accepted: list[Verification], param: Poplar1Param | None) -> Batch:
        agg_param = self.reference_param(param)
        batch = Batch(self.reference.agg_init(agg_param))
        for one in accepted:
            batch.agg_share = self.reference.agg_update(agg_param, batch.agg_share, one.out_share)
            batch.report_ids.append(one.report.metadata.report_id)
        return batch

    # The Helper's aggregate share

    def selector(self, batch_id: bytes | None, interval: Interval | None) -> BatchSelector:
        mode = self.task.configuration.batch_mode
        return BatchSelector(mode, interval.encode() if mode == BatchMode.TIME_INTERVAL else batch_id)

    def share_request(self, collection_request: bytes, selector: BatchSelector, batch: Batch) -> bytes:
        """`AggregateShareReq`."""
        return collection_request + selector.encode() + uint(8, len(batch.report_ids)) + batch.checksum

    def post_share(self, body: bytes, media_type: str = dap("aggregate-share-req")) -> HpkeCiphertext:
        response = transport.create(
            self.task.task_url(Role.HELPER, "aggregate_shares"), body, media_type, self.token)
        reader = Reader(response.expect(dap("aggregate-share")))
        share = HpkeCiphertext.decode(reader)
        reader.end()
        return share


def job_id(url: str) -> bytes:
    """The job's ID, from its URL."""
    return from_base64url(url.rpartition("/")[2])
