"""Renames on a real server: one finding each, with a remedy that gives the name back, and nothing of what names it."""

from datetime import UTC, datetime

import pytest

from tests.postgres.looks import look, rich
from tests.postgres.mending import found, psql, words
from tests.servers.query import sql
from watchdog.expect.baseline import Baseline, dump, load
from watchdog.schema.snapshot import Snapshot


def kept(snapshot: Snapshot) -> Snapshot:
    """As a baseline file has it."""
    return load(dump(Baseline(snapshot=snapshot, captured_at=datetime.now(UTC))), "kept").snapshot


RENAMES = {
    "ALTER TABLE app.orders RENAME COLUMN total TO sum": "column app.orders.total is now called app.orders.sum",
    "ALTER TABLE app.accounts RENAME TO clients": "table app.accounts is now called app.clients",
    "ALTER INDEX app.orders_totals RENAME TO sums": "index app.orders.orders_totals is now called app.orders.sums",
    "ALTER TABLE app.accounts RENAME CONSTRAINT dated TO old": (
        "check constraint app.accounts.dated is now called app.accounts.old"
    ),
    'ALTER SCHEMA "Second one" RENAME TO second': 'schema "Second one" is now called second',
    "ALTER SEQUENCE app.tickets RENAME TO numbers": "sequence app.tickets is now called app.numbers",
    "ALTER VIEW app.open_orders RENAME TO pending": "view app.open_orders is now called app.pending",
}


@pytest.mark.majors(13, 18)
def test_a_rename_is_one_finding_and_its_remedy_gives_the_name_back(major: int, database: str) -> None:
    sql(database, rich(major, rooms=[""]))
    expected = kept(look(database))
    told, left = {}, {}
    for statement in RENAMES:
        sql(database, statement)
        findings = found(expected, look(database))
        told[statement] = words(findings)
        assert {finding.change for finding in findings} == {"renamed"}, told[statement]
        remedy = findings[0].remedy
        assert remedy is not None
        # Once: there is no IF EXISTS for a column's name.
        psql(database, f"{remedy.before_sql}\n{remedy.sql}")
        left[statement] = words(found(expected, look(database)))
    assert told == {statement: [message] for statement, message in RENAMES.items()}
    assert left == {statement: [] for statement in RENAMES}


@pytest.mark.parametrize("kind", ["TYPE app.status RENAME TO state", "DOMAIN app.percent RENAME TO share"])
def test_a_type_that_is_renamed_is_one_finding_though_columns_name_it(database: str, kind: str) -> None:
    sql(database, rich(18, rooms=[""]))
    expected = kept(look(database))
    sql(database, f"ALTER {kind}")
    assert [finding.change for finding in found(expected, look(database))] == ["renamed"]


def test_a_table_that_was_made_anew_under_another_name_is_no_rename(database: str) -> None:
    sql(database, "CREATE TABLE t (a int)")
    expected = kept(look(database))
    sql(database, "CREATE TABLE u (a int); DROP TABLE t")
    assert sorted(finding.change for finding in found(expected, look(database))) == ["missing", "unexpected"]
