"""The Client: makes reports and uploads them (DAP §4.4)."""

import os
import time as clock
from collections.abc import Callable
from dataclasses import replace

import hpke
import transport
from messages import (Extension, HpkeCiphertext, HpkeConfig, Report, ReportError, ReportMetadata, Role, dap,
                      decode_upload_errors, input_share_aad, input_share_info, plaintext_input_share)
from tasks import Task
from vdafs import Measurement, TaskVdaf

#: How many reports one request carries.
REPORTS_PER_REQUEST = 100


def hpke_config(task: Task, role: Role) -> HpkeConfig:
    """An aggregator's most preferred configuration among those that we have the algorithms for."""
    response = transport.request("GET", task.url(role, "hpke_config"))
    configs = HpkeConfig.decode_list(response.expect(dap("hpke-config-list")))
    usable = [config for config in configs if hpke.supports(config.kem, config.kdf, config.aead)]
    if not usable:
        raise transport.ProtocolError(f"the {role.name.lower()} has no HPKE configuration that this program knows")
    return usable[0]


class Client:
    """Makes reports of one task. The attributes that tests change are what a client could get wrong."""

    def __init__(self, task: Task, vdaf: TaskVdaf, leader_config: HpkeConfig | None = None):
        self.task, self.vdaf = task, vdaf
        self.configs = {Role.LEADER: leader_config or hpke_config(task, Role.LEADER),
                        Role.HELPER: hpke_config(task, Role.HELPER)}
        #: What the client takes for the task's configuration.
        self.configuration = task.configuration_bytes
        self.public_extensions: list[Extension] = []
        self.private_extensions: dict[Role, list[Extension]] = {Role.LEADER: [], Role.HELPER: []}
        self.info: Callable[[Role], bytes] = input_share_info
        #: Changes the encoded public share and input shares between sharding and sealing.
        self.tamper: Callable[[bytes, list[bytes]], tuple[bytes, list[bytes]]] = lambda public, shares: (public, shares)
        #: Changes an encoded `PlaintextInputShare`.
        self.tamper_plaintext: Callable[[Role, bytes], bytes] = lambda _, plaintext: plaintext

    def now(self) -> int:
        """The current time in units of the task's precision."""
        return int(clock.time()) // self.task.configuration.time_precision

    def report(self, measurement: Measurement, time: int | None = None, report_id: bytes | None = None) -> Report:
        """Shards a measurement and seals the shares."""
        metadata = ReportMetadata(
            report_id or os.urandom(16), self.now() if time is None else time, self.public_extensions)
        public_share, shares = self.tamper(*self.vdaf.shard(self.task.context, measurement, metadata.report_id))
        aad = input_share_aad(self.task.id, self.configuration, metadata, public_share)

        def sealed(role: Role, share: bytes) -> HpkeCiphertext:
            config = self.configs[role]
            plaintext = self.tamper_plaintext(role, plaintext_input_share(self.private_extensions[role], share))
            enc, payload = hpke.seal(config.public_key, self.info(role), aad, plaintext, config.aead)
            return HpkeCiphertext(config.id, enc, payload)

        return Report(metadata, public_share, sealed(Role.LEADER, shares[0]), sealed(Role.HELPER, shares[1]))

    def upload(self, reports: list[Report]) -> list[tuple[bytes, ReportError]]:
        """Posts reports; gives those that the Leader did not take."""
        return self.upload_bytes(b"".join(report.encode() for report in reports))

    def upload_bytes(self, body: bytes) -> list[tuple[bytes, ReportError]]:
        response = transport.request(
            "POST", self.task.task_url(Role.LEADER, "reports"), body=body, media_type=dap("upload-req"))
        if response.body or response.status not in (200, 201):
            # 202 and 204 are what others say who stand in the way.
            return decode_upload_errors(response.expect(dap("upload-errors")))
        return []

    def with_config(self, role: Role, **changes: object) -> None:
        """Takes another HPKE configuration for an aggregator's."""
        self.configs[role] = replace(self.configs[role], **changes)


def upload_lines(client: Client, lines: list[tuple[int, bytes]], complain: Callable[[str], None]) -> tuple[int, int]:
    """Uploads a report for each line; gives how many were taken and how many were not."""
    reports, refused, taken = [], 0, 0

    def send() -> None:
        nonlocal refused, taken
        errors = client.upload(reports) if reports else []
        for report_id, error in errors:
            complain(f"report {report_id.hex()}: {error.name.lower()}")
        taken, refused = taken + len(reports) - len(errors), refused + len(errors)
        reports.clear()

    for number, line in lines:
        try:
            measurement = client.vdaf.measurement(line)
            client.vdaf.check(measurement)
        except ValueError as error:
            refused += 1
            complain(f"line {number}: {error}")
            continue
        reports.append(client.report(measurement))
        if len(reports) == REPORTS_PER_REQUEST:
            send()
    send()
    return taken, refused
