"""The walk extension from the Leader's side, as far as a test of a Helper needs it.

Written from DAP.docc/WalkExtension.md, sections "Step 0 of a shard", "Later steps of a shard" and "Transcript". The
peer drives one shard against a running Helper with reports that it made itself. It needs the VDAF reference.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import transport
from leader import FINISH, Batch, Leader, Rejected, Verification, job_id
from messages import BatchSelector, HpkeCiphertext, Report
from transport import ProtocolError
from vdafs import Poplar1Param
from walk import job_extension, media_type
from wire import Reader, uint, vector


class Phase(IntEnum):
    EVALUATE = 1
    VERDICT = 2
    COMMITTED = 3


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def bitmap(bits: Sequence[bool]) -> bytes:
    """Verdicts and accepted sets: bit i is bit i mod 8, from the least significant, of byte i / 8."""
    packed = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << i % 8
    return bytes(packed)


def transcript_of_step_0(task_id: bytes, job_id: bytes, request_digest: bytes, agg_param: bytes, report_count: int,
                         accepted: bytes) -> bytes:
    return sha256(b"populus walk initial", task_id, job_id, request_digest, sha256(agg_param), uint(4, report_count),
                  accepted)


def transcript_of_evaluation(previous: bytes, step: int, agg_param: bytes) -> bytes:
    return sha256(b"populus walk evaluate", previous, uint(2, step), sha256(agg_param))


def transcript_of_verdict(evaluation: bytes, verdicts: bytes) -> bytes:
    return sha256(b"populus walk verdict", evaluation, verdicts)


@dataclass(frozen=True)
class StepHeader:
    """`WalkStepHeader`."""

    walk_id: bytes
    step: int
    phase: int
    live_count: int
    transcript: bytes

    def encode(self) -> bytes:
        return (self.walk_id + uint(2, self.step) + uint(1, self.phase) + uint(4, self.live_count) + self.transcript)

    @staticmethod
    def decode(reader: Reader) -> "StepHeader":
        return StepHeader(reader.fixed(16), reader.uint(2), reader.uint(1), reader.uint(4), reader.fixed(32))


@dataclass
class Shard:
    """One aggregation job of a walk, which lives until the walk ends."""

    leader: Leader
    walk_id: bytes
    batch_id: bytes | None
    job: str = ""
    step: int = 0
    live: list[Verification] = field(default_factory=list)
    #: T of the last step that is committed.
    transcript: bytes = b""
    accepted_at_step_0: int = 0
    #: Changes a message before it is sent: tests misbehave here.
    tamper: Callable[[str, bytes], bytes] = lambda _, body: body

    def start(self, reports: list[Report], param: Poplar1Param) -> Batch:
        """Step 0, by DAP's own messages."""
        leader = self.leader
        verifications = [leader.open(report) for report in reports]
        code_point = leader.task.code_points.aggregation_job
        extensions = leader.extensions(self.batch_id, [job_extension(code_point, self.walk_id, 0)])
        request = leader.init_request(verifications, param, extensions)
        self.job, responses = leader.post_init(request)
        self.live = leader.process(verifications, responses, param)
        finished = leader.post_continue(self.job, leader.continue_request(self.live))
        if [(r.report_id, r.type) for r in finished] != [(self.id_of(one), FINISH) for one in self.live]:
            raise ProtocolError("the Helper does not finish what it should")
        accepted = bitmap([one in self.live for one in verifications])
        self.transcript = transcript_of_step_0(
            leader.task.id, job_id(self.job), sha256(request), param.encode(), len(verifications), accepted)
        self.accepted_at_step_0 = len(self.live)
        return leader.sum(self.live, param)

    @staticmethod
    def id_of(one: Verification) -> bytes:
        return one.report.metadata.report_id

    def post(self, message: str, body: bytes) -> bytes:
        response = transport.request("POST", self.job, body=self.tamper(message, body),
                                     media_type=media_type(f"{message}-req"), token=self.leader.token)
        return response.expect(media_type(f"{message}-resp"))

    def advance(self, param: Poplar1Param) -> Batch:
        """The next step, by the two exchanges of packed verification."""
        step, size = self.step + 1, self.leader.vdaf.field(param).size
        evaluation = transcript_of_evaluation(self.transcript, step, param.encode())
        header = StepHeader(self.walk_id, step, Phase.EVALUATE, len(self.live), evaluation)
        shares = b"".join(self.leader.evaluate(one, param) for one in self.live)
        reader = Reader(self.post("evaluate", header.encode() + vector(4, param.encode()) + shares))
        self.expect(reader, header)
        verdicts = [self.verdict(one, param, reader.fixed(3 * size), reader.fixed(size)) for one in self.live]
        reader.end()

        verdict_bits = bitmap(verdicts)
        request = replace(header, phase=Phase.VERDICT)
        reader = Reader(self.post("verdict", request.encode() + verdict_bits))
        self.transcript = transcript_of_verdict(evaluation, verdict_bits)
        self.live = [one for one, accepted in zip(self.live, verdicts) if accepted]
        self.expect(reader, replace(
            header, phase=Phase.COMMITTED, live_count=len(self.live), transcript=self.transcript))
        reader.end()
        self.step = step
        return self.leader.sum(self.live, param)

    @staticmethod
    def expect(reader: Reader, header: StepHeader) -> None:
        if StepHeader.decode(reader) != header:
            raise ProtocolError("the Helper answers with another header")

    def verdict(self, one: Verification, param: Poplar1Param, message: bytes, helper_share: bytes) -> bool:
        try:
            self.leader.second_round(one, param, message, helper_share)
            return True
        except Rejected:
            return False

    def share(self, collection_request: bytes, selector: BatchSelector, batch: Batch) -> HpkeCiphertext:
        """The Helper's share of the last step, by `WalkAggregateShareReq`."""
        late = self.accepted_at_step_0 - len(self.live)
        body = self.leader.share_request(collection_request, selector, batch) + uint(8, late)
        return self.leader.post_share(body, media_type("aggregate-share-req"))
