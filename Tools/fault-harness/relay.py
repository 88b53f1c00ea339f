"""A relay on loopback that passes HTTP on byte for byte, exchange by exchange, and breaks those that it is told to."""

import contextlib
import dataclasses
import itertools
import socket
import threading
import time

from balancer import connect

# Longer than any answer takes.
ANSWER_SECONDS = 120


@dataclasses.dataclass
class Exchange:
    """One request, and its answer once there is one."""

    method: str
    path: str
    head: bytes
    body: bytes  # as it was on the wire
    content: bytes  # without chunks
    fields: dict[str, str]
    status: int = 0
    answer: bytes = b""  # head and body
    answer_content: bytes = b""


class Broken(Exception):
    """A connection that ended in mid-message, or was never there."""


class Stream:
    """A connection, read message by message."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.buffer = connection, b""

    def more(self) -> None:
        try:
            data = self.connection.recv(1 << 16)
        except OSError as error:
            raise Broken(str(error)) from error
        if not data:
            raise Broken("the connection was closed")
        self.buffer += data

    def line_ends(self, mark: bytes) -> bytes:
        """All up to a mark, and the mark."""
        while mark not in self.buffer:
            self.more()
        end = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:end], self.buffer[end:]
        return taken

    def exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self.more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def body(self, fields: dict[str, str]) -> tuple[bytes, bytes]:
        """A message's body as it is on the wire, and its content."""
        if "chunked" in fields.get("transfer-encoding", "").lower():
            raw, content = b"", b""
            while True:
                size = self.line_ends(b"\r\n")
                length = int(size.split(b";")[0], 16)
                raw += size
                if length == 0:
                    break
                piece = self.exactly(length + 2)
                raw, content = raw + piece, content + piece[:-2]
            while (trailer := self.line_ends(b"\r\n")) != b"\r\n":
                raw += trailer
            return raw + b"\r\n", content
        content = self.exactly(int(fields.get("content-length", 0)))
        return content, content


def parse(head: bytes) -> tuple[list[str], dict[str, str]]:
    """The words of the first line, and the fields by their names in small letters."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return first.split(" "), {name.strip().lower(): value.strip() for name, value in pairs}


class Relay:
    """Listens where a server is thought to be, and stands before it, or before several: each exchange goes to the next one.

    `judge` is asked before a request is passed on, and names a fault or nothing; `answered` is told of each answer of
    the server, also of one that nobody gets, before it is passed on.
    """

    def __init__(self, judge, answered) -> None:
        self.judge, self.answered = judge, answered
        # The ports of the servers; one that refuses is skipped.
        self.targets: list[int] = []
        self.turn = itertools.count()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self) -> None:
        # A thread in accept() would keep the socket open.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        # It ends when the listener is closed.
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(Broken, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = Stream(connection)
            while True:
                exchange = self.read_request(stream)
                if not self.handle(exchange, connection):
                    return

    def read_request(self, stream: Stream) -> Exchange:
        head = stream.line_ends(b"\r\n\r\n")
        words, fields = parse(head)
        if fields.get("expect", "").lower() == "100-continue":
            stream.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:")]
            head = b"\r\n".join(kept)
        body, content = stream.body(fields)
        return Exchange(words[0], words[1], head, body, content, fields)

    def handle(self, exchange: Exchange, connection: socket.socket) -> bool:
        """Passes an exchange on or breaks it; false if the connection ends with it."""
        fault = self.judge(exchange)
        kind = fault.kind if fault else ""
        if kind == "drop-request":
            return False
        if kind == "cut-request":
            self.ask(exchange, cut=fault.place)
            return False
        if kind == "delay":
            time.sleep(2 * fault.place)
        if kind == "double":
            self.ask(exchange)
        self.ask(exchange)
        self.answered(exchange, fault)
        if kind == "drop-answer":
            return False
        if kind == "cut-answer":
            connection.sendall(exchange.answer[: int(fault.place * len(exchange.answer))])
            return False
        connection.sendall(exchange.answer)
        return True

    def ask(self, exchange: Exchange, cut: float | None = None) -> None:
        """Sends a request to the server, or its beginning only, and reads the answer."""
        message = exchange.head + exchange.body
        server = connect(list(self.targets), next(self.turn))
        if server is None:
            raise Broken("nobody listens")
        try:
            with server:
                server.settimeout(ANSWER_SECONDS)
                if cut is not None:
                    server.sendall(message[: int(cut * len(message))])
                    return
                server.sendall(message)
                self.read_answer(exchange, Stream(server))
        except OSError as error:
            raise Broken(str(error)) from error

    @staticmethod
    def read_answer(exchange: Exchange, stream: Stream) -> None:
        while True:
            head = stream.line_ends(b"\r\n\r\n")
            words, fields = parse(head)
            exchange.status = int(words[1])
            if exchange.status >= 200:
                break
        has_body = exchange.method != "HEAD" and exchange.status not in (204, 304)
        raw, exchange.answer_content = stream.body(fields) if has_body else (b"", b"")
        exchange.answer = head + raw
