"""The plan of a run: what is measured, and what breaks where. The same seed gives the same plan on every machine."""

import dataclasses
import random

# The links on which exchanges are counted, each by itself: (link, number) says where a fault happens.
LINKS = ("upload", "collect", "aggregate")

HTTP_FAULTS = ("drop-request", "drop-answer", "delay", "double", "cut-request", "cut-answer")
ROLES = ("leader", "helper", "collector", "client")

# Who is at work while a link is in use.
ON_LINK = {"upload": ("leader", "client"), "collect": ("leader", "helper", "collector"),
           "aggregate": ("leader", "helper", "collector")}

WORDS = ("ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay", "kite", "lark", "mole", "newt", "owl")


@dataclasses.dataclass(frozen=True)
class Task:
    """What is measured, and by how many."""

    scheme: str  # walk, interval-walk, count, sum
    bits: int
    bits_per_step: int
    lines: tuple[str, ...]

    @property
    def is_walk(self) -> bool:
        return self.scheme.endswith("walk")

    def reach(self, link: str) -> int:
        """About how many exchanges of a link the task has; what is planned for later ones is not reached."""
        if link == "upload":
            return 3
        return {"collect": 90, "aggregate": 130}[link] // self.bits_per_step if self.is_walk else 3

    def __str__(self) -> str:
        steps = f" of {self.bits} bits, {self.bits_per_step} a step" if self.is_walk else ""
        return f"{self.scheme}{steps}, {len(self.lines)} reports"


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing that breaks at an exchange."""

    link: str
    number: int  # of the exchange, from 1
    kind: str  # one of HTTP_FAULTS, or kill, damage, clock, fill, or one of the plans of databases or of replicas
    role: str = ""  # whom it happens to
    moment: str = ""  # request: before it is passed on; answer: before that is; later: some time after
    place: float = 0  # where in the bytes, 0 to 1; for delays and absences seconds
    detail: str = ""  # damage: how (a row of the database, or anything); clock: how many seconds ahead
    part: float = 0  # damage: which file
    process: int = 0  # which of several of the role, from 1; 0 where there is one

    def __str__(self) -> str:
        words = [f"{self.link} {self.number}: {self.kind}"]
        words += [word for word in (self.role + (f"-{self.process}" if self.process else ""), self.moment, self.detail) if word]
        return " ".join(words) + f" {self.place:.3f}" + (f" part {self.part:.3f}" if self.kind == "damage" else "")


@dataclasses.dataclass(frozen=True)
class Plan:
    """All that is decided before a run begins."""

    seed: int
    task: Task
    faults: tuple[Fault, ...]
    may_fill: bool
    databases: tuple[str, ...] = ()  # whose stores are in PostgreSQL
    replicas: int = 0  # so many processes of each role on one database; 0 for one that is alone

    def lines(self) -> list[str]:
        stores = f", PostgreSQL: {' and '.join(self.databases)}" if self.databases else ""
        stores += f", {self.replicas} processes each" if self.replicas else ""
        return [f"seed {self.seed}: {self.task}{stores}"] + [f"  {fault}" for fault in self.faults]


def make_plan(seed: int) -> Plan:
    """The plan of a seed."""
    # Text seeds of Python's generator are hashed by its own SHA-512, so they are alike everywhere.
    draw = random.Random(f"populus faults {seed}")
    task = make_task(draw)
    may_fill = draw.random() < 0.25
    faults = [http_fault(draw, task) for _ in range(draw.randint(3, 8))]
    faults += [kill(draw, task) for _ in range(draw.randint(3, 7))]
    if draw.random() < 0.4:
        faults.append(damage(draw, task))
    # Drawn apart: the plans of seeds have what they had before.
    rows = random.Random(f"populus rows {seed}")
    if rows.random() < 0.35:
        faults.append(dataclasses.replace(damage(rows, task), detail="turn-row"))
    if draw.random() < 0.25:
        faults.append(clock(draw, task))
    if may_fill:
        faults.append(fill(draw, task))
    return Plan(seed, task, placed(faults), may_fill)


def placed(faults: list[Fault]) -> tuple[Fault, ...]:
    """The faults in order, one an exchange: a later one that meets an earlier one moves on."""
    taken, found = set(), []
    for fault in faults:
        number = fault.number
        while (fault.link, number) in taken:
            number += 1
        taken.add((fault.link, number))
        found.append(dataclasses.replace(fault, number=number))
    found.sort(key=lambda fault: (LINKS.index(fault.link), fault.number))
    return tuple(found)


def make_task(draw: random.Random) -> Task:
    scheme = draw.choices(("walk", "interval-walk", "count", "sum"), (5, 2, 1, 1))[0]
    count = draw.randint(60, 900)
    if scheme == "count":
        lines = [str(draw.randrange(2)) for _ in range(count)]
    elif scheme == "sum":
        lines = [str(draw.randrange(256)) for _ in range(count)]
    else:
        weights = [1 / rank for rank in range(1, len(WORDS) + 1)]
        names = draw.sample(WORDS, len(WORDS))
        lines = [name + draw.choice(("", "", "s")) for name in draw.choices(names, weights, k=count)]
    return Task(scheme, draw.choice((48, 64, 96)), draw.choice((1, 2, 4)), tuple(lines))


def somewhere(draw: random.Random, task: Task) -> tuple[str, int]:
    """A link and an exchange on it."""
    link = draw.choices(LINKS, (1, 2, 4))[0]
    return link, draw.randint(1, task.reach(link))


def http_fault(draw: random.Random, task: Task) -> Fault:
    link, number = somewhere(draw, task)
    return Fault(link, number, draw.choice(HTTP_FAULTS), place=round(draw.random(), 3))


def kill(draw: random.Random, task: Task) -> Fault:
    link, number = somewhere(draw, task)
    moment = draw.choice(("request", "answer", "later"))
    return Fault(link, number, "kill", draw.choice(ON_LINK[link]), moment, round(draw.random() * 0.6, 3))


def damage(draw: random.Random, task: Task) -> Fault:
    link, number = somewhere(draw, task)
    return Fault(link, number, "damage", draw.choice(("leader", "helper")), "answer", round(draw.random(), 3),
                 draw.choice(("turn-bit", "turn-bit", "truncate")), round(draw.random(), 3))


def clock(draw: random.Random, task: Task) -> Fault:
    link = draw.choice(("upload", "collect", "aggregate"))
    role = draw.choice(("leader", "helper"))
    number, seconds = draw.randint(1, -(-task.reach(link) // 2)), round(1 + draw.random() * 3, 3)
    ahead = draw.choice(("-3600", "+3600"))
    # A Leader that is behind refuses reports for good, as too early: they are in no result, and rightly so.
    if (link, role) == ("upload", "leader"):
        ahead = "+3600"
    return Fault(link, number, "clock", role, "answer", seconds, ahead)


def fill(draw: random.Random, task: Task) -> Fault:
    link, number = somewhere(draw, task)
    return Fault(link, max(1, number // 2), "fill", draw.choice(("leader", "helper")), "request",
                 round(0.5 + draw.random() * 3, 3))
