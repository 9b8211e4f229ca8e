"""How alerts stand with people, in numbers."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Quiet
from watchdog.alerts.plan import Plan
from watchdog.alerts.told import Told
from watchdog.finding import Severity

# Untold: too little to be told, or not yet, or inhibited, or without a channel.
AlertState = Literal["acknowledged", "silenced", "told", "untold"]
AlertCounts = Mapping[tuple[str, Severity, AlertState], int]


def tallied(books: Books, heard: Collection[str], now: datetime) -> AlertCounts:
    """(database, severity, state) -> open alerts, without those of which there are none.

    Args:
        books: what stands, and what people said.
        heard: fingerprints of those that a channel was told.
        now: UTC.
    """
    quiet = Quiet(acknowledgements=books.acknowledgements)

    def state(one: Standing) -> AlertState:
        if quiet.acknowledged(one, now) is not None:
            return "acknowledged"
        if any(silence.covers(one, now) for silence in books.silences):
            return "silenced"
        return "told" if one.fingerprint in heard else "untold"

    return Counter((one.database, one.finding.severity, state(one)) for one in books.standing.values())


def heard(told: Mapping[str, Mapping[str, Told]], plans: Mapping[str, Plan]) -> frozenset[str]:
    """The fingerprints that a channel knows to stand, once it was told what is planned.

    Args:
        told: channel -> fingerprint -> what it was told before.
        plans: what follows now, by channel.
    """
    after = ({**told.get(channel, {}), **plan.told} for channel, plan in plans.items())
    return frozenset(
        fingerprint for each in after for fingerprint, known in each.items() if known is not None and not known.is_over
    )
