from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.wiring.samples import ROWS, TEXT, bare, milo
from watchdog.config.contract import parse as parse_contract
from watchdog.config.load import parse
from watchdog.contracts.contract import Contract
from watchdog.errors import ConfigError
from watchdog.look.rows import RowsLook
from watchdog.look.seen import Look
from watchdog.rows.loss import Thresholds
from watchdog.rows.terms import Budget, Freshness, Terms
from watchdog.schema.rules import Pattern
from watchdog.wiring.database import connect
from watchdog.wiring.rows import _needed, budget, rows_look, terms


def test_the_look_is_as_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    bounds: list[float] = []

    def within(seconds: float, look: Look) -> Look:
        bounds.append(seconds)
        return look

    monkeypatch.setattr("watchdog.wiring.rows.within", within)
    rows = rows_look(database, connect(database), None, None)
    assert bounds == [17]
    assert isinstance(rows, RowsLook)
    own = rows._terms("public", "t1")
    assert own.thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=13)
    assert rows._budget == budget(database)
    assert [each.pattern for each in rows._policy.rules.exclusions] == [
        Pattern(kind="relation", name="public.tmp_*", attribute="options", change="changed")
    ]
    names = [("public", "t1"), ("public", "u"), ("publish", "t1"), ("private", "t1")]
    assert [name for name in names if rows._watched(*name)] == [("public", "t1")]


def test_each_term_of_a_table_is_of_the_first_entry_that_has_it() -> None:
    of = terms(milo())
    epochs, participants = of("public", "sealed_epochs"), of("public", "sealed_participants")
    assert epochs.thresholds == Thresholds(warn_percent=1, warn_rows=2, critical_percent=5)
    assert (epochs.min_rows, epochs.max_rows, epochs.growth) == (3, 7, timedelta(hours=4))
    assert epochs.freshness == Freshness(column="epoch", max_age=timedelta(hours=8), unit="ms")
    assert participants.thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=5)
    assert (participants.min_rows, participants.max_rows, participants.growth) == (6, 7, timedelta(hours=1))
    assert (of("public", "quiet").growth, of("public", "quiet").paced, epochs.paced) == (None, False, True)
    assert of("public", "quiet").freshness == epochs.freshness
    other = of("app", "sealed_epochs")
    assert other.thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=13)
    assert (other.min_rows, other.max_rows, other.growth, other.freshness) == (None, None, None, None)
    assert other.paced


def test_a_pattern_must_fit_a_table_where_something_is_declared_of_it() -> None:
    assert _needed(milo().rows) == ("public.sealed_epochs", "public.sealed_*", "public.*")
    watching = parse(ROWS.replace("rows:", 'rows:\n      watch: ["*", "a.*"]', 1), "f.yaml", {}).databases[0]
    assert _needed(watching.rows)[0] == "a.*"
    assert _needed(bare().rows) == ()


def test_counts_leave_time_for_the_look_to_come_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    budgets: list[Budget] = []

    class Spy(RowsLook):
        def __init__(self, *arguments: object) -> None:
            budgets.append(next(each for each in arguments if isinstance(each, Budget)))

    monkeypatch.setattr("watchdog.wiring.rows.RowsLook", Spy)
    patient = parse(ROWS.replace("statement: 16s}", "look: 12s}"), "f.yaml", {}).databases[0]
    for database, asked in ((patient, None), (patient, Budget(seconds=3600)), (bare(), None)):
        rows_look(database, connect(database), None, None, counting=asked)
    assert [each.seconds for each in budgets] == [9, 9, 10]


def test_each_drop_that_is_meant_is_known_where_it_is_with_its_window_and_bounds() -> None:
    of = terms(milo())
    tables = ("sealed_epochs", "user_signals", "orders", "quiet")
    assert {table: [drop.reason for drop in of("public", table).meant] for table in tables} == {
        "sealed_epochs": ["nightly retention", "weekly"],
        "user_signals": ["nightly retention", "weekly"],
        "orders": ["weekly", "migration 42"],
        "quiet": ["weekly"],
    }
    nightly, weekly = of("public", "sealed_epochs").meant
    migration = of("public", "orders").meant[1]
    assert (nightly.percent, nightly.rows, nightly.partitions, nightly.mutes) == (15, 16, 17, False)
    for without_bound in (weekly, migration):
        bounds = (without_bound.percent, without_bound.rows, without_bound.partitions)
        assert (bounds, without_bound.mutes) == ((None, None, None), True)
    sunday, minute = datetime(2026, 12, 6, tzinfo=UTC), timedelta(minutes=1)
    for drop, begin, end in (
        (nightly, sunday.replace(hour=2), sunday.replace(hour=2, minute=10)),
        (weekly, sunday.replace(hour=3), sunday.replace(hour=5)),
        (migration, sunday.replace(day=1, hour=22), sunday.replace(day=2, hour=2)),
    ):
        moments = (begin - minute, begin, end, end + minute)
        assert [drop.opened(at, at) for at in moments] == [None, begin, begin, None]


def test_without_a_word_about_rows_what_the_rooms_hold_for_usual_holds() -> None:
    assert terms(bare())("public", "orders") == Terms()
    assert budget(bare()) == Budget()


def contract_with(need: str) -> Contract:
    return parse_contract(
        f"component: aggregator\ntables: {{app.lost: {need}, public.sealed_epochs: {need}}}", "c.yaml"
    )


def test_what_a_contract_needs_of_rows_holds_beside_what_is_configured() -> None:
    needing = contract_with("{min_rows: 5, freshness: {column: epoch, max_age: 2h}}")
    of = terms(milo(), [needing])
    epochs = of("public", "sealed_epochs")
    assert epochs.min_rows == 5  # configured are 3
    assert epochs.freshness == Freshness(column="epoch", max_age=timedelta(hours=2), unit="ms")
    assert [each.component for each in epochs.needed] == ["aggregator"]
    assert of("public", "sealed_participants").needed == ()
    assert of("public", "sealed_participants").min_rows == 6


def test_freshness_of_another_column_than_is_configured_is_a_mistake_at_the_start() -> None:
    with pytest.raises(ConfigError, match=r"the contract of aggregator: public\.sealed_epochs: freshness is wanted of"):
        terms(milo(), [contract_with("{freshness: {column: sealed_at, max_age: 2h}}")])


def test_a_table_of_whose_rows_a_contract_speaks_is_watched_whatever_is_selected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchdog.wiring.rows.within", lambda _, look: look)
    database = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    look = rows_look(database, connect(database), None, None, contracts=[contract_with("{min_rows: 5}")])
    assert isinstance(look, RowsLook)
    assert [look._watched("app", table) for table in ("lost", "other")] == [True, False]
    assert look._terms("app", "lost").min_rows == 5


def test_a_table_s_terms_are_made_once() -> None:
    of = terms(milo())
    assert of("public", "orders") is of("public", "orders")


def test_the_budget_of_counts_is_as_configured() -> None:
    assert budget(milo()) == Budget(pages=18, seconds=19, exact_every=timedelta(hours=20), exact_pages=21)
    never = parse(ROWS.replace("every: 20h", "every: never"), "f.yaml", {}).databases[0]
    assert budget(never).exact_every is None
