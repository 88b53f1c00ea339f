"""Deliberate wrongs, one after the other, each with the answers that the specifications permit.

A case acts and says in a word what happened: the name of the problem or of the report error, `taken`, `ready`, or
`status 403` where there is no problem type. Cases run in order against a fresh task: what an earlier one left behind
is part of the later ones. At the end the batch must have exactly the honest reports.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from client import Client
from collector import Collector
from leader import Leader
from messages import HpkeConfig, Role
from tasks import Task
from transport import ProtocolError, Refused
from vdafs import FIELD64, FIELD255, POPLAR1, Field, TaskVdaf


@dataclass(frozen=True)
class Case:
    name: str
    #: Where it says so.
    source: str
    permitted: set[str]
    act: Callable[[], str]


@dataclass
class Scene:
    """A task with all of its files, as only a test has them."""

    client_file: Task
    collector: Collector
    leader: Leader
    vdaf: TaskVdaf
    #: The Leader's HPKE configuration where the peer is the Leader.
    leader_config: HpkeConfig | None = None

    def client(self, **changes: object) -> Client:
        """A new client, with some attributes changed."""
        client = Client(self.client_file, self.vdaf, self.leader_config)
        for name, value in changes.items():
            setattr(client, name, value)
        return client

    @property
    def is_walk(self) -> bool:
        return self.client_file.walk_extension is not None

    def sample(self):
        """A valid measurement, the same each time."""
        return self.vdaf.measurement({
            1: b"1", 2: b"1", 3: b",".join([b"1"] * self.vdaf.parameters.get("length", 0)), 4: b"1",
            5: b",".join([b"1"] + [b"0"] * (self.vdaf.parameters.get("length", 1) - 1)), 6: b"abc"}[self.vdaf.type])

    def tampering(self, role: Role, change: Callable[[bytes], bytes]) -> Callable:
        """A `Client.tamper` that changes one aggregator's encoded input share."""
        def tamper(public: bytes, shares: list[bytes]) -> tuple[bytes, list[bytes]]:
            index = role - Role.LEADER
            return public, [change(share) if i == index else share for i, share in enumerate(shares)]
        return tamper

    def not_canonical(self, share: bytes) -> bytes:
        """The first field element of a share is not below the modulus."""
        start, size = self.first_element
        return share[:start] + b"\xff" * size + share[start + size:]

    def forged(self, share: bytes) -> bytes:
        """A share that no honest client makes and that only the verification finds: elements one too great.

        Of Prio3 the first one of the measurement, of Poplar1 the correlated randomness of every level.
        """
        start, size = self.first_element
        if self.vdaf.type != POPLAR1:
            return add_one(share, start, size, 1, self.vdaf.field())
        inner = 2 * (self.vdaf.bits - 1)
        return add_one(add_one(share, start, size, inner, FIELD64), start + inner * size, 32, 2, FIELD255)

    @property
    def first_element(self) -> tuple[int, int]:
        """Where the first field element of a Leader's input share lies: Poplar1 has a key and a seed before it."""
        return (48, 8) if self.vdaf.type == POPLAR1 else (0, self.vdaf.field().size)


def add_one(share: bytes, start: int, size: int, count: int, field: Field) -> bytes:
    """The share with one added to each of some elements."""
    end = start + count * size
    elements = field.decode(share[start:end], count)
    return share[:start] + field.encode([element + 1 for element in elements]) + share[end:]


def outcome(act: Callable[[], str]) -> str:
    """What an act ends with, in a word."""
    try:
        return act()
    except Refused as refused:
        return refused.name if refused.type != "about:blank" else f"status {refused.status}"
    except ProtocolError as error:
        return f"no answer ({error})"


def perform(cases: Iterator[Case]) -> int:
    """Runs the cases; gives how many answers were not permitted."""
    wrong = 0
    for case in cases:
        result = outcome(case.act)
        good = result in case.permitted
        wrong += not good
        due = "" if good else f", but permitted is {' or '.join(sorted(case.permitted))}"
        print(f"{'ok   ' if good else 'WRONG'} {case.name}: {result}{due} ({case.source})", flush=True)
    return wrong


def run(arguments: argparse.Namespace, vdaf_of: Callable) -> int:
    from misbehave_helper import helper_cases
    from misbehave_leader import leader_cases
    files = {role: Task.read(f"{arguments.tasks}/{role}.json", role) for role in ("client", "leader", "collector")}
    vdaf = vdaf_of(files["client"], arguments)
    collector = Collector(files["collector"], vdaf, patience=30)
    scene = Scene(files["client"], collector, Leader(files["leader"], vdaf), vdaf)
    if arguments.against == "helper":
        scene.leader_config = scene.leader.task.key.config
    cases = {"leader": leader_cases, "helper": helper_cases}[arguments.against](scene)
    wrong = perform(cases)
    print(f"{wrong} wrong" if wrong else "refused as it should be")
    return 1 if wrong else 0
