"""What breaks: faults of a plan, done when their exchanges pass the relays; and what is noted of all that passes."""

import pathlib
import subprocess
import threading
import time
from collections import Counter

import plan as plans
from database import DatabaseServer
from database_plan import DATABASE_FAULTS
from database_servers import DatabaseBackedServer, name_of
from relay import Exchange, Relay
from servers import AGGREGATORS, Failure, Server
from wire import Evaluation, first_evaluation, later_evaluation, uploaded_reports

# How long a fault may take to be over.
SETTLING_SECONDS = 240


class Breaker:
    """A run's faults, and its records of the wire."""

    def __init__(self, plan: plans.Plan, populus: str, folder: pathlib.Path, clock) -> None:
        self.plan, self.populus, self.folder, self.clock = plan, populus, folder, clock
        self.events: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()
        self.faults = {(fault.link, fault.number): fault for fault in plan.faults}
        self.met: dict[plans.Fault, str] = {}
        self.lock = threading.Lock()
        self.failures: list[str] = []
        self.threads: list[threading.Thread] = []
        self.front: tuple[str, subprocess.Popen] | None = None
        self.acknowledged: set[bytes] = set()
        self.evaluations: list[Evaluation] = []
        self.is_over = False
        # The processes of the aggregators by their names, and the relay before those of each role.
        self.servers: dict[str, Server] = {}
        self.relays: dict[str, Relay] = {}
        self.database: DatabaseServer | None = None

    # What passes the relays.

    def link(self, exchange: Exchange) -> str | None:
        """The link that an exchange is on; others are left alone and not counted."""
        if exchange.method == "POST" and exchange.path.endswith("/reports"):
            return "upload"
        if "/collection_jobs" in exchange.path:
            return "collect"
        if "/aggregation_jobs/" in exchange.path or "/aggregate_shares" in exchange.path:
            return "aggregate"
        return None

    def judge(self, exchange: Exchange) -> plans.Fault | None:
        link = self.link(exchange)
        if link is None:
            return None
        if link == "aggregate":
            self.note_evaluation(exchange)
        with self.lock:
            self.numbers[link] += 1
            fault = self.faults.get((link, self.numbers[link]))
        if fault is None or self.is_over:
            return None
        if fault.kind in plans.HTTP_FAULTS:
            self.met[fault] = "done"
            self.events[fault.kind] += 1
            return fault
        if fault.moment == "later":
            self.spawn(self.strike, fault, fault.place)
        elif fault.moment == "request":
            self.strike(fault)
        return fault

    def answered(self, exchange: Exchange, fault: plans.Fault | None) -> None:
        """Notes what a server has answered, which holds whoever hears it."""
        # With a body the answer names reports that were refused.
        if exchange.path.endswith("/reports") and 200 <= exchange.status < 300 and not exchange.answer_content:
            with self.lock:
                self.acknowledged.update(uploaded_reports(exchange.content))
        if exchange.status >= 500:
            self.events["answers from 500 up"] += 1
        if fault and fault.moment == "answer":
            self.strike(fault)

    def note_evaluation(self, exchange: Exchange) -> None:
        """Keeps which reports leave the Leader under which parameter."""
        parts = exchange.path.split("?")[0].split("/aggregation_jobs/")
        if len(parts) < 2 or not exchange.content:
            return
        job, kind = parts[1], exchange.fields.get("content-type", "")
        found = None
        if "aggregation-job-init-req" in kind:
            found = first_evaluation(job, exchange.content)
        elif "evaluate-req" in kind:
            found = later_evaluation(job, exchange.content)
        if found:
            with self.lock:
                self.evaluations.append(found)

    # What breaks.

    def spawn(self, body, *arguments) -> None:
        def run() -> None:
            try:
                body(*arguments)
            except Exception as error:  # Whatever it is, a thread's failure is the run's.
                self.failures.append(f"{type(error).__name__}: {error}")
        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def strike(self, fault: plans.Fault, after: float = 0) -> None:
        """Does what the plan has for an exchange but for the exchange itself."""
        time.sleep(after)
        if self.is_over:
            return
        if fault.role in AGGREGATORS:
            self.met[fault] = self.strike_role(fault)
        else:
            front = self.front
            if front and front[0] == fault.role and front[1].poll() is None:
                front[1].kill()
                self.events[f"kill {fault.role}"] += 1
                self.met[fault] = "done"
            else:
                self.met[fault] = "not running"

    def strike_role(self, fault: plans.Fault) -> str:
        if fault.kind in DATABASE_FAULTS or fault.kind == "fill-database":
            return self.strike_database(fault)
        if fault.kind == "add":
            self.events[f"add {fault.role}"] += 1
            self.spawn(self.add, fault.role, fault.process)
            return "done"
        return self.strike_server(fault, self.servers[name_of(fault.role, fault.process)])

    def strike_server(self, fault: plans.Fault, server: Server) -> str:
        if fault.kind == "fill":
            if server.disk is None:
                self.events["fill: left out, no disk may be mounted here"] += 1
                return "left out: no disk may be mounted here"
            self.events["fill"] += 1
            self.spawn(self.fill, server, fault.place)
            return "done"
        if fault.kind == "clock" and self.clock is None:
            self.events["clock: left out, no C compiler here"] += 1
            return "left out: no C compiler here"
        if not server.claim():
            return "already down"
        if fault.kind == "stop":
            self.events[f"stop {fault.role}, {fault.detail}"] += 1
            self.spawn(self.stop_for_now, server, fault)
            return "done"
        server.kill()
        self.events[f"kill {fault.role}"] += 1
        self.spawn(server.revive, fault)
        return "done"

    def strike_database(self, fault: plans.Fault) -> str:
        if fault.kind == "fill-database" and self.database.disk is None:
            self.events["fill-database: left out, no disk may be mounted here"] += 1
            return "left out: no disk may be mounted here"
        self.events[f"{fault.kind} {fault.detail}".strip()] += 1
        relay = self.database.relays[fault.role]
        if fault.kind == "restart":
            self.spawn(self.database.restart, fault.detail, fault.place)
        elif fault.kind == "fill-database":
            self.spawn(self.database.fill, fault.place)
        elif fault.kind == "terminate":
            self.database.terminate(fault.role)
        elif fault.kind == "cut":
            relay.cut()
        else:
            relay.order = fault.detail
        return "done"

    def stop_for_now(self, server: Server, fault: plans.Fault) -> None:
        """Stops a process until others have its work, and wakes it; its balancer may notice or not."""
        targets = self.relays[server.role].targets
        if fault.detail == "noticed":
            targets.remove(server.port)
        server.pause(fault.place)
        if fault.detail == "noticed":
            targets.append(server.port)

    def add(self, role: str, number: int) -> None:
        """Starts a further process of a role."""
        with self.lock:
            if self.is_over:
                return
            server = DatabaseBackedServer(self.database, self.populus, role, self.folder, self.clock, number)
            self.servers[server.name] = server
        server.start_surely()
        self.relays[role].targets.append(server.port)

    @staticmethod
    def fill(server: Server, seconds: float) -> None:
        server.is_filled = True
        server.disk.fill()
        time.sleep(seconds)
        server.disk.free()
        server.is_filled = False

    def settle(self) -> None:
        """Waits for whatever is being broken or brought back."""
        for thread in self.threads:
            thread.join(SETTLING_SECONDS)
        self.raise_failures()

    def raise_failures(self) -> None:
        if self.failures:
            raise Failure("; ".join(self.failures))
