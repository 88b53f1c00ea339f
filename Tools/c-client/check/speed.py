#!/usr/bin/env python3
"""Measures the C library: speed.py LIBRARY TASK LEADER HELPER. Prints microseconds a report, and a shard alone.

Each is the least of many short runs, since what else the machine does only adds. The ratio of the two needs no clock
that can be compared with another machine's.
"""

import ctypes
import pathlib
import sys
import time

RUNS, COUNT = 200, 20


def main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    task, leader, helper = [pathlib.Path(path).read_bytes() for path in sys.argv[2:]]
    client, text = ctypes.c_void_p(), b"https://example.org/a/page"
    measurement = [client, text, ctypes.c_size_t(len(text))]

    def must(status: int) -> None:
        if status != 0:
            sys.exit(f"status {status}")

    must(library.populus_client_open(task, ctypes.c_size_t(len(task)), ctypes.byref(client), None))
    must(library.populus_client_set_consent(client, ctypes.c_bool(True), None))
    for aggregator, keys in enumerate((leader, helper)):
        must(library.populus_client_set_keys(
            client, aggregator, keys, ctypes.c_size_t(len(keys)), ctypes.c_uint64(3600), None))
    report = ctypes.create_string_buffer(64)

    def reports() -> None:
        for _ in range(COUNT):
            must(library.populus_client_make_report(*measurement, report, None))
            library.populus_client_report_free(report)

    def shards() -> None:
        must(library.populus_client_testing_shard_often(*measurement, ctypes.c_uint64(COUNT), None))

    def best(body) -> float:
        took = []
        for _ in range(RUNS):
            start = time.perf_counter()
            body()
            took.append((time.perf_counter() - start) / COUNT * 1e6)
        return min(took)

    whole, shard = best(reports), best(shards)
    print(f"256 bits: shard {shard:.1f} us, report {whole:.1f} us; a shard is {shard / whole:.2f} of a report")


if __name__ == "__main__":
    main()
