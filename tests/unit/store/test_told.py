import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec

from tests.unit.alerts.samples import NOON, alert, finding
from watchdog.alerts.plan import Plan
from watchdog.alerts.told import Told
from watchdog.finding import Finding, Severity
from watchdog.store.state import State

COLUMN = finding()
WORSE = msgspec.structs.replace(COLUMN, message="in newer words", severity=Severity.CRITICAL)
OTHER = finding("public", "orders")


def entry(one: Finding, **more: object) -> Told:
    return msgspec.structs.replace(Told(finding=one, database="production", since=NOON, told_at=NOON), **more)


def told_of(path: Path, standing: tuple[Finding, ...], *entries: Told) -> tuple[Told, ...]:
    async def main() -> tuple[Told, ...]:
        state = await State.open(path / "watchdog.sqlite3")
        await state.put("other", Plan(told={OTHER.fingerprint: entry(OTHER)}))
        await state.put("am", Plan(told={one.finding.fingerprint: one for one in entries}))
        await state.commit("production", "schema", alerts=[alert(each) for each in standing], at=NOON)
        found = await state.told_of("am")
        await state.close()
        return found

    return asyncio.run(main())


def test_a_channel_has_the_newest_words_of_what_stands_and_the_severity_that_it_was_told(tmp_path: Path) -> None:
    known = entry(msgspec.structs.replace(COLUMN, severity=Severity.WARNING))
    [found] = told_of(tmp_path, (WORSE,), known)
    assert (found.finding.message, found.finding.severity) == ("in newer words", Severity.WARNING)
    assert found == msgspec.structs.replace(known, finding=found.finding)


def test_what_is_over_or_closed_is_as_it_ended_though_it_may_stand_again(tmp_path: Path) -> None:
    over, closed = entry(COLUMN, closed_at=NOON, is_over=True), entry(OTHER, closed_at=NOON)
    found = told_of(tmp_path, (WORSE, OTHER), over, closed)
    assert sorted(found, key=lambda one: one.finding.fingerprint) == sorted(
        (over, closed), key=lambda one: one.finding.fingerprint
    )


def test_a_channel_that_was_told_nothing_has_nothing(tmp_path: Path) -> None:
    assert told_of(tmp_path, (COLUMN,)) == ()


def test_severities_that_were_outgrown_outlive_a_restart_and_move_with_the_clock(tmp_path: Path) -> None:
    risen = entry(WORSE, outgrown={Severity.WARNING: NOON})
    [found] = told_of(tmp_path, (WORSE,), risen)
    assert found.outgrown == {Severity.WARNING: NOON}
    hour = timedelta(hours=1)
    assert found.shifted(hour).outgrown == {Severity.WARNING: NOON + hour}
