"""What every part is, and how its figures are kept."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from bench.stand.machine import Machine, machine
from bench.stand.place import Place

KEPT = Path(__file__).parents[1] / "results"
R = TypeVar("R")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may ask for.

    Attributes:
        sizes: of databases, in tables, growing.
        limit: seconds after which a contender is ended.
        quick: measure little, to see that it works.
    """

    sizes: Sequence[int] = (100, 1_000, 10_000)
    limit: float = 150.0
    quick: bool = False


class Part(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One part.

    Attributes:
        result: the type of its figures, which are kept as JSON.
        told: the figures as lines of Markdown, without a heading.
        short: those that matter most, a line each: what was measured, the figure, and its goal.
        title: of its section.
    """

    name: str
    title: str
    result: type[R]
    measure: Callable[[Place, Options], R]
    told: Callable[[R], Iterator[str]]
    short: Callable[[R], Iterator[tuple[str, str, str]]]


class Kept(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """Figures of one run of a part, and the machine that they were measured on."""

    machine: Machine
    seconds: float
    result: R


def keep(part: Part[R], result: R, seconds: float) -> None:
    KEPT.mkdir(exist_ok=True)
    kept = Kept[R](machine=machine(), seconds=seconds, result=result)
    _file(part).write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))


def kept(part: Part[R]) -> Kept[R] | None:
    """The figures of the last run; None when there was none, or its form was another."""
    file = _file(part)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept[part.result])  # type: ignore[name-defined]
    except (FileNotFoundError, msgspec.ValidationError):
        return None


def _file(part: Part[R]) -> Path:
    return KEPT / f"{part.name}.json"
