"""The VDAFs: measurements, and what their aggregate is when it is computed in the open."""

import random
from dataclasses import dataclass, field
from typing import Any, Callable

from roles import b64


@dataclass
class Vdaf:
    """A VDAF with its parameters as the test API writes them."""

    name: str
    parameters: dict[str, str]
    draw: Callable[[random.Random], Any]
    """A measurement as the test API writes it."""
    total: Callable[[list], Any]
    """The aggregate result of measurements, as the test API writes it."""
    agg_param: bytes = b""
    walk: dict | None = None
    additions: dict = field(default_factory=dict)

    @property
    def object(self) -> dict[str, str]:
        return {"type": self.name.split()[0], **self.parameters}


def count() -> Vdaf:
    return Vdaf(
        "Prio3Count", {}, lambda chance: str(chance.randrange(2)),
        lambda drawn: str(sum(map(int, drawn))))


def total_of_vectors(length: int) -> Callable[[list], list[str]]:
    return lambda drawn: [str(sum(int(vector[index]) for vector in drawn)) for index in range(length)]


def sum_to(greatest: int, parameters: dict[str, str], name: str = "Prio3Sum") -> Vdaf:
    return Vdaf(
        name, parameters, lambda chance: str(chance.choice([0, greatest, chance.randint(0, greatest)])),
        lambda drawn: str(sum(map(int, drawn))))


def sum_vec(greatest: int, parameters: dict[str, str], length: int, name: str = "Prio3SumVec") -> Vdaf:
    parameters = {"length": str(length), "chunk_length": "3", **parameters}
    return Vdaf(
        name, parameters, lambda chance: [str(chance.randint(0, greatest)) for _ in range(length)],
        total_of_vectors(length))


def histogram(length: int, chunk_length: int) -> Vdaf:
    return Vdaf(
        "Prio3Histogram", {"length": str(length), "chunk_length": str(chunk_length)},
        lambda chance: str(chance.randrange(length)),
        lambda drawn: [str(drawn.count(str(bucket))) for bucket in range(length)])


def multihot(length: int, max_weight: int) -> Vdaf:
    def draw(chance: random.Random) -> list[bool]:
        chosen = chance.sample(range(length), chance.randint(0, max_weight))
        return [index in chosen for index in range(length)]

    return Vdaf(
        "Prio3MultihotCountVec",
        {"length": str(length), "chunk_length": "4", "max_weight": str(max_weight)},
        draw, total_of_vectors(length))


def bools(value: int, bits: int) -> list[bool]:
    """The most significant bit first."""
    return [bool(value >> (bits - 1 - index) & 1) for index in range(bits)]


def packed(prefix: list[bool]) -> bytes:
    padded = prefix + [False] * (-len(prefix) % 8)
    return bytes(
        sum(bit << (7 - index) for index, bit in enumerate(padded[start:start + 8]))
        for start in range(0, len(padded), 8))


def candidates(prefixes: list[list[bool]]) -> bytes:
    """Poplar1's aggregation parameter (VDAF, "Aggregation Parameter Encoding"): level, count, packed prefixes."""
    level = len(prefixes[0]) - 1
    return level.to_bytes(2, "big") + len(prefixes).to_bytes(4, "big") + b"".join(map(packed, prefixes))


def votes(drawn: list[list[bool]], prefixes: list[list[bool]]) -> list[str]:
    return [str(sum(value[:len(prefix)] == prefix for value in drawn)) for prefix in prefixes]


def poplar1(bits: int, level: int, name: str = "Poplar1") -> Vdaf:
    """Every prefix of `level + 1` bits, or some strings at the leaf where those would be too many."""
    length = level + 1
    values = range(2 ** length) if length <= 4 else [1, 2, 3, 5, 8, 13, 2 ** length - 1]
    prefixes = [bools(value, length) for value in values]
    return Vdaf(
        name, {"bits": str(bits)},
        lambda chance: bools(chance.choice([1, 2, 3, 5, 8, 200, 2 ** bits - 1]) % 2 ** bits, bits),
        lambda drawn: votes(drawn, prefixes), candidates(prefixes))


VDAFS = [
    count(),
    sum_to(100, {"max_measurement": "100"}),
    sum_to(2 ** 20 - 1, {"bits": "20"}, "Prio3Sum (bits)"),
    sum_vec(9, {"max_measurement": "9"}, 10),
    sum_vec(255, {"bits": "8"}, 4, "Prio3SumVec (bits)"),
    histogram(10, 4),
    multihot(10, 3),
    poplar1(8, 3, "Poplar1 (level 3 of 8)"),
    poplar1(64, 63, "Poplar1 (leaf of 64)"),
]

__all__ = ["VDAFS", "Vdaf", "b64", "bools", "candidates", "count", "histogram", "poplar1", "votes"]
