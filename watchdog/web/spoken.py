"""What people said of alerts, as the page shows it. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from watchdog.alerts.hush import Silence
from watchdog.alerts.overview import OpenAlert, silence_words, when
from watchdog.finding import Finding
from watchdog.sqltext import visible


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """What was said.

    Attributes:
        said: fingerprint -> sentences.
        silences: those that hold now, a sentence each.
    """

    said: Mapping[str, tuple[str, ...]] = {}
    silences: tuple[str, ...] = ()


def talk(alerts: Iterable[OpenAlert], silences: Iterable[Silence]) -> Talk:
    """The words of it."""
    words = ((one.finding.fingerprint, one.words) for one in alerts)
    return Talk(
        said={fingerprint: tuple(visible(each) for each in said) for fingerprint, said in words if said},
        silences=tuple(
            visible(f"{silence_words(each)} until {when(each.until)}, by {each.by}: {each.why} ({each.id})")
            for each in silences
        ),
    )


def said_of(finding: Finding, spoken: Talk | None) -> tuple[str, ...]:
    """Who bears it, who has it in hand, who wants quiet about it."""
    borne = (visible(finding.accepted.words),) if finding.accepted else ()
    return (*borne, *(spoken.said.get(finding.fingerprint, ()) if spoken else ()))
