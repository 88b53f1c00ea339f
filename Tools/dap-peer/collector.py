"""The Collector: asks for a batch, opens both aggregate shares, adds them up (DAP §4.6)."""

from dataclasses import dataclass

import hpke
import transport
from messages import (BatchMode, CollectionJobReq, CollectionJobResp, Extension, HpkeCiphertext, Interval, Query, Role,
                      aggregate_share_aad, aggregate_share_info, dap)
from tasks import Task
from transport import ProtocolError
from vdafs import Poplar1Param, TaskVdaf
from wire import Reader


@dataclass(frozen=True)
class Collected:
    result: int | list[int]
    report_count: int
    interval: Interval


class Collector:
    """Collects batches of one task."""

    def __init__(self, task: Task, vdaf: TaskVdaf, patience: float = 120):
        if task.key is None or task.collector_token is None:
            raise ValueError("not the Collector's file")
        self.task, self.vdaf, self.key, self.token, self.patience = (
            task, vdaf, task.key, task.collector_token, patience)

    def query(self, interval: Interval | None) -> Query:
        """The query for a batch: an interval in the time-interval mode, nothing in the leader-selected mode."""
        mode = self.task.configuration.batch_mode
        if (mode == BatchMode.TIME_INTERVAL) != (interval is not None):
            raise ValueError("an interval belongs to the time-interval mode, and to that only")
        return Query(mode, interval.encode() if interval else b"")

    def post(self, request: bytes, patience: float | None = None) -> transport.Response:
        """Creates a collection job and waits for its result."""
        return transport.create(
            self.task.task_url(Role.LEADER, "collection_jobs"), request, dap("collection-job-req"), self.token,
            self.patience if patience is None else patience)

    def locate(self, request: bytes) -> str:
        """Where the collection job of a request lies: creation is idempotent, so asking again tells."""
        return self.post(request).url

    def open_share(self, sender: Role, sealed: HpkeCiphertext, aad: bytes) -> bytes:
        """Opens one aggregator's aggregate share (DAP §4.6.7)."""
        if sealed.config_id != self.key.config.id:
            raise ProtocolError(f"a share is sealed to the configuration {sealed.config_id}, which is not ours")
        return hpke.open_sealed(
            sealed.enc, self.key.private_key, aggregate_share_info(sender), aad, sealed.payload, self.key.config.aead)

    def result(self, response: CollectionJobResp, query: Query, param: Poplar1Param | None,
               aad: bytes) -> int | list[int]:
        """Checks a response, opens its shares and adds them up."""
        if response.report_count < self.task.configuration.min_batch_size:
            raise ProtocolError(f"a batch of {response.report_count} reports")
        if query.batch_mode == BatchMode.TIME_INTERVAL and not query.interval().contains(response.interval):
            raise ProtocolError("the reports' interval is not within the query's")
        shares = [self.open_share(Role.LEADER, response.leader_share, aad),
                  self.open_share(Role.HELPER, response.helper_share, aad)]
        return self.vdaf.unshard(param, shares, response.report_count)

    def collect(self, interval: Interval | None, param: Poplar1Param | None = None,
                extensions: list[Extension] | None = None) -> Collected:
        """Collects one batch as DAP stands."""
        query = self.query(interval)
        request = CollectionJobReq(query, param.encode() if param else b"", extensions or []).encode()
        reader = Reader(self.post(request).expect(dap("collection-job-resp")))
        response = CollectionJobResp.decode(reader)
        reader.end()
        aad = aggregate_share_aad(self.task.id, self.task.configuration_bytes, request)
        result = self.result(response, query, param, aad)
        if self.task.has_noise:
            signed = self.vdaf.field(param).signed
            result = [signed(value) for value in result] if isinstance(result, list) else signed(result)
        return Collected(result, response.report_count, response.interval)
