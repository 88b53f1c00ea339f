"""The four roles: starting and ending them, and talking to their test API."""

import base64
import contextlib
import http.client
import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.parse

ROLES = ("client", "leader", "helper", "collector")


class Difference(Exception):
    """Something is not as it should be."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Difference(what)


def b64(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def request(method: str, url: str, body: bytes | None = None, headers: dict | None = None):
    """One HTTP exchange: status, header fields, body."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=90)
    try:
        path = parts.path or "/"
        connection.request(method, path + ("?" + parts.query if parts.query else ""), body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except OSError as error:
        raise Difference(f"{method} {url}: {error}") from error
    finally:
        connection.close()


class Role:
    """One role behind its URL."""

    def __init__(self, name: str, url: str):
        self.name = name
        self.url = url.rstrip("/")

    def raw(self, endpoint: str, body: bytes | None, content_type: str = "application/json", method: str = "POST"):
        """Whatever body to an endpoint: the status, and the JSON if it is any."""
        fields = {"Content-Type": content_type} if body is not None else {}
        status, _, content = request(method, f"{self.url}/internal/test/{endpoint}", body, fields)
        try:
            return status, json.loads(content)
        except ValueError:
            return status, None

    def ask(self, endpoint: str, **members) -> dict:
        """A command that must be understood."""
        members = {name: value for name, value in members.items() if value is not None}
        status, answer = self.raw(endpoint, json.dumps(members).encode())
        expect(status == 200 and isinstance(answer, dict), f"{self.name}: {endpoint} answered {status}: {answer}")
        return answer

    def do(self, endpoint: str, **members) -> dict:
        """A command that must succeed."""
        answer = self.ask(endpoint, **members)
        expect(answer.get("status") == "success", f"{self.name}: {endpoint}: {answer}")
        return answer

    def refuses(self, endpoint: str, **members) -> str:
        """A command that must be understood and fail: why it does."""
        answer = self.ask(endpoint, **members)
        expect(answer.get("status") == "error", f"{self.name}: {endpoint} should fail: {answer}")
        return answer.get("error", "")

    def absolute(self, endpoint: str) -> str:
        """An endpoint as `endpoint_for_task` gives it, made absolute."""
        return urllib.parse.urljoin(self.url + "/", endpoint)


class Deployment:
    """All four roles, and the processes of those that were started here."""

    def __init__(self, populus: str | None, scratch: str, given: dict[str, str], timeout: float):
        self.populus = populus
        self.scratch = pathlib.Path(scratch)
        self.given = given
        self.timeout = timeout
        self.processes: list[subprocess.Popen] = []
        self.roles: dict[str, Role] = {}

    def __enter__(self) -> "Deployment":
        # An interrupted run, too, ends what it started.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: sys.exit(128 + number))
        try:
            for name in ROLES:
                url = self.given.get(name) or self.start(name)
                self.roles[name] = Role(name, url)
            for role in self.roles.values():
                self.wait_until_ready(role)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.end()

    def __getattr__(self, name: str) -> Role:
        try:
            return self.__dict__["roles"][name]
        except KeyError:
            raise AttributeError(name) from None

    def start(self, name: str) -> str:
        """Starts a role on a free port; its URL is in the line that it prints when it is ready."""
        with open(self.scratch / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [self.populus, "interop", name, "--listen", "127.0.0.1:0", "--store", self.scratch / name],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        self.processes.append(process)
        line = process.stdout.readline().decode()
        if " ready on " not in line:
            self.print_logs()
            raise SystemExit(f"the {name} did not start: {line}")
        return line.split(" ready on ")[1].split()[0]

    @staticmethod
    def wait_until_ready(role: Role) -> None:
        for _ in range(300):
            with contextlib.suppress(Difference):
                if role.raw("ready", b"{}")[0] == 200:
                    return
            time.sleep(0.1)
        raise SystemExit(f"the {role.name} at {role.url} is not ready")

    def end(self) -> None:
        """Ends the processes that were started here, and no others."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def print_logs(self) -> None:
        for name in ROLES:
            log = self.scratch / f"{name}.log"
            if log.exists() and log.stat().st_size:
                print(f"--- {name} wrote:", log.read_text(errors="replace")[-3000:], sep="\n", file=sys.stderr)
