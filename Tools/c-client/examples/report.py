#!/usr/bin/env python3
"""Reports the lines on standard input: report.py TASK FOLDER < LINES, with client.json and a folder for the queue."""

import pathlib
import sys
import urllib.error
import urllib.request

from populus_client import PopulusClient, PopulusError


def send(client: PopulusClient) -> int:
    """Sends what waits in the queue; how many reports the server has taken."""
    taken = 0
    while report := client.waiting():
        request = urllib.request.Request(
            report.address, data=report.body, headers={"Content-Type": report.media_type}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                refused = answer.read(1 << 16)
        except (urllib.error.URLError, TimeoutError) as error:
            # The queue keeps it: the next run sends it, and it counts once. An app waits and tries again.
            client.not_sent(report)
            print(f"not sent: {error}", file=sys.stderr)
            break
        client.sent(report)
        if refused:
            print("a report was refused", file=sys.stderr)
        else:
            taken += 1
    return taken


def main() -> None:
    task, folder = sys.argv[1:]
    client = PopulusClient(pathlib.Path(task).read_bytes(), folder)
    client.fetch_keys()
    for line in sys.stdin:
        try:
            client.report(line.rstrip("\n"))
        except PopulusError as error:
            print(f"a line was left out: {error}", file=sys.stderr)
    print(f"{send(client)} reports sent")
    client.close()


if __name__ == "__main__":
    main()
