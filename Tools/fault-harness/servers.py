"""Leader and Helper as processes that are killed and started again, each behind a relay of its own."""

import collections
import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time

from damage import Backup, Disk, hurt, store_files

AGGREGATORS = ("leader", "helper")

# Longer than any start takes here.
START_SECONDS = 60


class Failure(Exception):
    """Something that must never be, found in a run."""


def free_port() -> int:
    """A port below those that outgoing connections get: it stays free while a server that was killed is away."""
    for _ in range(200):
        port = random.randrange(15_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise Failure("no port is free")


class Server:
    """One process of an aggregator, and what has happened to it."""

    def __init__(self, populus: str, role: str, folder: pathlib.Path, may_fill: bool, clock: pathlib.Path | None,
                 name: str = "") -> None:
        self.populus, self.role, self.clock = populus, role, clock
        # Where a role has several processes each has a name of its own.
        self.name = name or role
        self.folder = folder / self.name
        self.folder.mkdir()
        self.disk = Disk(self.folder) if may_fill else None
        self.store = self.folder / f"{role}.sqlite"
        self.task = folder / "task" / f"{role}.json"
        self.log = folder / f"{self.name}.log"
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.lock = threading.Lock()
        self.is_down = False
        self.has_ended = False
        self.is_filled = False
        self.survived: list[str] = []
        self.events: collections.Counter[str] = collections.Counter()

    def store_words(self) -> list:
        """The options that say where its store is."""
        return ["--store", self.store]

    def cache_words(self) -> list:
        """What only a server is told."""
        return []

    def create(self) -> None:
        made = subprocess.run([self.populus, "store", "create", *self.store_words(), "--task", self.task],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Failure(f"store create ended with {made.returncode}: {made.stderr}")

    def start(self, ahead: int = 0) -> int | None:
        """Starts the process; nothing once it is ready, or the status that it ended with."""
        environment = dict(os.environ)
        if ahead and self.clock:
            environment |= {"LD_PRELOAD": str(self.clock), "FAULTS_CLOCK_AHEAD": str(ahead)}
        with open(self.log, "ab") as log:
            log.write(f"--- started, clock {ahead:+} s\n".encode())
            log.flush()
            words = [self.role, "--listen", f"127.0.0.1:{self.port}", *self.store_words(), *self.cache_words(), "--task",
                     self.task]
            with self.lock:
                if self.has_ended:
                    raise Failure("the run is over")
                self.process = subprocess.Popen([self.populus, *words], stdin=subprocess.DEVNULL,
                                                stdout=subprocess.PIPE, stderr=log, env=environment)
        line = self.process.stdout.readline()
        return None if b" ready on " in line else self.process.wait(START_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"the {self.name} did not end within 30 s of SIGTERM") from None

    def end(self) -> None:
        """Ends the process for good, whoever is about to bring it back."""
        with self.lock:
            self.has_ended = True
            if self.process and self.process.poll() is None:
                self.kill()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""

    def claim(self) -> bool:
        """Whether the process is up and now ours to break."""
        with self.lock:
            if self.is_down or self.process is None or self.process.poll() is not None:
                return False
            self.is_down = True
            return True

    def release(self) -> None:
        """It may be broken again."""
        with self.lock:
            self.is_down = False

    def pause(self, seconds: float) -> None:
        """Stops the process for some time; it then goes on as if nothing had been."""
        try:
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.process.send_signal(signal.SIGCONT)
        finally:
            self.release()

    def prepare(self, fault) -> None:
        """Does what the plan has for the time between two starts but for files and clock."""

    def may_wait(self, said: str) -> bool:
        """Whether a start that failed with these words may be tried again."""
        return self.is_filled or "disk is full" in said

    def revive(self, fault) -> None:
        """Brings a process that was killed back, after what the plan has for its files and its clock."""
        try:
            backup, hurts = None, None
            if fault.kind == "damage":
                if fault.detail == "turn-row":
                    # A start brings all rows into the database, and after a kill nothing seals that.
                    self.start_surely()
                    self.kill()
                backup = Backup(self.store)
                hurts = hurt(self.store, fault)
            elif fault.kind == "clock":
                self.events["clock"] += 1
                self.start_surely(ahead=int(fault.detail))
                time.sleep(fault.place)
                self.stop()
            else:
                self.prepare(fault)
                time.sleep(fault.place)
            if hurts is None:
                self.start_surely()
            else:
                self.events["damage"] += 1
                self.start_damaged(backup, hurts)
        finally:
            self.release()

    def start_surely(self, ahead: int = 0) -> None:
        """A start that must succeed, as soon as there is room on the disk."""
        deadline = time.monotonic() + START_SECONDS
        while (status := self.start(ahead)) is not None:
            if not self.may_wait(self.last_words()[-600:]):
                raise Failure(f"the {self.name} does not start again: {status}\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise Failure(f"the {self.name} finds no room to start in\n{self.last_words()}")
            self.events["refusal, disk full"] += 1
            time.sleep(0.2)

    def start_damaged(self, backup: Backup, hurts: str) -> None:
        """A start on a damaged store: refused in words with every byte as it was, or served."""
        before = store_files(self.store)
        status = self.start()
        if status is None:
            self.survived.append(hurts)
            self.events["damage that was served"] += 1
            return
        said = self.last_words().rsplit("--- started", 1)[-1]
        if status < 0 or status > 78 or not said.strip():
            raise Failure(f"after {hurts} the {self.role} ended with {status}, in no clear words: {said}")
        changed = [name for name, data in store_files(self.store).items() if before.get(name) != data]
        if changed:
            raise Failure(f"after {hurts} the {self.role} refused, and changed {changed}")
        self.events["refusal, damage"] += 1
        backup.restore()
        self.start_surely()
