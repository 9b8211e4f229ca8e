"""Migrations replayed on throw-away databases: what they make, what is wrong in them, and nothing left behind."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.postgres.left import processes
from tests.postgres.replayed import (
    GOOD,
    made,
    names,
    scripts,
)
from watchdog.errors import ScratchError
from watchdog.postgres.replay import PORTION, Scratch, Script, replay
from watchdog.schema.snapshot import ObjectId, Snapshot


def test_what_is_there_is_known_after_each_migration(scratch: Scratch) -> None:
    told: list[tuple[int, int]] = []
    several = scripts(GOOD, "ALTER TABLE t ADD note text;", "-- nothing", "DROP TABLE t; CREATE TABLE u (id int);")

    async def run() -> list[set[str]]:
        found = []
        async with replay(several, scratch, None, lambda done, total: told.append((done, total))) as running:
            for goal in (0, 1, 3, 3, 4):
                await running.advance(goal)
                seen = await running.snapshot()
                found.append(names(seen) | names(seen, "column"))
        return found

    assert asyncio.run(run()) == [set(), {"t", "id"}, {"t", "id", "note"}, {"t", "id", "note"}, {"u", "id"}]
    assert told == [(0, 4), (1, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("sql_text", "line", "words"),
    [
        (
            "-- one\n\nCREATE TABLE u (\n  id int REFERENCES nowhere\n);\nSELECT 1;\n",
            5,
            'relation "nowhere" does not exist',
        ),
        ("SELECT 1;\r\n\r\nSELECT nothing;", 3, 'column "nothing" does not exist'),
        ("SELECT 1;\nSELECT 'never closed;\n", None, "unterminated quoted string"),
        ("CREATE TABLE u (id int", None, "syntax error at or near"),
        ("DO $$ BEGIN RAISE EXCEPTION 'no: %', E'two\\nlines'; END $$;", 1, "no: two"),
        ("CREATE EXTENSION postgis", None, "the scratch server lacks it: name one that has it as scratch_url"),
    ],
)
def test_a_migration_that_fails_is_named_with_its_line_and_the_server_s_words(
    other: Scratch, sql_text: str, line: int | None, words: str
) -> None:
    with pytest.raises(ScratchError) as caught:
        made(scripts(GOOD, sql_text, "SELECT 1;"), other)
    said = str(caught.value)
    assert said.startswith(f"db/002.sql:{line or ''}")
    assert words in said
    assert "schema-watchdog-migrations-" not in said, "a folder that is gone tells nobody anything"
    assert "CONTEXT" not in said or "PL/pgSQL" in said


@pytest.mark.parametrize(
    ("endless", "limits", "words"),
    [
        ("SELECT pg_sleep(100)", Scratch(statement_seconds=0.5), "db/002.sql:1: .*scratch_timeout"),
        ("DO $$ BEGIN LOOP END LOOP; END $$;", Scratch(statement_seconds=0.5), "db/002.sql:1: .*scratch_timeout"),
        ("SET statement_timeout = 0; SELECT pg_sleep(100)", Scratch(seconds=2), "still running after 2 s, given up"),
    ],
)
def test_a_migration_without_an_end_is_ended(
    other: Scratch, mark: str, endless: str, limits: Scratch, words: str
) -> None:
    limited = Scratch(url=other.url, statement_seconds=limits.statement_seconds, seconds=limits.seconds)
    started = time.monotonic()
    with pytest.raises(ScratchError, match=words):
        made(scripts(GOOD, endless), limited)
    assert time.monotonic() - started < 20
    assert processes(Path(mark)) == []


def test_what_cannot_run_in_a_transaction_runs_without_one_once(other: Scratch) -> None:
    seen = made(
        [
            *scripts(GOOD, "CREATE INDEX CONCURRENTLY one ON t (id);", "ALTER TABLE t ADD note text;", "VACUUM t;"),
            Script(file="db/005.sql", sql="CREATE INDEX CONCURRENTLY two ON t (id)", transactional=False),
            *scripts("CREATE TABLE u (id int);"),
        ],
        other,
    )
    assert names(seen) >= {"t", "u"}
    assert {subject.name[-1] for subject in seen.objects if subject.kind == "index"} >= {"one", "two"}


def test_what_one_migration_sets_for_its_session_is_not_for_the_next(other: Scratch) -> None:
    hasty = (
        "CREATE SCHEMA app; SET search_path = app; SET default_transaction_read_only = on; SET ROLE pg_monitor; BEGIN;"
    )
    seen = made(scripts(hasty, GOOD), other)
    assert names(seen) == {"t"}


def test_a_byte_order_mark_and_a_comment_without_an_end_of_line_are_no_mistakes(other: Scratch) -> None:
    assert "t" in names(made(scripts("\ufeff" + GOOD + "-- the end", "SELECT 1 -- the end"), other))


@pytest.mark.usefixtures("scratch_folder")
def test_roles_that_only_production_has_are_made_as_they_are_met() -> None:
    seen = made(
        scripts(
            "CREATE ROLE migrated;",
            GOOD + "GRANT SELECT ON t TO migrated;",
            "GRANT SELECT ON t TO app_reader;",
            'ALTER TABLE t OWNER TO "Odd owner";',
            "CREATE INDEX CONCURRENTLY one ON t (id);",
            "ALTER DEFAULT PRIVILEGES FOR ROLE app_writer GRANT SELECT ON TABLES TO app_reader, migrated;",
        ),
        Scratch(),
    )
    roles = {subject.name[0] for subject in seen.objects if subject.kind == "role"}
    assert roles >= {"migrated", "app_reader", "app_writer", "Odd owner"}
    assert "one" in {subject.name[-1] for subject in seen.objects if subject.kind == "index"}


@pytest.mark.usefixtures("scratch_folder")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DO $$ BEGIN EXECUTE 'DROP DATABASE ' || current_database(); END $$;", "cannot be executed from a function"),
        ("DROP DATABASE template1;", "cannot drop a template database"),
        ("DROP DATABASE postgres;", None),
    ],
)
def test_a_migration_that_drops_databases_of_the_embedded_server_harms_nobody(
    statement: str, words: str | None
) -> None:
    both = scripts(GOOD, statement)
    if words is None:
        assert "t" in names(made(both, Scratch()))
    else:
        with pytest.raises(ScratchError, match=f"db/002.sql:1: .*{words}"):
            made(both, Scratch())


@pytest.mark.parametrize("transactional", [True, False])
@pytest.mark.parametrize(
    "command",
    [
        r"\! touch {file}",
        r"\unrestrict abc",
        r"\copy t to {file}",
        r"\copy t from program 'touch {file}'",
        r"\o {file}",
        r"\set x `touch {file}`",
        r"\i {file}",
        r"SELECT 1 \g {file}",
        r"SELECT 'touch {file}' \g | sh",
        r"\w {file}",
        r"\c postgres",
        r"\if true",
    ],
)
def test_no_command_of_psql_is_ever_run(other: Scratch, tmp_path: Path, command: str, transactional: bool) -> None:
    file = tmp_path / "touched"
    text = f"SELECT 1;\n{command.format(file=file)}\nSELECT 2;\n"
    with pytest.raises(ScratchError, match=r"db/002.sql:2: .*\n?.*what begins with a backslash is psql's"):
        made([*scripts(GOOD), Script(file="db/002.sql", sql=text, transactional=transactional)], other)
    assert not file.exists()


def test_data_that_look_like_commands_of_psql_are_data(other: Scratch) -> None:
    seen = made(scripts("CREATE TABLE t (a text DEFAULT '\\! touch x', b text DEFAULT $$\n\\unrestrict\n$$);"), other)
    assert seen.objects[ObjectId("column", ("public", "t", "a"))]["default"] == "'\\! touch x'::text"


def test_a_thousand_migrations_are_replayed_in_portions(other: Scratch) -> None:
    count = 1000
    many = scripts("CREATE TABLE t0 (id int);", *(f"ALTER TABLE t0 ADD c{number} int;" for number in range(1, count)))
    told: list[int] = []

    async def run() -> Snapshot:
        async with replay(many, other, None, lambda done, _: told.append(done)) as running:
            await running.advance(count)
            return await running.snapshot()

    started = time.monotonic()
    seen = asyncio.run(run())
    assert len(names(seen, "column")) == count
    assert told == list(range(0, count + 1, PORTION))
    assert time.monotonic() - started < 30
