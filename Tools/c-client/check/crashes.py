#!/usr/bin/env python3
"""Ends the C library's queue at each of its calls about files, and fills the disk at each, and looks at what is left.

usage: crashes.py CHECK INTERRUPT TASK LEADER HELPER FOLDER

CHECK is the program of check.c, INTERRUPT the library of interrupt.c; FOLDER is made, and emptied for each trial.
"""

import os
import pathlib
import shutil
import subprocess
import sys

KILLED = -9
#: More calls than any of the trials makes: one that ends by itself is the last.
MOST = 200


class Trials:
    def __init__(self, check: str, interrupt: str, task: str, leader: str, helper: str, folder: str):
        self.check, self.interrupt, self.folder = check, interrupt, folder
        self.into = ["enqueue", task, leader, helper, folder]
        self.out = [task, folder]

    def run(self, words: list[str], at: int = 0, by: str = "kill") -> subprocess.CompletedProcess:
        more = {"LD_PRELOAD": self.interrupt, "INTERRUPT_AT": str(at), "INTERRUPT_BY": by} if at else {}
        return subprocess.run([self.check, *words], env={**os.environ, **more}, capture_output=True, text=True)

    def must(self, words: list[str]) -> list[str]:
        done = self.run(words)
        if done.returncode != 0:
            sys.exit(f"{words[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout.split("\n")[:-1]

    def reports(self) -> list[str]:
        """All that the queue has: a line each, with the ID and a sum of the bytes."""
        found = self.must(["drain", *self.out])
        if len({line.split()[0] for line in found}) != len(found):
            sys.exit(f"one ID twice: {found}")
        return found

    def prepare(self, count: int) -> list[str]:
        """Makes a queue for the trials to begin with."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.folder + ".before", ignore_errors=True)
        if not count:
            return []
        self.must([*self.into, str(count)])
        found = self.reports()
        shutil.copytree(self.folder, self.folder + ".before")
        return found

    def restore(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if pathlib.Path(self.folder + ".before").is_dir():
            shutil.copytree(self.folder + ".before", self.folder)

    def interrupted_accepts(self, by: str, earlier: int) -> int:
        """Puts in two reports, and is interrupted at one call after the other."""
        before = self.prepare(earlier)
        for at in range(1, MOST):
            self.restore()
            done = self.run([*self.into, "2"], at, by)
            accepted, after = done.stdout.count("accepted"), self.reports()
            if after[:earlier] != before:
                sys.exit(f"at {at}: an earlier report is lost or changed")
            most = accepted + 1 if done.returncode == KILLED else accepted
            if not accepted <= len(after) - earlier <= most:
                sys.exit(f"at {at}: {accepted} were accepted, {len(after) - earlier} are there")
            if by == "full" and done.returncode not in (0, 3):
                sys.exit(f"at {at}: ended with {done.returncode}: {done.stderr}")
            if by == "full" and done.returncode == 3 and "status 14:" not in done.stderr:
                sys.exit(f"at {at}: a full disk is not named: {done.stderr}")
            if done.returncode == 0:
                return at
        sys.exit("a trial without an end")

    def interrupted_removals(self) -> int:
        """Takes out the first of three reports, and is interrupted at one call after the other."""
        before = self.prepare(3)
        for at in range(1, MOST):
            self.restore()
            done = self.run(["send", *self.out], at)
            after = self.reports()
            gone = "sent" in done.stdout
            if after != before[1:] and (gone or after != before):
                sys.exit(f"at {at}: {before} became {after}")
            if "given" in done.stdout and before[0].split()[0] not in done.stdout:
                sys.exit(f"at {at}: another report was given than the oldest")
            if done.returncode == 0:
                return at
        sys.exit("a trial without an end")


    def damaged(self) -> None:
        """A file that lost its end is put aside in words, and the others are given."""
        before = self.prepare(2)
        self.restore()
        first = sorted(pathlib.Path(self.folder).rglob("*.report"))[0]
        first.write_bytes(first.read_bytes()[:100])
        done = self.run(["drain", *self.out])
        if done.returncode != 3 or "status 13:" not in done.stderr or first.name not in done.stderr:
            sys.exit(f"a damaged file: ended with {done.returncode}: {done.stderr}")
        if self.reports() != before[1:] or not first.with_name(first.name + ".damaged").exists():
            sys.exit("a damaged file is in the way, or gone")


def main() -> None:
    trials = Trials(*sys.argv[1:])
    trials.damaged()
    places = [trials.interrupted_accepts(by, earlier) for by in ("kill", "full") for earlier in (0, 2)]
    places.append(trials.interrupted_removals())
    # Opening a queue alone is more calls than this.
    if min(places) < 6:
        sys.exit(f"the interruptions do not reach the library: {places}")
    print("none lost, none twice; trials:", sum(places))


if __name__ == "__main__":
    main()
