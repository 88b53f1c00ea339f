"""A PostgreSQL server of a run's own, not as root, with a relay before each database that loses answers and connections."""

import contextlib
import csv
import glob
import io
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import records
from damage import Disk
from servers import Failure

# Longer than any start takes here, with the recovery after a crash.
START_SECONDS = 60

USER = "populus"

SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on", "listen_addresses": "''",
            "shared_buffers": "16MB", "max_connections": "120", "max_wal_size": "32MB", "min_wal_size": "4MB",
            # A store takes a server without fsync for tests only.
            "populus.unsafe_for_tests": "'on'"}


def programs() -> pathlib.Path | None:
    """Where PostgreSQL's programs are; nothing where they are not."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which("postgres")
    return pathlib.Path(path).parent if path else None


class Account:
    """Who PostgreSQL runs as: it refuses to be root."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.user: pwd.struct_passwd | None = None
        if os.geteuid() != 0:
            return
        # Another name for the same user, in a namespace of its own; where that may not be, another user.
        words = ["unshare", "--user", f"--map-user={pwd.getpwnam('nobody').pw_uid}",
                 f"--map-group={pwd.getpwnam('nobody').pw_gid}"]
        if shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            self.words = words
        else:
            self.user = pwd.getpwnam("nobody")

    def options(self) -> dict:
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}

    def give(self, folder: pathlib.Path) -> None:
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)


class DatabaseDisk(Disk):
    """A disk in memory for all databases of a run."""

    SIZE = 160 << 20


