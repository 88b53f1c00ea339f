"""Task files and keys for the checks, without servers."""

import base64
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "dap-peer"))

from wire import uint, vector  # noqa: E402

# Spec: VDAF §10; DAP appendix "VDAF Configuration Encodings".
TYPES = {
    "Prio3Count": 1, "Prio3Sum": 2, "Prio3SumVec": 3, "Prio3Histogram": 4, "Prio3MultihotCountVec": 5, "Poplar1": 6,
}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def vdaf_configuration(name: str, numbers: dict) -> bytes:
    """The parameters of an instance, as a vector file names them."""
    fields = {
        "Prio3Count": [], "Prio3Sum": [("max_measurement", 8)],
        "Prio3SumVec": [("length", 4), ("max_measurement", 8), ("chunk_length", 4)],
        "Prio3Histogram": [("length", 4), ("chunk_length", 4)],
        "Prio3MultihotCountVec": [("length", 4), ("chunk_length", 4), ("max_weight", 8)], "Poplar1": [("bits", 2)],
    }[name]
    return b"".join(uint(size, numbers[field]) for field, size in fields)


def client_file(vdaf: str, numbers: dict, encoding: str | None = None, host: str = "example.org") -> bytes:
    """A client's file of a task with the VDAF."""
    info = "check" + (f";encoding={encoding}" if encoding else "")
    configuration = (
        vector(1, info.encode()) + vector(2, f"https://leader.{host}/".encode())
        + vector(2, f"https://helper.{host}/".encode()) + uint(8, 3600) + uint(8, 10) + uint(1, 1) + vector(2, b"")
        + uint(4, TYPES[vdaf]) + vector(2, vdaf_configuration(vdaf, numbers)) + vector(2, b""))
    members = {
        "format": "populus-task/1", "role": "client", "task_id": base64url(bytes(range(32))),
        "task_configuration": base64url(configuration), "encoding": encoding,
    }
    return json.dumps(members).encode()


def keys(public_key: bytes, identifier: int = 1) -> bytes:
    """An aggregator's list of one key."""
    return vector(2, uint(1, identifier) + uint(2, 0x20) + uint(2, 1) + uint(2, 1) + vector(2, public_key))
