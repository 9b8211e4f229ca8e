import msgspec
import pytest

from tests.unit.migrations.samples import ALEMBIC, DBMATE, FLYWAY, SQLX, broken, folder, ran, standing_of
from watchdog.finding import Finding, Location
from watchdog.migrations.findings import MOST_PENDING, judge
from watchdog.migrations.migration import Applied
from watchdog.migrations.standing import stand

FILES = folder("1", "2", "3")


def told(*applied: Applied, effects: dict[str, list[str]] | None = None) -> list[Finding]:
    return list(judge("production", stand(FILES, applied, SQLX), SQLX, effects or {}))


def test_nothing_is_told_of_what_has_simply_run() -> None:
    assert told(*ran("1", "2", "3")) == []


@pytest.mark.parametrize(
    ("effects", "message"),
    [
        ({}, "migration 3_x.sql is pending; `sqlx migrate run` applies it"),
        (
            {"3": [f"adds column public.t.{name}" for name in "abcdefgh"]},
            (
                "migration 3_x.sql is pending: adds column public.t.a, adds column public.t.b, adds column public.t.c, "
                "adds column public.t.d, adds column public.t.e, adds column public.t.f and 2 more changes; "
                "`sqlx migrate run` applies it"
            ),
        ),
        (
            {"3": ["adds column public.t.c", "drops index public.i"]},
            "migration 3_x.sql is pending: adds column public.t.c, drops index public.i; `sqlx migrate run` applies it",
        ),
        ({"3": []}, "migration 3_x.sql is pending: it changes nothing of the schema; `sqlx migrate run` applies it"),
    ],
)
def test_a_pending_one_says_what_it_will_change(effects: dict[str, list[str]], message: str) -> None:
    [one] = told(*ran("1", "2"), effects=effects)
    assert (one.kind, one.identity, one.change, one.severity) == ("migration", ("3",), "missing", "info")
    assert (one.message, one.origin, one.locations) == (message, "pending-migration", (Location("3_x.sql", 1),))


def test_many_pending_ones_end_in_one_that_counts_the_rest() -> None:
    migrations = folder(*(f"{number:02}" for number in range(MOST_PENDING + 3)))
    found = judge("production", stand(migrations, [], DBMATE), DBMATE, {})
    assert len(found) == MOST_PENDING + 1
    assert found[-1].identity == ("...",)
    assert found[-1].message == "and 3 more pending, 20_x.sql to 22_x.sql; `dbmate migrate` applies it"
    fewer = judge("production", stand(migrations[:-1], [], DBMATE), DBMATE, {})
    assert fewer[-1].fingerprint == found[-1].fingerprint


def test_a_late_one_is_pending_and_out_of_order() -> None:
    pending, late = told(*ran("1", "3"))
    assert (pending.change, pending.identity) == ("missing", ("2",))
    assert (late.change, late.attribute, late.identity, late.severity) == ("changed", "order", ("2",), "warning")
    assert late.message.startswith("migration 2_x.sql has not run though 3_x.sql, which comes after it, has: ")


def test_an_edited_one_shows_both_checksums() -> None:
    [one] = told(*ran("2", "3"), Applied(version="1", checksum="other"))
    assert (one.change, one.attribute, one.severity) == ("changed", "checksum", "warning")
    assert (one.expected, one.actual, one.locations) == ("1", "other", (Location("1_x.sql", 1),))
    assert "put the file back" in one.message


def test_one_without_a_file_is_named_as_the_table_names_it() -> None:
    [one] = told(*ran("1", "2", "3"), Applied(version="7", name="by\nhand"))
    assert (one.change, one.identity, one.severity, one.locations) == ("unexpected", ("7",), "warning", ())
    assert one.message.startswith("migration 7 (by\\u000ahand) has run and has no file here")


def test_one_that_failed_is_critical_and_not_pending_too() -> None:
    [one] = told(*ran("1", "2"), *map(broken, ran("3")))
    assert (one.change, one.attribute, one.severity) == ("changed", "state", "critical")
    assert (one.identity, one.locations) == (("3",), (Location("3_x.sql", 1),))
    assert one.message.endswith("delete its row from the table, and run `sqlx migrate run` again")


def test_a_history_that_was_put_together_is_told_as_one() -> None:
    found = judge("production", stand(folder("5", "6"), ran("1", "2", "3", "5", "6"), SQLX), SQLX, {})
    assert [(each.identity, each.change, each.severity) for each in found] == [(("...",), "unexpected", "info")]
    assert found[0].message.startswith("3 that ran are older than all files here, 1 to 3: ")


def test_a_repeatable_one_says_that_it_ran_before() -> None:
    row: dict[str, object] = {"version": None, "description": "v", "type": "SQL", "script": "R__v.sql"}
    row |= {"checksum": 7, "success": True}
    [one] = judge("production", standing_of({"R__v.sql": ""}, [row], FLYWAY), FLYWAY, {})
    assert one.message == (
        "migration R__v.sql has changed since it ran and is pending again; `flyway migrate` applies it"
    )


def test_a_step_of_a_file_with_several_is_named_with_its_line() -> None:
    files = {"all.sql": "BEGIN;\n\n-- Running upgrade  -> aaa\nSELECT 1;\n"}
    [one] = judge("production", standing_of(files, [], ALEMBIC), ALEMBIC, {})
    assert one.message == "migration aaa (all.sql) is pending; `alembic upgrade head` applies it"
    assert one.locations == (Location("all.sql", 3),)


def test_no_two_findings_share_a_fingerprint() -> None:
    unknown = Applied(version="7")
    squashed = [msgspec.structs.replace(each, version=f"-{each.version}") for each in ran("1", "2")]
    found = told(*ran("2"), broken(Applied(version="3")), unknown, *squashed)
    assert len({each.fingerprint for each in found}) == len(found) == 5
