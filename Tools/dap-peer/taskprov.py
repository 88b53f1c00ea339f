"""Tasks that requests bring: draft-ietf-ppm-dap-taskprov as of July 2026, on the task configuration of DAP-18.

The peer is the Author, the Client, the Collector, or the Leader of a test. Section numbers are the draft's.
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import replace

import transport
from messages import BatchMode, Extension, HpkeConfig, Interval, TaskConfiguration
from tasks import TASK_INTERVAL, KeyPair, Task, TaskError, from_base64url, to_base64url
from wire import Reader

FIELD = "DAP-Taskprov"
VERIFY_KEY_SIZE = 32  # of every VDAF of the draft


def task_id(configuration: bytes) -> bytes:
    """§3.3: the hash of the configuration, behind a salt."""
    return hashlib.sha256(hashlib.sha256(b"dap-taskprov task id").digest() + configuration).digest()


def field_value(configuration: bytes) -> str:
    """§3.2: a Byte Sequence (RFC 9651 §3.3.5)."""
    return f":{base64.b64encode(configuration).decode()}:"


def hkdf_sha256(salt: bytes, key_material: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869: extract, then expand."""
    key = hmac.new(salt, key_material, hashlib.sha256).digest()
    block, output = b"", b""
    for counter in range(1, -(-size // 32) + 1):
        block = hmac.new(key, block + info + bytes([counter]), hashlib.sha256).digest()
        output += block
    return output[:size]


def verify_key(verify_key_init: bytes, task: bytes, size: int = VERIFY_KEY_SIZE) -> bytes:
    """§3.4: the verification key of a task, from what both aggregators share."""
    if len(verify_key_init) != 32:
        raise TaskError(f"verify_key_init has {len(verify_key_init)} bytes, 32 are due")
    return hkdf_sha256(hashlib.sha256(b"dap-taskprov").digest(), verify_key_init, task, size)


def advertise(task: Task) -> None:
    """Has every request about a task bring it (§3.6, §3.9), if its ID says that requests do."""
    if task.id == task_id(task.configuration_bytes):
        transport.TASK_FIELDS[to_base64url(task.id)] = {FIELD: field_value(task.configuration_bytes)}


def silence(task: Task) -> None:
    """Has requests about a task bring it no more."""
    transport.TASK_FIELDS.pop(to_base64url(task.id), None)


def _json(path: str, format: str) -> dict:
    with open(path, encoding="utf-8") as file:
        members = json.load(file)
    if members.get("format") != format:
        raise TaskError(f"{path}: the format is {members.get('format')!r}, this program reads {format!r}")
    return members


def _config(text: str) -> HpkeConfig:
    reader = Reader(from_base64url(text))
    config = HpkeConfig.decode(reader)
    reader.end()
    return config


def author(collector_file: str, directory: str, configuration: TaskConfiguration) -> bytes:
    """Makes the files of a task: the Collector's and the clients'. Gives the task's ID."""
    own = _json(collector_file, "populus-taskprov-collector/1")
    encoded = configuration.encode()
    common = {"format": "populus-task/1", "task_id": to_base64url(task_id(encoded)),
              "task_configuration": to_base64url(encoded)}
    files = {
        "client": common | {"role": "client", "collector_hpke_config": own["hpke_config"]},
        "collector": common | {
            "role": "collector", "collector_token": own["collector_token"],
            "hpke_key": {"config": own["hpke_config"], "private_key": own["private_key"]}},
    }
    os.makedirs(directory, mode=0o700, exist_ok=True)
    for role, members in files.items():
        with open(f"{directory}/{role}.json", "x", encoding="utf-8") as file:
            json.dump(members, file, indent=2)
    return task_id(encoded)


def count_task(collector_file: str, name: str, starts: int, ends: int, precision: int,
               min_batch_size: int) -> TaskConfiguration:
    """A task of Prio3Count in the leader-selected mode, whose reports have a time."""
    own = _json(collector_file, "populus-taskprov-collector/1")
    interval = Interval(starts // precision, (ends - starts) // precision)
    return TaskConfiguration(
        name.encode(), own["leader"].encode(), own["helper"].encode(), precision, min_batch_size,
        BatchMode.LEADER_SELECTED, b"", 1, b"", [Extension(TASK_INTERVAL, interval.encode())])


def leaders_task(leader_file: str, client: Task) -> Task:
    """What a Leader knows of a task: its own file has nothing of it."""
    own = _json(leader_file, "populus-taskprov/1")
    peers = [peer for peer in own["peers"] if peer["url"].encode() == client.configuration.helper]
    if own["role"] != "leader" or len(peers) != 1:
        raise TaskError(f"{leader_file} is not that of a Leader who works with the task's Helper")
    peer, key = peers[0], own["hpke_keys"][0]
    derived = verify_key(from_base64url(peer["verify_key_init"]), client.id)
    return replace(
        client, role="leader", key=KeyPair(_config(key["config"]), from_base64url(key["private_key"])),
        collector_config=_config(peer["collector_hpke_config"]), aggregator_token=peer["aggregator_token"],
        verify_keys={peer.get("verify_key_id", 0): derived})


def with_configuration(task: Task, encoded: bytes) -> Task:
    """The same party's knowledge of another task, which has these bytes for its configuration; they need not decode."""
    return replace(task, id=task_id(encoded), configuration_bytes=encoded)
