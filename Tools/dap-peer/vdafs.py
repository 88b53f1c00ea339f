"""The VDAFs of a task: sharding by the reference implementation of draft-irtf-cfrg-vdaf, and unsharding by ourselves.

What a Collector needs of a VDAF is little: aggregate shares are vectors of field elements, their sum is the result.
With a reference at hand the result is computed by that as well, and both must agree.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strings
from strings import Path
from wire import Reader, uint

PRIO3_COUNT, PRIO3_SUM, PRIO3_SUM_VEC, PRIO3_HISTOGRAM, PRIO3_MULTIHOT, POPLAR1 = range(1, 7)

Measurement = int | list[int] | Path


class MissingReference(Exception):
    """What is asked for needs the reference implementation."""


class VdafError(ValueError):
    """A VDAF, a measurement or a share that is none of ours."""


@dataclass(frozen=True)
class Field:
    """A prime field whose elements are encoded little-endian in `size` bytes (VDAF §6.1)."""

    modulus: int
    size: int

    def decode(self, data: bytes, count: int) -> list[int]:
        if len(data) != count * self.size:
            raise VdafError(f"a share of {len(data)} bytes, {count} elements of {self.size} are due")
        elements = [
            int.from_bytes(data[i:i + self.size], "little") for i in range(0, len(data), self.size)]
        if any(element >= self.modulus for element in elements):
            raise VdafError("a field element that is not below the modulus")
        return elements

    def encode(self, elements: Sequence[int]) -> bytes:
        return b"".join((element % self.modulus).to_bytes(self.size, "little") for element in elements)

    def signed(self, element: int) -> int:
        """The integer nearest to zero that is congruent."""
        return element - self.modulus if element > self.modulus // 2 else element


FIELD64 = Field(2**32 * 4294967295 + 1, 8)
FIELD128 = Field(2**66 * 4611686018427387897 + 1, 16)
FIELD255 = Field(2**255 - 19, 32)


@dataclass(frozen=True)
class Poplar1Param:
    """Poplar1's aggregation parameter: a level and prefixes of `level` + 1 bits in ascending order (VDAF §8.2.6)."""

    level: int
    prefixes: tuple[Path, ...]

    def encode(self) -> bytes:
        return uint(2, self.level) + uint(4, len(self.prefixes)) + b"".join(map(self._packed, self.prefixes))

    @staticmethod
    def _packed(prefix: Path) -> bytes:
        padded = prefix + (False,) * (-len(prefix) % 8)
        return bytes(sum(bit << (7 - i) for i, bit in enumerate(padded[s:s + 8])) for s in range(0, len(padded), 8))

    @staticmethod
    def decode(data: bytes) -> "Poplar1Param":
        reader = Reader(data)
        level, count = reader.uint(2), reader.uint(4)
        size = (level + 8) // 8
        paths = [strings.bits_of(reader.fixed(size)) for _ in range(count)]
        reader.end()
        if any(any(path[level + 1:]) for path in paths):
            raise VdafError("a prefix has bits beyond its level")
        return Poplar1Param(level, tuple(path[:level + 1] for path in paths))


