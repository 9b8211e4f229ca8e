"""What tables do when all is well: each behaviour tells what came, changed and went between two moments."""

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from bench.trial.world import DAY, HOUR


class Flow(NamedTuple):
    """Rows that came, changed and went."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


# (rows that are there, since, until, chance) -> what happened; times in seconds since the start.
Behaviour = Callable[[int, float, float, random.Random], Flow]


def about(expected: float, rng: random.Random) -> int:
    """As many events as chance would have it where so many are expected."""
    if expected < 30:
        return int(expected) + (rng.random() < expected % 1)
    return max(round(rng.gauss(expected, math.sqrt(expected))), 0)


def updated(per_hour: float) -> Behaviour:
    """The same rows, written over and over."""

    def act(rows: int, since: float, until: float, rng: random.Random) -> Flow:
        return Flow(updated=about(per_hour * (until - since) / HOUR, rng) if rows else 0)

    return act


def growing(per_hour: float) -> Behaviour:
    def act(_: int, since: float, until: float, rng: random.Random) -> Flow:
        return Flow(inserted=about(per_hour * (until - since) / HOUR, rng))

    return act


def office_hours(per_hour: float) -> Behaviour:
    """Grows from 8 to 18 on weekdays, and not at all else."""

    def act(_: int, since: float, until: float, rng: random.Random) -> Flow:
        hour, weekday = until % DAY / HOUR, int(until // DAY) % 7
        return Flow(inserted=about(per_hour * (until - since) / HOUR, rng) if 8 <= hour < 18 and weekday < 5 else 0)

    return act


def following(curve: Callable[[float], float], churn_per_hour: float = 0) -> Behaviour:
    """Comes and goes as the curve of its level does, whatever was lost of it meanwhile."""

    def act(rows: int, since: float, until: float, rng: random.Random) -> Flow:
        # By whole rows of the curve: what chance adds up to over months would be a loss of its own.
        step = round(curve(until)) - round(curve(since))
        churn = about(churn_per_hour * (until - since) / HOUR, rng)
        inserted = max(step, 0) + churn
        return Flow(inserted=inserted, deleted=min(max(-step, 0) + churn, rows + inserted))

    return act


def daily(low: float, high: float) -> Callable[[float], float]:
    """Lowest at 3, highest at 15."""
    return lambda at: (low + high) / 2 - (high - low) / 2 * math.cos(2 * math.pi * (at - 3 * HOUR) / DAY)


def weekly(weekdays: float, weekend: float, over: float = 6 * HOUR) -> Callable[[float], float]:
    """Falls on Friday evening and comes back on Monday morning, each within `over` seconds."""

    def level(at: float) -> float:
        week = at % (7 * DAY)
        friday, monday = 4 * DAY + 18 * HOUR, 6 * HOUR
        fallen = min(max((week - friday) / over, 0.0), 1.0)
        if week < monday + over:
            fallen = 1 - min(max((week - monday) / over, 0.0), 1.0)
        return weekdays - (weekdays - weekend) * fallen

    return level


def queue(highest: int, per_hour: float = 5000) -> Behaviour:
    """Jobs that come and are done: anything between none and `highest` waits at any moment."""

    def act(rows: int, since: float, until: float, rng: random.Random) -> Flow:
        done = rows + about(per_hour * (until - since) / HOUR, rng)
        waiting = rng.randint(0, highest)
        return Flow(inserted=waiting - rows + done, deleted=done)

    return act


def sessions(level: float, lives: float = HOUR) -> Behaviour:
    """Rows that live so many seconds each, more of them by day than by night."""
    curve = daily(level * 0.8, level * 1.2)

    def act(rows: int, since: float, until: float, rng: random.Random) -> Flow:
        came = about(curve(until) * (until - since) / lives, rng)
        stay = math.exp(-(until - since) / lives)
        left = round(rows * stay) + about(curve(until) * (1 - stay), rng)
        came = max(came, left - rows)
        return Flow(inserted=came, deleted=rows + came - left)

    return act
