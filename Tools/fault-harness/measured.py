"""A walk of several processes of each role on PostgreSQL, each role behind a balancer, and what it costs."""

import contextlib
import dataclasses
import json
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import usage
from balancer import Balancer
from database import DatabaseServer
from database_servers import DatabaseBackedServer
from servers import AGGREGATORS, Failure, free_port

# As an operator has it; what tests leave out for speed is in here.
SETTINGS = {"listen_addresses": "''", "shared_buffers": "'256MB'", "max_connections": "150", "max_wal_size": "'2GB'"}

# What servers tell of work that went from one to another: how long shards took to be made again, and how often what happened.
REBUILDING = "populus_rebuild_seconds_total"
MOVED = {"taken over": "populus_taken_over_total", "passed on": "populus_passed_on_total",
         "passed on in vain": "populus_passed_on_failures_total"}


class MeasuredServer(DatabaseBackedServer):
    """One process of a role, its processor time counted to its end."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.admin = free_port()
        # What it has used, once it has ended.
        self.used: float | None = None

    def store_words(self) -> list:
        return ["--store", self.database.direct_uri(self.role)]

    def cache_words(self) -> list:
        return [*super().cache_words(), "--admin-listen", f"127.0.0.1:{self.admin}"]

    @property
    def is_alive(self) -> bool:
        return self.used is None and self.process is not None

    def finish(self, number: int) -> None:
        if self.is_alive:
            self.used = usage.end(self.process, number)

    def seconds(self) -> float:
        """Its processor time so far."""
        if self.used is not None:
            return self.used
        return usage.of_process(self.process.pid) if self.process else 0

    def metric(self, name: str) -> float:
        """The sum of a metric's values; 0 where it has none or is gone."""
        # One that is down has nothing to say.
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=10) as answer:
                text = answer.read().decode()
            return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))
        return 0


@dataclasses.dataclass
class Figures:
    """Processor seconds by whom, and seconds by the clock."""

    seconds: float = 0  # by the clock
    roles: dict[str, float] = dataclasses.field(default_factory=dict)
    front: float = 0  # client or Collector
    database: float = 0
    rebuilding: float = 0  # by the clock, the sum of all shards, of which several are at work at a time
    moved: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def both(self) -> float:
        """Leader and Helper."""
        return sum(self.roles.values())


@dataclasses.dataclass(frozen=True)
class Work:
    """What is walked, alike in all runs."""

    lines: pathlib.Path
    bits: int
    encoding: str
    threshold: int
    limit: float  # seconds for a command
    after: int  # steps of the walk before anything is done to a process