@dataclass
class TaskVdaf:
    """The VDAF of one task."""

    type: int
    name: str
    #: Parameters by the names of DAP's configuration encodings.
    parameters: dict[str, int]
    #: The reference's instance, when there is a reference.
    reference: Any
    encoding: str | None = None

    @staticmethod
    def of(type: int, configuration: bytes, encoding: str | None, reference_path: str | None) -> "TaskVdaf":
        """Decodes a configuration (DAP, appendix "VDAF Configuration Encodings")."""
        if type not in _KINDS:
            raise VdafError(f"VDAF {type:#x} is not known")
        kind, reader = _KINDS[type], Reader(configuration)
        parameters = {name: reader.uint(size) for name, size in kind.fields}
        reader.end()
        reference = None
        if reference_path:
            if reference_path not in sys.path:
                sys.path.insert(0, reference_path)
            reference = kind.reference(parameters)
        return TaskVdaf(type, kind.name, parameters, reference, encoding)

    @property
    def is_poplar1(self) -> bool:
        return self.type == POPLAR1

    @property
    def bits(self) -> int:
        return self.parameters["bits"]

    # Client

    def measurement(self, line: bytes) -> Measurement:
        """What a line of a file says: a number, numbers with commas between them, or a string."""
        if self.is_poplar1:
            if self.encoding not in (None, "bytes"):
                raise VdafError(f"the encoding {self.encoding!r} is not known")
            return strings.path_of(line, self.bits)
        try:
            numbers = [int(part) for part in line.decode("ascii").split(",")]
        except ValueError:
            raise VdafError("not a number, nor numbers with commas between them") from None
        if self.type in (PRIO3_SUM_VEC, PRIO3_MULTIHOT):
            if len(numbers) != self.parameters["length"]:
                raise VdafError(f"{len(numbers)} numbers, {self.parameters['length']} are due")
            return numbers
        if len(numbers) != 1:
            raise VdafError("one number is due")
        return numbers[0]

    def check(self, measurement: Measurement) -> None:
        """Refuses what the VDAF does not take, so that no aggregator has to."""
        of, values = self.parameters, measurement if isinstance(measurement, list) else [measurement]
        if self.type == POPLAR1:
            return
        most = {PRIO3_COUNT: 1, PRIO3_HISTOGRAM: of.get("length", 0) - 1, PRIO3_MULTIHOT: 1}.get(
            self.type, of.get("max_measurement"))
        if any(not 0 <= value <= most for value in values):
            raise VdafError(f"a number outside of 0 to {most}")
        if self.type == PRIO3_MULTIHOT and sum(values) > of["max_weight"]:
            raise VdafError(f"more than {of['max_weight']} ones")

    def shard(self, context: bytes, measurement: Measurement, nonce: bytes) -> tuple[bytes, list[bytes]]:
        """The encoded public share and the two input shares of one measurement."""
        if self.reference is None:
            raise MissingReference(
                "sharding needs the VDAF reference: --vdaf-reference PATH or POPULUS_VDAF_REFERENCE")
        value = [bool(bit) for bit in measurement] if self.type == PRIO3_MULTIHOT else measurement
        public, shares = self.reference.shard(context, value, nonce, os.urandom(self.reference.RAND_SIZE))
        return (self.reference.encode_public_share(public),
                [self.reference.encode_input_share(share) for share in shares])

    # Collector

    def field(self, param: Poplar1Param | None = None) -> Field:
        if param:
            return FIELD255 if param.level == self.bits - 1 else FIELD64
        return FIELD64 if self.type in (PRIO3_COUNT, PRIO3_SUM) else FIELD128

    def result_length(self, param: Poplar1Param | None = None) -> int:
        return len(param.prefixes) if param else self.parameters.get("length", 1)

    def unshard(self, param: Poplar1Param | None, shares: list[bytes], count: int) -> int | list[int]:
        """Adds two encoded aggregate shares up."""
        field, length = self.field(param), self.result_length(param)
        first, second = (field.decode(share, length) for share in shares)
        sums = [(a + b) % field.modulus for a, b in zip(first, second)]
        result = sums[0] if self.type in (PRIO3_COUNT, PRIO3_SUM) else sums
        if self.reference is not None:
            agg_param = (param.level, param.prefixes) if param else None
            decoded = [self.reference.decode_agg_share(agg_param, share) for share in shares]
            if self.reference.unshard(agg_param, decoded, count) != result:
                raise VdafError("the reference finds another result than this program")
        return result


@dataclass(frozen=True)
class _Kind:
    name: str
    #: The configuration's integers in order, with their sizes.
    fields: list[tuple[str, int]]
    reference: Callable[[dict[str, int]], Any]


def _prio3(name: str, *arguments: str) -> Callable[[dict[str, int]], Any]:
    def make(of: dict[str, int]) -> Any:
        import vdaf_poc.vdaf_prio3 as prio3
        return getattr(prio3, name)(2, *(of[argument] for argument in arguments))
    return make


def _poplar1(of: dict[str, int]) -> Any:
    from vdaf_poc.vdaf_poplar1 import Poplar1
    return Poplar1(of["bits"])


_KINDS = {
    PRIO3_COUNT: _Kind("Prio3Count", [], _prio3("Prio3Count")),
    PRIO3_SUM: _Kind("Prio3Sum", [("max_measurement", 8)], _prio3("Prio3Sum", "max_measurement")),
    PRIO3_SUM_VEC: _Kind(
        "Prio3SumVec", [("length", 4), ("max_measurement", 8), ("chunk_length", 4)],
        _prio3("Prio3SumVec", "length", "max_measurement", "chunk_length")),
    PRIO3_HISTOGRAM: _Kind(
        "Prio3Histogram", [("length", 4), ("chunk_length", 4)], _prio3("Prio3Histogram", "length", "chunk_length")),
    PRIO3_MULTIHOT: _Kind(
        "Prio3MultihotCountVec", [("length", 4), ("chunk_length", 4), ("max_weight", 8)],
        _prio3("Prio3MultihotCountVec", "length", "max_weight", "chunk_length")),
    POPLAR1: _Kind("Poplar1", [("bits", 2)], _poplar1),
}
