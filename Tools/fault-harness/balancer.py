#!/usr/bin/env python3
"""A plain TCP balancer on loopback: each connection goes to the next backend, in turn, that takes it.

A backend that refuses is skipped. What was connected to one that dies is cut. Nothing of HTTP is looked at.

    balancer.py PORT FILE    FILE has the backends' ports, one a line, and may be written anew at any time
"""

import contextlib
import itertools
import pathlib
import socket
import sys
import threading

# Longer than any backend takes to accept a connection, unless it is stopped and has a full queue.
CONNECT_SECONDS = 2


class Balancer:
    """Listens where clients think that the one server is."""

    def __init__(self, backends, port: int = 0) -> None:
        # Called for each connection; gives the ports that there are now.
        self.backends = backends
        self.turn = itertools.count()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def close(self) -> None:
        # A thread in accept() would keep the socket open.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        # It ends when the listener is closed.
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client, next(self.turn)), daemon=True).start()

    def serve(self, client: socket.socket, turn: int) -> None:
        with client:
            server = connect(self.backends(), turn)
            if server is None:
                return
            with server:
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.pass_requests, args=(client, server), daemon=True).start()
                pump(server, client)
                # A server that has ended hears nothing more, and its client is told.
                for end in (client, server):
                    cut(end, socket.SHUT_RDWR)

    @staticmethod
    def pass_requests(client: socket.socket, server: socket.socket) -> None:
        pump(client, server)
        cut(server, socket.SHUT_WR)


def connect(ports: list[int], turn: int) -> socket.socket | None:
    """A connection to the backend whose turn it is, or to the next one that takes it."""
    for place in range(len(ports)):
        with contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", ports[(turn + place) % len(ports)]), CONNECT_SECONDS)
            server.settimeout(None)
            return server
    return None


def pump(source: socket.socket, target: socket.socket) -> None:
    """Passes bytes on until one of both has ended."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 18):
            target.sendall(data)


def cut(end: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(how)


def main() -> None:
    port, file = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    balancer = Balancer(lambda: [int(line) for line in file.read_text().split()], port)
    print("ready", flush=True)
    balancer.thread.join()


if __name__ == "__main__":
    main()
