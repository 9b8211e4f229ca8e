"""What a person says about alerts, made into what is kept: whoever types it, and whoever sends it by HTTP."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from watchdog.alerts.alert import SELF, Standing
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.errors import UnknownError, UsageError
from watchdog.finding import Finding
from watchdog.schema.rules import Acceptance

# Of a fingerprint, fewer digits are too easily those of another alert as well.
FEWEST_DIGITS = 4
# Of what a person says, in characters: it is shown in lists, messages and on the page.
LONGEST_NAME = 100
LONGEST_REASON = 1_000
_DIGITS = re.compile(r"[0-9a-f]+")
# What is over by an acceptance of rows: the level that they are measured from is lowered.
_MOVES = ("rows", "growth")
# Kinds of what the watchdog finds of itself.
_OWN = ("check", "channel", "state")


def meant(standing: Mapping[str, Standing], said: str) -> Standing:
    """The open alert that the beginning of a fingerprint means.

    Raises:
        UnknownError: no open alert's fingerprint begins so.
        UsageError: it is no beginning of a fingerprint, or that of several.
    """
    return standing[beginning(standing, said)]


def beginning(fingerprints: Iterable[str], said: str) -> str:
    """The one fingerprint that begins so. Raises as `meant`."""
    start = said.strip().lower()
    if not _DIGITS.fullmatch(start) or len(start) < FEWEST_DIGITS:
        raise UsageError(f"{said!r} is no fingerprint: give at least {FEWEST_DIGITS} of its digits (0-9, a-f)")
    found = sorted(each for each in fingerprints if each.startswith(start))
    if not found:
        raise UnknownError(
            f"no open alert has a fingerprint that begins with {start} (see: schema-watchdog alerts list)"
        )
    if len(found) > 1 and start not in found:
        raise UsageError(f"{start} is the beginning of several: {', '.join(found[:5])}; give more digits")
    return start if start in found else found[0]


def acknowledgement(one: Standing, by: str, why: str, now: datetime, until: datetime | None) -> Acknowledgement:
    """That somebody has an alert in hand. Raises UsageError for an end that has passed."""
    _is_to_come(until, now)
    return Acknowledgement(
        fingerprint=one.fingerprint, by=by, why=why, at=now, severity=one.finding.severity, until=until
    )


def silence(match: Mapping[str, Sequence[str]], by: str, why: str, now: datetime, until: datetime) -> Silence:
    """That somebody wants quiet. Its id follows from what it says, when and whose it is. Raises UsageError as above."""
    _is_to_come(until, now)
    patterns = {name: tuple(each) for name, each in match.items()}
    said = repr((sorted(patterns.items()), by, why, now, until))
    number = hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:8]
    return Silence(id=number, match=patterns, by=by, why=why, at=now, until=until)


def acceptance(one: Standing, by: str, why: str, now: datetime, until: date | None) -> Acceptance:
    """That somebody bears a finding as it is now.

    Raises:
        UsageError: it is none that can be borne, with what to do instead; or the day is over.
    """
    refusal = unacceptable(one)
    if refusal:
        raise UsageError(refusal)
    if until is not None and until < now.date():
        raise UsageError(f"{until}: that day is over (UTC), so nothing would be accepted")
    finding = one.finding
    return Acceptance(fingerprint=finding.fingerprint, actual=finding.actual, by=by, reason=why, until=until)


def unacceptable(one: Standing) -> str:
    """Why an alert cannot be accepted, and what to do instead; empty where it can."""
    finding = one.finding
    if one.database == SELF or finding.kind in _OWN:
        return (
            f"{one.fingerprint} says that the watchdog cannot work, which nobody can accept: acknowledge it "
            "(schema-watchdog alerts ack) or silence it (schema-watchdog alerts silence)"
        )
    if moves(finding):
        name = ".".join(finding.identity)
        return (
            f"{one.fingerprint} is about rows, which move: "
            f"`schema-watchdog rows --database {one.database} --accept {name} --reason WHY` accepts it"
        )
    return ""


def moves(finding: Finding) -> bool:
    """Whether it is a drop or a silence of rows: to accept it changes what the next look compares with."""
    return finding.kind == "rows" and finding.attribute in _MOVES


def _is_to_come(until: datetime | None, now: datetime) -> None:
    if until is not None and until <= now:
        raise UsageError(f"{until:%Y-%m-%d %H:%M:%S} UTC has passed, so nothing would hold")
