from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.migrations.samples import ALEMBIC, DBMATE, FLYWAY, SQLX, broken, folder, ran, standing_of, versions
from watchdog.migrations.formats import FORMATS
from watchdog.migrations.formats.format import Format
from watchdog.migrations.migration import Applied
from watchdog.migrations.standing import stand

FILES = folder("1", "2", "3")


def flyway_row(version: str | None, kind: str = "SQL", checksum: int | None = 0) -> dict[str, object]:
    name = {"version": version, "description": "v", "type": kind, "script": "x"}
    return {**name, "checksum": checksum, "success": True}


@given(
    st.lists(st.sampled_from("0123456789"), unique=True),
    st.lists(st.sampled_from("0123456789"), unique=True),
    st.sets(st.sampled_from("0123456789")),
    st.sampled_from([SQLX, DBMATE, ALEMBIC]),
)
def test_whatever_has_run_each_migration_is_in_one_place(
    files: list[str], table: list[str], failed: set[str], tool: Format
) -> None:
    migrations = folder(*sorted(files))
    noted = [broken(each) if each.version in failed else each for each in ran(*table)]
    now = stand(migrations, noted, tool)
    assert sorted([*now.applied, *now.pending], key=lambda each: each.version) == migrations
    assert set(versions(now.applied)) == set(files) & set(table) - failed
    told = [*versions(now.applied), *versions(now.unknown), *versions(now.squashed), *versions(now.failed)]
    assert sorted(told) == sorted(table)
    assert set(now.out_of_order) <= set(now.pending)


def test_the_order_of_applying_is_kept_where_the_tool_notes_it() -> None:
    assert versions(stand(FILES, ran("3", "1"), SQLX).applied) == ["3", "1"]
    assert versions(stand(FILES, ran("3", "1"), DBMATE).applied) == ["1", "3"]


def test_what_was_passed_by_is_out_of_order() -> None:
    now = stand(FILES, ran("2"), SQLX)
    assert versions(now.pending) == ["1", "3"]
    assert versions(now.out_of_order) == ["1"]
    assert now.newest == FILES[1]


def test_a_graph_has_no_late_ones_and_what_others_follow_is_squashed() -> None:
    now = stand(FILES, ran("0", "2"), ALEMBIC)
    assert (now.out_of_order, versions(now.squashed), now.unknown) == ((), ["0"], ())


def test_what_is_older_than_all_files_was_squashed_and_the_rest_is_unknown() -> None:
    now = stand(folder("5", "10"), ran("2", "4", "5", "7", "11"), SQLX)
    assert versions(now.squashed) == ["2", "4"]
    assert versions(now.unknown) == ["7", "11"]


@pytest.mark.parametrize(("noted", "edited"), [("1", []), ("9", ["1"]), (None, [])])
def test_a_file_is_edited_where_both_checksums_are_known_and_differ(noted: str | None, edited: Sequence[str]) -> None:
    now = stand(FILES, [Applied(version="1", checksum=noted)], SQLX)
    assert [each.migration.version for each in now.edited] == edited
    assert versions(now.applied) == ["1"]


def test_what_failed_is_to_run_again_and_is_not_late() -> None:
    now = stand(FILES, [*ran("1", "3"), *map(broken, ran("2"))], SQLX)
    assert (versions(now.failed), versions(now.pending), now.out_of_order) == (["2"], ["2"], ())
    assert versions(now.applied) == ["1", "3"]


def test_what_failed_and_has_no_file_is_told_once() -> None:
    now = stand(FILES, [broken(Applied(version="7"))], SQLX)
    assert (versions(now.failed), now.unknown, now.squashed) == (["7"], (), ())


def test_one_number_tells_no_late_ones() -> None:
    golang = FORMATS["golang-migrate"]
    files = dict.fromkeys(["1_a.up.sql", "2_b.up.sql", "3_c.up.sql"], "")
    now = standing_of(files, [{"version": 2, "dirty": False}], golang)
    assert (versions(now.applied), versions(now.pending), now.out_of_order) == (["1", "2"], ["3"], ())
    dirty = standing_of(files, [{"version": 2, "dirty": True}], golang)
    assert (versions(dirty.applied), versions(dirty.failed), versions(dirty.pending)) == (["1"], ["2"], ["2", "3"])


def test_plain_files_have_all_run() -> None:
    now = standing_of({"b.sql": "", "a.sql": ""}, [], FORMATS["plain"])
    assert (versions(now.applied), now.pending) == (["a.sql", "b.sql"], ())


REPEATABLE = {"V1__a.sql": "", "V2__b.sql": "", "R__v.sql": ""}


