"""One run of a plan: four roles as processes, broken as planned, and what they say compared with the plaintext."""

import dataclasses
import json
import pathlib
import runpy
import signal
import subprocess
import time
from collections import Counter

import plan as plans
import records
from breaker import Breaker
from database import DatabaseServer
from database_servers import DatabaseBackedServer
from relay import Relay
from servers import AGGREGATORS, Failure, Server

COMPARE = runpy.run_path(str(pathlib.Path(__file__).resolve().parent.parent / "compare-counts"))

# How long one command may go on being resumed.
COMMAND_SECONDS = 240

# What a command says when trying again may help: EX_TEMPFAIL, and a signal of ours.
TRY_AGAIN = {75, -signal.SIGKILL}

# The parts that the lines are uploaded in, so that there are a few requests to break.
UPLOADS = 3


class Trial(Breaker):
    """One run, from the task to the comparison."""

    def __init__(self, plan: plans.Plan, populus: str, folder: pathlib.Path, can_mount: bool, clock, spoil: str = ""):
        super().__init__(plan, populus, folder, clock)
        self.can_mount = can_mount
        # What is made wrong on purpose, to see that the run then fails.
        self.spoil = spoil
        # Whether a damaged store was refused only when the run was under way, so that there is no result.
        self.is_refused = False

    def run(self) -> None:
        """All of it.

        - Raises `Failure` for whatever must never be.
        """
        task = self.plan.task
        self.make()
        began = int(time.time())
        self.upload(task.lines)
        ended = int(time.time()) + 2
        if task.scheme == "interval-walk":
            time.sleep(max(0, ended + 1 - time.time()))
        result = self.discover(began, ended) if task.is_walk else self.collect()
        self.is_over = True
        self.settle()
        for server in list(self.servers.values()):
            if (status := server.stop()) != 0:
                raise Failure(f"the {server.name} ended with {status} after SIGTERM:\n{server.last_words()}")
        if result:
            self.check()

    def make(self) -> None:
        """The task, the stores, the relays and both aggregators."""
        task, folder = self.plan.task, self.folder
        # A server's port is free, and a relay's its own: they are in the task.
        self.relays = {role: Relay(self.judge, self.answered) for role in AGGREGATORS}
        scheme = {"count": ["--vdaf", "prio3-count"], "sum": ["--vdaf", "prio3-sum", "--max", "255"]}.get(
            task.scheme, ["--bits", str(task.bits), "--encoding", "bytes", "--exact", "--max-bits-per-step", "4"])
        if task.scheme == "interval-walk":
            scheme += ["--batch-mode", "time-interval"]
        words = ["task", "new", "--directory", str(folder / "task"), "--min-batch-size", "10" if task.is_walk else "1",
                 "--time-precision", "1"]
        words += [word for role in AGGREGATORS for word in (f"--{role}", f"http://127.0.0.1:{self.relays[role].port}/")]
        made = subprocess.run([self.populus, *words, *scheme], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Failure(f"task new ended with {made.returncode}: {made.stderr}")
        may_fill = self.plan.may_fill and self.can_mount
        if self.plan.databases:
            self.database = DatabaseServer(self.plan.databases, may_fill)
        for role in reversed(AGGREGATORS):
            self.start_role(role, may_fill)

    def start_role(self, role: str, may_fill: bool) -> None:
        """Makes a role's store, and starts its process or, where the plan has several, all of them."""
        for number in range(1, self.plan.replicas + 1) if self.plan.replicas else [0]:
            if role in self.plan.databases:
                server = DatabaseBackedServer(self.database, self.populus, role, self.folder, self.clock, number)
            else:
                server = Server(self.populus, role, self.folder, may_fill, self.clock)
            self.servers[server.name] = server
            self.relays[role].targets.append(server.port)
            if number <= 1:
                server.create()
            server.start_surely()

    def command(self, role: str, words: list[str]) -> tuple[int, str]:
        """Runs a command of a client or the Collector until it may be killed no more; status and output of the last."""
        log = self.folder / f"{role}.log"
        with open(log, "ab") as errors:
            process = subprocess.Popen([self.populus, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=errors)
            self.front = role, process
            try:
                output, _ = process.communicate(timeout=COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                raise Failure(f"{words[0]} did not end within {COMMAND_SECONDS} s:\n{self.words_of(role)}") from None
            finally:
                # Also where this command is interrupted.
                process.kill()
                process.wait()
                self.front = None
        self.raise_failures()
        return process.returncode, output.decode(errors="replace")

    def words_of(self, role: str) -> str:
        log = self.folder / f"{role}.log"
        return log.read_text(errors="replace")[-1500:] if log.exists() else ""

    def until_done(self, role: str, words: list[str]) -> str | None:
        """Runs a command again and again until it has done all; nothing if a damaged store refused later."""
        deadline = time.monotonic() + COMMAND_SECONDS
        while True:
            status, output = self.command(role, words)
            # A result that was printed is one, though the command is killed when it tidies up.
            if status == 0 or (words[0] == "collect" and output.endswith("}\n")):
                return output
            self.events[f"{words[0]} again"] += 1
            if self.is_refused_damage():
                return None
            if words[0] == "upload" and self.is_doubled(status):
                return output
            if status not in TRY_AGAIN:
                raise Failure(f"{words[0]} ended with {status}:\n{self.words_of(role)}")
            if time.monotonic() > deadline:
                raise Failure(f"{words[0]} was not done after {COMMAND_SECONDS} s:\n{self.words_of(role)}")
            if words[0] == "discover" and self.is_kept():
                # Killed when it had kept the result, and let go of the walk: another run would begin a new one.
                self.events["discover had kept its result"] += 1
                words = [word for word in words if word != "--resume"] + ["--again"]
            time.sleep(0.2)

    def is_kept(self) -> bool:
        """Whether the Collector's walk is over and its result kept."""
        folder = self.folder / "task"
        return any((folder / "collector.results").glob("*.json")) and not (folder / "collector.walk.json").exists()

    def is_doubled(self, status: int) -> bool:
        """Whether an upload was told that its reports are there already, since a request came twice.

        The client hears the second answer only. It says that the lines were refused, and the Leader has each once.
        """
        doubled = any(fault.link == "upload" and fault.kind == "double" for fault in self.met)
        refused = [line for line in self.words_of("client").splitlines()[-5:] if "refused by the Leader" in line]
        if status != 1 or not doubled or not refused or not all("report_replayed" in line for line in refused):
            return False
        self.events["upload was told of a replay"] += 1
        return True

    def is_refused_damage(self) -> bool:
        """Whether a server that was started on a damaged store has said so later."""
        for server in list(self.servers.values()):
            if server.survived and "damaged" in server.log.read_text(errors="replace").split("--- started")[-1]:
                self.events["refusal, damage found later"] += 1
                self.is_refused = True
                return True
        return False

    def upload(self, lines: tuple[str, ...]) -> None:
        client = str(self.folder / "task" / "client.json")
        size = -(-len(lines) // UPLOADS)
        for part in range(UPLOADS):
            path = self.folder / f"lines-{part}"
            path.write_text("".join(line + "\n" for line in lines[part * size : (part + 1) * size]))
            if self.until_done("client", ["upload", "--task", client, "--resume", "-q", str(path)]) is None:
                return
        (self.folder / "lines").write_text("".join(line + "\n" for line in lines))

    def discover(self, began: int, ended: int) -> bool:
        task, csv = self.plan.task, self.folder / "out.csv"
        votes = self.threshold()
        words = ["discover", "--task", str(self.folder / "task" / "collector.json"), "--threshold", str(votes), "--csv",
                 str(csv), "--bits-per-step", str(task.bits_per_step), "--resume", "-q", "--max-wait", "20s"]
        if task.scheme == "interval-walk":
            words += ["--since", str(began), "--until", str(ended)]
        if self.until_done("collector", words) is None:
            return False
        lines = COMPARE["uploaded_lines"](str(self.folder / "lines"), "bytes", task.bits)
        if self.spoil == "plaintext":
            lines.append(max(lines, key=lines.count))
        counted = sorted(Counter(lines).items(), key=lambda item: (-item[1], item[0]))
        expected = [(value, count) for value, count in counted if count >= votes]
        found = COMPARE["read_results"](str(csv), False, COMPARE["HEADER"])
        different = COMPARE["differences"](expected, found, len(lines))
        if different:
            raise Failure("the CSV is not the plaintext count: " + "; ".join(different))
        return True

    def threshold(self) -> int:
        return max(10, len(self.plan.task.lines) // 25)

    def collect(self) -> bool:
        """Collects batches until all reports are counted, and compares the sum."""
        words = ["collect", "--task", str(self.folder / "task" / "collector.json"), "--json", "-q", "--max-wait", "20s"]
        numbers = [int(line) for line in self.plan.task.lines]
        if self.spoil == "plaintext":
            numbers[0] += 1
        batches: dict[str, tuple[int, int]] = {}
        while (counted := sum(count for count, _ in batches.values())) < len(numbers):
            output = self.until_done("collector", words)
            if output is None:
                return False
            batch = json.loads(output)
            # One that was killed before it had noted that it was done prints the same batch again.
            batches[f"{batch['interval']}"] = batch["report_count"], batch["result"]
        total = sum(result for _, result in batches.values())
        if (counted, total) != (len(numbers), sum(numbers)):
            raise Failure(f"{counted} reports sum up to {total}, not {len(numbers)} to {sum(numbers)}: {batches}")
        return True

    def check(self) -> None:
        leader, helper = (self.records_of(role) for role in AGGREGATORS)
        count = len(self.plan.task.lines)
        if self.spoil == "acknowledged":
            self.acknowledged.add(bytes(16))
        if self.spoil == "evaluation":
            first = self.evaluations[0]
            other = dataclasses.replace(first, step=first.step + 1000, parameter=first.parameter + b"x")
            self.evaluations.append(other)
        if self.spoil == "history":
            helper.forge_step()
        records.check_acknowledged(leader, self.acknowledged, count)
        records.check_bindings(leader, helper)
        records.check_wire(self.evaluations, self.plan.task.is_walk)
        if self.plan.task.is_walk:
            records.check_history(leader, helper)
            records.check_walk(leader, helper, count)

    def records_of(self, role: str) -> records.Store:
        """A role's store, of which all of its processes are one."""
        server = next(server for server in self.servers.values() if server.role == role)
        return server.records() if isinstance(server, DatabaseBackedServer) else records.Store(server.store)

    def end(self) -> None:
        """Ends the processes of this run, and no others."""
        with self.lock:
            self.is_over = True
        front = self.front
        if front and front[1].poll() is None:
            front[1].kill()
            front[1].wait()
        for server in list(self.servers.values()):
            server.end()
            self.events.update(server.events)
        for relay in self.relays.values():
            relay.close()
        if self.database:
            self.database.end()

    def unmount(self) -> None:
        """Gives back the disks in memory, with all that is on them."""
        for server in list(self.servers.values()):
            if server.disk:
                server.disk.unmount()
        if self.database:
            self.database.unmount()

    def outcome(self) -> list[str]:
        """The plan's lines, and what became of each."""
        first, *_ = self.plan.lines()
        return [first] + [f"  {fault}: {self.met.get(fault, 'not reached')}" for fault in self.plan.faults]