class MeasuredRun:
    """One deployment from nothing to the result."""

    def __init__(self, populus: str, folder: pathlib.Path, work: Work, replicas: int, is_shared: bool) -> None:
        self.populus, self.folder, self.work = populus, folder, work
        self.is_shared = is_shared
        self.servers: list[MeasuredServer] = []
        self.done: list[str] = []
        self.database: DatabaseServer | None = None
        self.balancers: dict[str, Balancer] = {}
        try:
            self.database = DatabaseServer(AGGREGATORS, False, SETTINGS)
            self.balancers = {role: Balancer(lambda role=role: self.ports(role)) for role in AGGREGATORS}
            self.make_task()
            for role in reversed(AGGREGATORS):
                for _ in range(replicas):
                    self.add(role)
        except BaseException:
            self.end()
            raise

    def ports(self, role: str) -> list[int]:
        # One that is dead stays: a balancer finds out by itself.
        return [server.port for server in self.servers if server.role == role]

    def make_task(self) -> None:
        words = ["task", "new", "--directory", self.folder / "task", "--encoding", self.work.encoding, "--bits", self.work.bits,
                 "--exact", "--min-batch-size", "10", "--min-threshold", self.work.threshold]
        self.command(*words, *(word for role in AGGREGATORS
                               for word in (f"--{role}", f"http://127.0.0.1:{self.balancers[role].port}/")))

    def add(self, role: str) -> None:
        """Starts one more of a role; the balancer skips it until it listens."""
        number = 1 + sum(server.role == role for server in self.servers)
        server = MeasuredServer(self.database, self.populus, role, self.folder, None, number if self.is_shared else 0)
        if number == 1:
            server.create()
        # First noted, so that whatever happens it is ended.
        self.servers.append(server)
        server.start_surely()

    def kill(self, role: str) -> None:
        """Kills the process of a role that has the most work."""
        living = [server for server in self.servers if server.role == role and server.is_alive]
        busy = [server for address in self.database.busiest(role) for server in living if server.internal == address]
        victim = (busy or living)[0]
        victim.finish(signal.SIGKILL)
        self.done.append(f"{victim.name} killed" + ("" if busy else " (no claims seen)"))

    # What is measured.

    def seconds(self) -> Figures:
        """Processor seconds so far."""
        roles = {role: sum(server.seconds() for server in self.servers if server.role == role) for role in AGGREGATORS}
        return Figures(roles=roles, database=usage.of_family(self.database.process.pid))

    def measure(self, disturb, *words) -> Figures:
        """What a command costs all others, and itself; in between `disturb` is called with it."""
        before, began = self.seconds(), time.monotonic()
        front = self.front(disturb, *words)
        wall, after = time.monotonic() - began, self.seconds()
        roles = {role: after.roles[role] - before.roles[role] for role in AGGREGATORS}
        return Figures(wall, roles, front, after.database - before.database)

    def front(self, disturb, *words) -> float:
        """Runs a command to its end; its own processor seconds."""
        log = self.folder / f"{words[0]}.log"
        with open(log, "wb") as errors:
            process = subprocess.Popen([self.populus, *map(str, words)], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        deadline = time.monotonic() + self.work.limit
        try:
            while not usage.has_ended(process):
                if time.monotonic() > deadline:
                    raise Failure(f"{words[0]} did not end within {self.work.limit:.0f} s:\n{self.tails(log)}")
                disturb()
                time.sleep(0.05)
        finally:
            used = usage.end(process)
        if process.returncode != 0:
            raise Failure(f"{words[0]} ended with {process.returncode}:\n{self.tails(log)}")
        return used

    def upload(self) -> Figures:
        return self.measure(lambda: None, "upload", "-q", "--task", self.folder / "task" / "client.json", self.work.lines)

    def walk(self, kills: bool, adds: bool) -> Figures:
        """Discovers; in mid-walk one of each role is killed, and one is added."""
        todo = [(self.kill, role) for role in AGGREGATORS if kills] + [(self.add, role) for role in AGGREGATORS if adds]

        def disturb() -> None:
            if todo and self.steps() >= self.work.after:
                self.done.append(f"after {self.steps()} steps")
                while todo:
                    action, role = todo.pop(0)
                    action(role)
                self.done.extend(f"{role} added" for role in AGGREGATORS if adds)

        figures = self.measure(disturb, "discover", "-q", "--task", self.folder / "task" / "collector.json", "--threshold",
                               self.work.threshold, "--csv", self.folder / "out.csv")
        if todo:
            raise Failure(f"the walk was over before its step {self.work.after}: take --after with a smaller number")
        living = [server for server in self.servers if server.is_alive]
        figures.rebuilding = sum(server.metric(REBUILDING) for server in living)
        figures.moved = {words: sum(server.metric(name) for server in living) for words, name in MOVED.items()}
        return figures

    def steps(self) -> int:
        """How many steps the Collector has the answers of."""
        # It is written while the walk goes on: a line each time, of which the last whole one counts.
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            whole = (self.folder / "task" / "collector.walk.json").read_text().rpartition("\n")[0]
            return len(json.loads(whole.splitlines()[-1])["steps"])
        return 0

    # Beginning and end.

    def command(self, *words) -> str:
        made = subprocess.run([self.populus, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=self.work.limit)
        if made.returncode != 0:
            raise Failure(f"populus {words[0]} ended with {made.returncode}:\n{made.stderr}")
        return made.stdout

    def tails(self, log: pathlib.Path) -> str:
        texts = [log.read_text(errors="replace")[-1500:]]
        texts += [f"--- {server.name}:\n{server.last_words()}" for server in self.servers]
        return "\n".join(texts)

    def stop(self) -> None:
        """Ends all servers in order."""
        for server in [server for server in self.servers if server.is_alive]:
            server.finish(signal.SIGTERM)
            if server.process.returncode != 0:
                raise Failure(f"{server.name} ended with {server.process.returncode} after SIGTERM:\n{server.last_words()}")

    def end(self) -> None:
        """Ends whatever was started here, and nothing else."""
        for server in self.servers:
            server.finish(signal.SIGKILL)
        for balancer in self.balancers.values():
            balancer.close()
        if self.database:
            self.database.end()
