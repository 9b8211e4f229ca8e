"""A scenario: what is played, what the watchdog is told of the tables, and whether rows are lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from bench.trial.stage import Stage

# Of tables of `public`: "retention" is a list of {every, at, lasts: seconds since a Monday's midnight; percent, rows,
# partitions: at most}; the rest as in `watchdog.rows.terms.Terms`.
Declared = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is played.

    Attributes:
        loses: whether rows are lost that nobody meant to lose; how many, the stage notes.
        hour: of the day, when the event comes.
        days: that the scenario goes on after it, at least.
        declared: what people told the watchdog of these tables.
        goal: whether finding it in time is promised; `why` it is not.
    """

    name: str
    play: Callable[[Stage], None]
    loses: bool
    hour: float = 10.29
    days: float = 0.5
    declared: Declared = field(default_factory=dict)
    goal: bool = True
    why: str = ""


class How(TypedDict, total=False):
    """What a scenario may say of itself; see there."""

    hour: float
    days: float
    declared: Declared
    goal: bool
    why: str


class Register:
    """Collects scenarios as they are written down."""

    def __init__(self, *, loses: bool) -> None:
        self._loses = loses
        self._all: list[Scenario] = []

    def __call__(self, name: str, **how: Unpack[How]) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
        def add(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
            self._all.append(Scenario(name=name, play=play, loses=self._loses, **how))
            return play

        return add

    @property
    def all(self) -> Sequence[Scenario]:
        return tuple(self._all)