def test_what_is_repeatable_runs_again_when_it_has_changed() -> None:
    same = standing_of(REPEATABLE, [flyway_row("1"), flyway_row(None), flyway_row("2")], FLYWAY)
    assert (versions(same.applied), same.pending, same.again) == (["1", "R__v", "2"], (), ())
    changed = standing_of(REPEATABLE, [flyway_row("2"), flyway_row("1"), flyway_row(None, checksum=7)], FLYWAY)
    assert versions(changed.applied) == ["2", "1"]
    assert (versions(changed.pending), versions(changed.again)) == (["R__v"], ["R__v"])
    assert (changed.edited, changed.out_of_order) == ((), ())


def test_a_repeatable_one_is_never_late_and_makes_nothing_late() -> None:
    now = standing_of(REPEATABLE, [flyway_row("1"), flyway_row(None)], FLYWAY)
    assert (versions(now.pending), now.out_of_order, now.newest) == (["2"], (), now.applied[0])


BASELINES = dict.fromkeys(["V1__a.sql", "V2__b.sql", "B2__all.sql", "V3__c.sql", "B3__all.sql", "V4__d.sql"], "")


@pytest.mark.parametrize(
    ("rows", "applied", "pending", "replaced"),
    [
        # An empty database begins with the newest baseline.
        ([], [], ["B3", "4"], ["1", "2", "B2", "3"]),
        # One that began without any goes on without.
        ([flyway_row("1")], ["1"], ["2", "3", "4"], ["B2", "B3"]),
        # One that began with a baseline keeps to it, though there is a newer one.
        ([flyway_row("2", "SQL_BASELINE"), flyway_row("3")], ["B2", "3"], ["4"], ["1", "2", "B3"]),
        # `flyway baseline` takes all at or below as run.
        ([flyway_row("2", "BASELINE", None)], ["1", "2"], ["3", "4"], ["B2", "B3"]),
    ],
)
def test_a_baseline_stands_for_what_is_at_or_below_it(
    rows: list[dict[str, object]], applied: list[str], pending: list[str], replaced: list[str]
) -> None:
    now = standing_of(BASELINES, rows, FLYWAY)
    assert (versions(now.applied), versions(now.pending), versions(now.replaced)) == (applied, pending, replaced)
    assert now.out_of_order == ()


SQUASHED = dict.fromkeys(["B2__all.sql", "V3__c.sql"], "SELECT 1;")


@pytest.mark.parametrize("rows", [[flyway_row("1"), flyway_row("2")], [flyway_row("2", "BASELINE", None)]])
def test_a_baseline_is_replayed_for_files_that_are_gone(rows: list[dict[str, object]]) -> None:
    now = standing_of(SQUASHED, rows, FLYWAY)
    assert (versions(now.applied), versions(now.pending), now.replaced) == (["B2"], ["3"], ())
    assert (now.unknown, now.edited, now.out_of_order) == ((), (), ())


def test_a_baseline_never_runs_where_others_have_though_their_files_are_gone() -> None:
    now = standing_of(SQUASHED, [flyway_row("1")], FLYWAY)
    assert (versions(now.pending), versions(now.replaced), versions(now.squashed)) == (["3"], ["B2"], ["1"])


def test_what_is_repeatable_is_no_beginning() -> None:
    now = standing_of({**SQUASHED, "R__v.sql": ""}, [flyway_row(None)], FLYWAY)
    assert (versions(now.applied), versions(now.pending)) == (["R__v"], ["B2", "3"])


def test_a_baseline_below_all_files_is_history_that_is_not_here() -> None:
    now = standing_of({"V2__b.sql": ""}, [flyway_row("1", "BASELINE", None)], FLYWAY)
    assert (versions(now.squashed), versions(now.pending)) == (["1"], ["2"])


def test_a_version_that_was_undone_is_pending_again() -> None:
    now = standing_of(REPEATABLE, [flyway_row("1"), flyway_row("2"), flyway_row("2", "UNDO_SQL")], FLYWAY)
    assert (versions(now.applied), versions(now.pending)) == (["1"], ["2", "R__v"])


def test_a_deleted_version_is_not_unknown() -> None:
    rows = [flyway_row("1"), flyway_row("1.5"), flyway_row("1.5", "DELETE")]
    assert standing_of(REPEATABLE, rows, FLYWAY).unknown == ()


def test_a_migration_that_was_rolled_back_is_pending_until_it_runs_again() -> None:
    prisma = FORMATS["prisma"]
    files = {"1_a/migration.sql": "", "2_b/migration.sql": ""}
    gone: dict[str, object] = {"migration_name": "1_a", "checksum": "", "finished_at": None, "rolled_back_at": 1}
    back: dict[str, object] = {**gone, "finished_at": 1, "rolled_back_at": None}
    assert versions(standing_of(files, [gone], prisma).pending) == ["1_a", "2_b"]
    assert versions(standing_of(files, [gone, back], prisma).applied) == ["1_a"]


def test_the_last_row_of_a_version_is_what_holds() -> None:
    first = msgspec.structs.replace(FILES[0], checksum="2")
    now = stand([first], [Applied(version="1", checksum="1"), Applied(version="1", checksum="2")], SQLX)
    assert (versions(now.applied), now.edited) == (["1"], ())
