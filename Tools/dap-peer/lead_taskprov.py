"""The Leader of a task that requests bring: only its Helper is somebody else's (draft-ietf-ppm-dap-taskprov §3.7, §3.8)."""

import argparse
import json
import os
from collections.abc import Callable

import strings
from client import Client
from collector import Collector
from leader import Leader
from messages import BatchMode, CollectionJobReq, Query, aggregate_share_aad
from messages import Role
from misbehave import perform
from misbehave_taskprov import helper_wrongs
from taskprov import advertise, leaders_task
from tasks import Task, TaskError


def run(arguments: argparse.Namespace, vdaf_of: Callable) -> int:
    client_file = Task.read(f"{arguments.tasks}/client.json", "client")
    collector_file = Task.read(f"{arguments.tasks}/collector.json", "collector")
    if client_file.configuration.batch_mode != BatchMode.LEADER_SELECTED:
        raise TaskError("this Leader selects its batches itself")
    vdaf = vdaf_of(client_file, arguments)
    leader = Leader(leaders_task(arguments.taskprov, client_file), vdaf)
    client = Client(client_file, vdaf, leader.task.key.config)
    with open(arguments.file, "rb") as file:
        lines = [line for _, line in strings.lines(file.read())]
    if arguments.wrongs and (wrong := perform(helper_wrongs(leader, client, lines[0]))):
        print(f"{wrong} wrong")
        return 1
    advertise(leader.task)
    reports = [client.report(vdaf.measurement(line)) for line in lines]
    batch_id = os.urandom(32)
    batch = leader.aggregate(reports, None, batch_id)
    request = CollectionJobReq(Query(BatchMode.LEADER_SELECTED, b""), b"", []).encode()
    sealed = leader.post_share(leader.share_request(request, leader.selector(batch_id, None), batch))
    collector = Collector(collector_file, vdaf)
    aad = aggregate_share_aad(client_file.id, client_file.configuration_bytes, request)
    shares = [vdaf.reference.encode_agg_share(batch.agg_share), collector.open_share(Role.HELPER, sealed, aad)]
    count = len(batch.report_ids)
    print(json.dumps({"result": vdaf.unshard(None, shares, count), "report_count": count}))
    return 0
