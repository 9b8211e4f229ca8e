"""What an all-clear and a digest say, and that they are nothing but words."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, NOON, alert, finding
from watchdog.alerts.alert import SELF, Message, Standing
from watchdog.alerts.hush import Held, Silence
from watchdog.alerts.letters import Accepted, Affairs, Health, all_clear, digest
from watchdog.alerts.message import LINE_CHARACTERS
from watchdog.finding import Coverage, Finding, QueryCoverage, Severity, Subject
from watchdog.schema.rules import Acceptance
from watchdog.sqltext import visible

NINE = datetime(2025, 11, 17, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LINK = "http://watchdog/"
WELL = Health(
    database="production",
    successes={"schema": NOON - timedelta(minutes=4), "rows": NOON},
    coverage=Coverage(kinds=("column", "index"), compared=1204, hidden=(Subject("relation", ("secret", "salaries")),)),
    queries=QueryCoverage(checked=120, unjudged=3, unread=1),
    tables=87,
    unknown=2,
)


def standing(*findings: Finding, database: str = "production", since: datetime = NOON) -> tuple[Standing, ...]:
    return tuple(Standing(database=database, check="schema", alert=alert(each, since)) for each in findings)


def told(health: Health, held: dict[str, Held] | None = None) -> Message:
    return all_clear(health, held or {}, NINE, NOON, LINK)


def text(message: Message) -> str:
    return "\n".join([message.message, *message.notes])


def well(**changes: object) -> Health:
    return msgspec.structs.replace(WELL, **changes)


def test_an_all_clear_says_what_it_covers_and_when_that_was_looked_at() -> None:
    message = told(WELL)
    assert (message.status, message.occasion, message.database) == ("resolved", "all_clear", "production")
    assert (message.findings, message.standing, message.link) == ((), {}, LINK)
    assert message.message == (
        "production: all clear: nothing is open, 1,204 objects compared, the rows of 87 tables watched"
    )
    assert message.notes == (
        "last conclusive looks: schema 2025-11-17 11:56:00 UTC, rows 2025-11-17 12:00:00 UTC",
        "schema: 1,204 objects of 2 kinds compared",
        "hidden from the role: secret.salaries",
        "rows: 87 tables watched, the rows of 2 of them unknown",
        "statements: 120 checked, 3 not judged, 1 not readable",
    )


def test_what_is_open_is_no_all_clear_and_is_told_with_whose_it_is() -> None:
    one, other = finding(), finding("public", "orders", severity=Severity.WARNING)
    held = {other.fingerprint: Held("acknowledged by ada: on it")}
    message = told(well(open=standing(other, one)), held)
    assert message.status == "firing"
    assert message.message.startswith("production: no all-clear: 1 critical, 1 warning open, 1,204 objects compared")
    assert message.findings == (one, other)
    assert message.standing == {Severity.CRITICAL: 1, Severity.WARNING: 1}
    assert message.since == {each.fingerprint: NOON for each in (one, other)}
    assert message.notes[0] == f"acknowledged by ada: on it: {other.message}"


def test_what_is_not_verified_is_no_all_clear_though_nothing_is_open() -> None:
    message = told(well(late={"rows": "no conclusive look since 2025-11-16 09:00:00 UTC: connection refused"}))
    assert (message.status, message.findings) == ("firing", ())
    assert message.message.startswith("production: no all-clear: nothing is open, not verified: rows,")
    assert (
        message.notes[0] == "not verified: rows: no conclusive look since 2025-11-16 09:00:00 UTC: connection refused"
    )


def test_a_doubt_is_named_in_the_line_of_an_all_clear() -> None:
    message = told(well(doubts={"rows": "the rows of public.t are unknown: never analyzed"}))
    assert message.status == "resolved"
    assert message.message.startswith("production: all clear: nothing is open, but in doubt: rows,")
    assert message.notes[0] == "in doubt: rows: the rows of public.t are unknown: never analyzed"


def test_what_ails_the_watchdog_itself_and_what_is_not_told_is_said_with_an_all_clear() -> None:
    own = standing(finding("ops", kind="channel", message="channel ops takes no messages"), database=SELF)
    message = told(well(own=own, borne=4, minor=1))
    assert message.status == "resolved"
    assert "of the watchdog itself: critical: channel ops takes no messages" in message.notes
    assert message.notes[-1] == ("findings that are not told: 4 accepted, 1 below the severity that is told")


def test_each_letter_has_a_thread_of_its_own_that_depends_on_its_time_only() -> None:
    first = told(WELL)
    again = all_clear(well(tables=3), {}, NINE, NOON + DAY, LINK)
    tomorrow = all_clear(WELL, {}, NINE + DAY, NOON, LINK)
    elsewhere = told(well(database="staging"))
    assert first.thread == first.id == again.thread
    assert len({each.thread for each in (first, tomorrow, elsewhere)}) == 3


def affairs(**changes: object) -> Affairs:
    return msgspec.structs.replace(Affairs(healths=(WELL, well(database="staging"))), **changes)


def accepted(number: int, until: date | None, **changes: object) -> Accepted:
    known = Acceptance(fingerprint=f"f{number}", actual=None, by="ada", reason="legacy", until=until)
    one = Accepted(database="production", acceptance=known, message=f"column c{number} is missing")
    return msgspec.structs.replace(one, **changes)


def test_a_digest_of_a_quiet_week_says_so() -> None:
    message = digest(affairs(), NINE, NOON, LINK)
    assert (message.status, message.occasion, message.database) == ("resolved", "digest", SELF)
    assert message.message == f"{SELF}: digest: nothing is open"
    assert message.notes == ("in the last 7 d nothing happened",)


def test_a_digest_says_what_is_open_how_long_and_in_whose_hands() -> None:
    old, new = finding(), finding("public", "orders", severity=Severity.WARNING)
    message = digest(
        affairs(
            healths=(
                well(open=(*standing(new), *standing(old, since=NOON - 3 * DAY))),
                well(database="staging", late={"rows": "not checked yet"}),
            ),
            held={old.fingerprint: Held("acknowledged by ada: on it", NOON + DAY)},
        ),
        NINE,
        NOON,
        LINK,
    )
    assert (message.status, message.findings) == ("firing", ())
    assert message.standing == {Severity.CRITICAL: 1, Severity.WARNING: 1}
    assert message.message == (
        f"{SELF}: digest: 1 critical, 1 warning open, 1 of them held back, not verified: staging"
    )
    assert [note for note in message.notes if "production: " in note] == [
        f"production: critical for 3 d: {old.message} (acknowledged by ada: on it, until 2025-11-18 12:00:00 UTC)",
        f"production: warning for 0 s: {new.message}",
    ]
    assert message.notes[0] == "staging: not verified: rows: not checked yet"


def test_a_digest_names_the_acceptances_that_end_within_14_days_and_those_in_no_file() -> None:
    today = NOON.date()
    message = digest(
        affairs(
            accepted=(
                accepted(1, today + timedelta(days=14)),
                accepted(2, today + timedelta(days=15)),
                accepted(3, None),
                accepted(4, None, is_in_file=False, message=""),
                accepted(5, today, is_in_file=False),
            ),
            unread=("a.yaml: not YAML",),
        ),
        NINE,
        NOON,
        LINK,
    )
    assert message.message.endswith("nothing is open, 5 accepted, of these 2 to end within 14 d")
    assert message.notes[1:] == (
        "production: accepted until 2025-12-01 by ada: column c1 is missing (legacy)",
        "production: accepted until 2025-11-17 by ada, in no file yet: column c5 is missing (legacy)",
        "production: accepted by ada, in no file yet: finding f4 (legacy)",
        "acceptances: a.yaml: not YAML",
    )


def test_a_letter_counts_one_as_one_and_names_no_unknown_rows_where_there_are_none() -> None:
    message = told(well(tables=1, unknown=0))
    assert message.message.endswith("the rows of 1 table watched")
    assert "rows: 1 table watched" in message.notes


def test_a_digest_names_silences_what_was_given_up_and_what_happened() -> None:
    def silence(until: datetime, **match: tuple[str, ...]) -> Silence:
        return Silence(id="s", match=match, by="bob", why="move", at=NOON - DAY, until=until)

    message = digest(
        affairs(
            silences=(silence(NOON + DAY, kind=("rows", "index")), silence(NOON + DAY), silence(NOON)),
            given_up={"ops": 1_200, "team": 0},
            happened={"production": {"firing": 5, "resolved": 4, "acknowledged": 1}, "*": {"silenced": 1}},
            is_whole=False,
        ),
        NINE,
        NOON,
        LINK,
    )
    assert message.message.endswith("nothing is open, 1,200 messages given up")
    assert message.notes == (
        "ops: 1,200 messages given up",
        "production: in the last 7 d 5 found, 4 over, 1 acknowledged",
        "in the last 7 d 1 silenced",
        "more happened than is kept: the oldest events of this time are not counted",
        "silenced until 2025-11-18 12:00:00 UTC by bob: kind: rows or index (move)",
        "silenced until 2025-11-18 12:00:00 UTC by bob: everything (move)",
    )


def many() -> Sequence[Finding]:
    return [finding("public", f"t{number}", message=f"{HOSTILE} {number}") for number in range(250)]


@pytest.mark.parametrize("kind", ["all_clear", "digest"])
def test_hostile_names_in_numbers_stay_words_of_bounded_length(kind: str) -> None:
    held = {each.fingerprint: Held(HOSTILE, NOON) for each in many()}
    sick = well(open=standing(*many()), late={"rows": HOSTILE}, doubts={"schema": HOSTILE}, database="production")
    known = Acceptance(fingerprint=HOSTILE, actual=None, by=HOSTILE, reason=HOSTILE, until=NOON.date())
    week = affairs(
        healths=(sick,),
        held=held,
        accepted=tuple(Accepted(database="production", acceptance=known) for _ in range(100)),
    )
    message = told(sick, held) if kind == "all_clear" else digest(week, NINE, NOON, LINK)
    assert len(message.message) <= LINE_CHARACTERS
    assert len(message.notes) <= 100
    assert all(len(note) <= 400 and note == visible(note) for note in message.notes)
    assert message.standing == {Severity.CRITICAL: 250}
    assert (len(message.findings), message.more) == ((100, 150) if kind == "all_clear" else (0, 0))
    assert msgspec.json.decode(msgspec.json.encode(message), type=Message) == message
    assert ("and 210 more" in text(message)) == (kind == "digest")