class DatabaseServer:
    """The server, and a database with a relay for each role that has its store in one."""

    def __init__(self, roles: tuple[str, ...], may_fill: bool, settings: dict[str, str] | None = None) -> None:
        self.settings = settings or SETTINGS
        # Its name has to be short: a socket lies in it.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="populus-faults-db.", dir="/tmp"))
        self.account, self.bin = Account(), programs()
        self.lock = threading.Lock()
        self.process: subprocess.Popen | None = None
        self.disk: DatabaseDisk | None = None
        self.relays: dict[str, DatabaseRelay] = {}
        self.is_filled = self.is_down = False
        try:
            self.account.give(self.folder)
            (self.folder / "disk").mkdir()
            self.disk = DatabaseDisk(self.folder / "disk") if may_fill else None
            self.account.give(self.folder / "disk")
            self.make()
            for role in roles:
                self.psql("postgres", f"CREATE DATABASE {role}")
                self.relays[role] = DatabaseRelay(str(self.folder / ".s.PGSQL.5432"))
        except BaseException:
            self.end()
            raise

    @property
    def data(self) -> pathlib.Path:
        return self.folder / "disk" / "data"

    def make(self) -> None:
        words = ["-D", self.data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync",
                 "--wal-segsize=1", "--data-checksums"]
        made = subprocess.run([*self.account.words, self.bin / "initdb", *words], capture_output=True, text=True,
                              check=False, cwd=self.folder, **self.account.options())
        if made.returncode != 0:
            raise Failure(f"initdb ended with {made.returncode}: {made.stderr}")
        with open(self.data / "postgresql.conf", "a") as file:
            file.write("".join(f"{name} = {value}\n" for name, value in self.settings.items()))
            file.write(f"unix_socket_directories = '{self.folder}'\n")
        self.start()

    def uri(self, role: str) -> str:
        """What a store is reached by, through the relay."""
        return f"postgresql://{USER}@127.0.0.1:{self.relays[role].port}/{role}?sslmode=disable&gssencmode=disable"

    def direct_uri(self, role: str) -> str:
        """The same without the relay, for who measures."""
        return f"postgresql:///{role}?host={self.folder}&user={USER}"

    def busiest(self, role: str) -> list[str]:
        """The internal addresses of the role's processes that have work, the busiest first."""
        # Where it is down nobody has any.
        rows = self.ask(role, "SELECT address FROM claim JOIN replica ON replica.id = claim.replica "
                              "GROUP BY address ORDER BY count(*) DESC, address")
        return [line for line in rows.stdout.split() if line]

    # Start and stop.

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([*self.account.words, self.bin / "postgres", "-D", self.data], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.account.options())
        deadline = time.monotonic() + START_SECONDS
        while self.ask("postgres", "SELECT 1").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"PostgreSQL does not start: {(self.folder / 'log').read_text(errors='replace')[-1500:]}")
            time.sleep(0.05)

    def stop(self, how: str) -> None:
        """Ends it: fast, immediate, or killed with all of its processes."""
        if self.process is None or self.process.poll() is not None:
            return
        if how == "kill":
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            # First the one that would start others.
            for pid in (self.process.pid, *map(int, children)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            self.process.send_signal(signal.SIGINT if how == "fast" else signal.SIGQUIT)
        self.process.wait(START_SECONDS)

    def restart(self, how: str, seconds: float) -> None:
        """Ends it, and starts it again after some time."""
        with self.lock:
            self.is_down = True
            self.stop(how)
            time.sleep(seconds)
            self.start()
            self.is_down = False

    def fill(self, seconds: float) -> None:
        """Takes all room of its disk for some time; it may not survive that."""
        with self.lock:
            self.is_filled = True
            self.disk.fill()
            time.sleep(seconds)
            self.disk.free()
            if self.process.poll() is not None:
                self.start()
            self.is_filled = False

    def terminate(self, role: str) -> None:
        """Has the server end all connections to a database."""
        # Where it is down there are none.
        self.ask("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{role}'")

    def end(self) -> None:
        """Ends all of it, and leaves nothing but what is mounted."""
        for relay in self.relays.values():
            relay.close()
        self.stop("kill")
        if self.disk is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def unmount(self) -> None:
        if self.disk:
            self.disk.unmount()
            shutil.rmtree(self.folder, ignore_errors=True)

    # Questions.

    def ask(self, database: str, sql: str) -> subprocess.CompletedProcess:
        words = ["-X", "--csv", "-t", "-h", self.folder, "-U", USER, "-d", database, "-c", sql]
        return subprocess.run([self.bin / "psql", *words], capture_output=True, text=True, check=False)

    def psql(self, database: str, sql: str) -> list[list[str]]:
        answer = self.ask(database, sql)
        if answer.returncode != 0:
            raise Failure(f"psql ended with {answer.returncode}: {answer.stderr}")
        return list(csv.reader(io.StringIO(answer.stdout)))


class DatabaseStore(records.Store):
    """An aggregator's store in a database, after its server has ended."""

    def __init__(self, server: DatabaseServer, role: str) -> None:
        self.server, self.role = server, role

    def forge_step(self) -> None:
        columns = "task, walk_id, 60000, parameter || '\\x00'::bytea, NULL, NULL"
        self.server.psql(self.role, f"INSERT INTO step SELECT {columns} FROM step WHERE step = 0")

    def rows(self, sql: str) -> list[tuple]:
        return [tuple(self.value(text) for text in row) for row in self.server.psql(self.role, sql)]

    @staticmethod
    def value(text: str) -> bytes | int | None:
        if text.startswith("\\x"):
            return bytes.fromhex(text[2:])
        return int(text) if text else None

    def bound_reports(self) -> list[tuple]:
        return self.rows("SELECT report_id, job_id FROM report LEFT JOIN binding USING (id) "
                         "LEFT JOIN job ON job.id = binding.job")


class DatabaseRelay:
    """Listens where a database is thought to be, and passes bytes on until it is told to break something."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        # What happens to the next COMMIT: its request or its answer is lost, with the connection.
        self.order = ""
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self) -> None:
        # A thread in accept() would keep the socket open.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    def cut(self) -> None:
        """Ends all connections that there are."""
        with self.lock:
            for end in self.open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        # It ends when the listener is closed.
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(self.target)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.open |= {client, server}
            try:
                answers = threading.Thread(target=self.pump, args=(server, client), daemon=True)
                answers.start()
                self.pump(client, server, is_request=True)
                answers.join()
            finally:
                with self.lock:
                    self.open -= {client, server}

    def pump(self, source: socket.socket, target: socket.socket, is_request: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                # It is a message of its own: nothing of Populus else has the word.
                if is_request and self.order and b"COMMIT" in data:
                    self.lose_commit(source, target, data)
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def lose_commit(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        order, self.order = self.order, ""
        # First the client's side, so that no answer gets there.
        client.shutdown(socket.SHUT_RDWR)
        if order == "answer":
            server.sendall(data)
            # The server has it before it hears that nobody listens.
            time.sleep(0.05)
