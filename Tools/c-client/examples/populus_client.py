"""Populus's C library in Python, by ctypes: what report.py needs of it. Copy it and change it.

The library is found by the system, or where POPULUS_CLIENT says.
"""

import ctypes
import os
import re
import urllib.request

OK, NOTHING = 0, 1
LEADER, HELPER = 0, 1


class _Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("text", ctypes.c_char * 508)]


class _Report(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint8 * 16), ("bytes", ctypes.POINTER(ctypes.c_uint8)), ("length", ctypes.c_size_t),
                ("media_type", ctypes.c_char_p), ("address", ctypes.c_char_p)]


class PopulusError(Exception):
    """A call that failed: `status` is one of the header's numbers, the words say what would be right."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status = status


class Report:
    """A sealed report, and where it goes."""

    def __init__(self, report: _Report):
        self.id = bytes(report.id)
        self.body = ctypes.string_at(report.bytes, report.length)
        self.media_type, self.address = report.media_type.decode(), report.address.decode()


def _library():
    library = ctypes.CDLL(os.environ.get("POPULUS_CLIENT", "libpopulus_client.so.0"))
    pointer, data, size, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64
    arguments = {
        "open": [data, size, pointer], "set_consent": [pointer, ctypes.c_bool],
        "set_keys": [pointer, ctypes.c_int, data, size, number], "open_queue": [pointer, data, pointer],
        "enqueue": [pointer, data, size], "next_report": [pointer, pointer], "report_sent": [pointer, data],
        "report_unsent": [pointer, data],
    }
    for name, types in arguments.items():
        getattr(library, f"populus_client_{name}").argtypes = types + [pointer]
    library.populus_client_close.argtypes = library.populus_client_report_free.argtypes = [pointer]
    library.populus_client_keys_address.argtypes = [pointer, ctypes.c_int]
    library.populus_client_keys_address.restype = ctypes.c_char_p
    return library


class PopulusClient:
    """A task's client with a queue in a folder. Its methods raise PopulusError."""

    def __init__(self, task: bytes, folder: str):
        self._library, self._client = _library(), ctypes.c_void_p()
        self._call("open", task, len(task), ctypes.byref(self._client), client=False)
        # Whoever starts this program consents. An app asks.
        self._call("set_consent", True)
        self._call("open_queue", os.fsencode(folder), None)

    def _call(self, name: str, *arguments, client: bool = True) -> int:
        error = _Error()
        words = ([self._client] if client else []) + list(arguments) + [ctypes.byref(error)]
        status = getattr(self._library, f"populus_client_{name}")(*words)
        if status not in (OK, NOTHING):
            raise PopulusError(status, error.text.decode())
        return status

    def fetch_keys(self) -> None:
        """Fetches both aggregators' keys. Call it before the first report, and when the status is NO_KEYS (5)."""
        for aggregator in (LEADER, HELPER):
            address = self._library.populus_client_keys_address(self._client, aggregator).decode()
            with urllib.request.urlopen(address, timeout=30) as answer:
                keys, cache = answer.read(1 << 16), answer.headers.get("Cache-Control", "")
            age = re.search(r"max-age=(\d+)", cache)
            self._call("set_keys", aggregator, keys, len(keys), int(age.group(1)) if age else 3600)

    def report(self, measurement: str) -> None:
        """Keeps a sealed report in the queue; when this returns it is on the disk."""
        text = measurement.encode()
        self._call("enqueue", text, len(text))

    def waiting(self) -> Report | None:
        """The oldest report that was not given out yet; None where there is none."""
        report = _Report()
        if self._call("next_report", ctypes.byref(report)) == NOTHING:
            return None
        found = Report(report)
        self._library.populus_client_report_free(ctypes.byref(report))
        return found

    def sent(self, report: Report) -> None:
        """Takes a report out of the queue: the server has it."""
        self._call("report_sent", report.id)

    def not_sent(self, report: Report) -> None:
        """Has a report given out again later."""
        self._call("report_unsent", report.id)

    def close(self) -> None:
        self._library.populus_client_close(self._client)
        self._client = ctypes.c_void_p()
