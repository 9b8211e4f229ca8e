"""Alarms beside what is truly lost: found, missed, false."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.trial.stage import Loss
from bench.trial.table import Name
from bench.trial.world import DAY, MINUTE

LEARNING = 21 * DAY
# A false alarm is put right by a person within a day.
PATIENCE = DAY


@dataclass(frozen=True)
class Alarm:
    """Of severity warning or worse, and firing."""

    table: Name
    words: str


class Watch(Protocol):
    """What watches a world. `look` gives what fires now, by a key that stays as long as it is the same alarm."""

    async def look(self, at: float) -> Mapping[str, Alarm]: ...

    def accept(self, alarm: Alarm) -> None: ...


@dataclass(frozen=True)
class Opened:
    at: float
    alarm: Alarm


@dataclass(frozen=True)
class Delay:
    """From the moment when a loss had to be told, to the look that told it; 0 looks when it was told before."""

    looks: int
    minutes: float


@dataclass(frozen=True)
class Record:
    """What one watch made of one scenario.

    Attributes:
        found: one for each loss; None for a missed one.
        learning: false alarms of the first three weeks.
        false: those after.
        of_loss: the words that told each loss, "" of a missed one.
    """

    losses: Sequence[Loss]
    found: Sequence[Delay | None]
    of_loss: Sequence[str]
    learning: Sequence[Opened]
    false: Sequence[Opened]


@dataclass
class Judge:
    """Follows one watch through a scenario."""

    watch: Watch
    looks: list[float] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)
    _open: dict[str, Opened] = field(default_factory=dict)

    async def look(self, at: float, losses: Iterable[Loss]) -> None:
        """One look; what is open for a day though nothing was lost is accepted by a person, who knows."""
        self.looks.append(at)
        firing = await self.watch.look(at)
        before, self._open = self._open, {}
        for key, alarm in firing.items():
            if (known := before.get(key)) is None:
                known = Opened(at, alarm)
                self.opened.append(known)
            self._open[key] = known
            if at - known.at >= PATIENCE and not _explained(known, losses):
                self.watch.accept(alarm)

    def record(self, losses: Sequence[Loss]) -> Record:
        firsts = [self._first(loss) for loss in losses]
        unexplained = [each for each in self.opened if not _explained(each, losses)]
        return Record(
            losses=losses,
            found=[self._delay(loss, first) for loss, first in zip(losses, firsts, strict=True)],
            of_loss=[first.alarm.words if first else "" for first in firsts],
            learning=[each for each in unexplained if each.at < LEARNING],
            false=[each for each in unexplained if each.at >= LEARNING],
        )

    def _first(self, loss: Loss) -> Opened | None:
        return next((each for each in self.opened if _is_of(each, loss)), None)

    def _delay(self, loss: Loss, first: Opened | None) -> Delay | None:
        if first is None:
            return None
        due = loss.at if loss.due is None else loss.due
        return Delay(
            looks=sum(due <= look <= first.at for look in self.looks),
            minutes=max(first.at - due, 0.0) / MINUTE,
        )


def _is_of(opened: Opened, loss: Loss) -> bool:
    return opened.alarm.table == loss.table and opened.at >= loss.at


def _explained(opened: Opened, losses: Iterable[Loss]) -> bool:
    return any(_is_of(opened, loss) for loss in losses)
