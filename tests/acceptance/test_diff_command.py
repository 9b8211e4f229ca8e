"""`diff` takes any two of: a server, a baseline file, a .sql file, a folder of them."""

import json
from pathlib import Path

import pytest

from tests.acceptance.support import WATCHER_PASSWORD, free_port, watchdog, watcher_of
from tests.servers.query import sql

COMPLETE = "CREATE TABLE t (id bigint PRIMARY KEY, \"odd \"\"name\" text DEFAULT E'it''s\\n%s {}', token_group text)"
LACKING = COMPLETE.replace(", token_group text", "")


def source(form: str, folder: Path, database: str, watcher: str, statement: str) -> str:
    """The schema of one statement in one of the forms."""
    name = f"{form}-{len(statement)}"
    if form == "server":
        sql(database, f"DROP TABLE IF EXISTS t; {statement}")
        return watcher
    if form == "baseline":
        sql(database, statement)
        path = folder / f"{name}.json"
        assert watchdog("baseline", "capture", "--dsn", watcher, "--output", str(path)).returncode == 0
        return str(path)
    if form == "file":
        (folder / f"{name}.sql").write_text(f"{statement};\n")
        return str(folder / f"{name}.sql")
    migrations = folder / name
    migrations.mkdir()
    (migrations / "1_before.sql").write_text("CREATE TABLE gone (id int);\n")
    (migrations / "2_then.sql").write_text(f"DROP TABLE gone;\n{statement};\n")
    (migrations / "README.md").write_text("no SQL\n")
    return str(migrations)


# The second is what is there, so that a server may follow the baseline that was captured from it.
@pytest.mark.parametrize(
    ("wanted", "found"),
    [("baseline", "server"), ("file", "server"), ("folder", "server"), ("baseline", "file"), ("folder", "baseline"),
     ("file", "folder")],
)  # fmt: skip
def test_any_two_sources_differ_by_what_differs_and_nothing_else(
    tmp_path: Path, private_database: str, wanted: str, found: str
) -> None:
    watcher = watcher_of(private_database)
    expected = source(wanted, tmp_path, private_database, watcher, COMPLETE)
    actual = source(found, tmp_path, private_database, watcher, LACKING)
    done = watchdog("diff", expected, actual, "--format", "json")
    assert done.returncode == 1, done
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["identity"], finding["change"]) == (["public", "t", "token_group"], "missing")
    assert WATCHER_PASSWORD not in done.stdout + done.stderr


def test_turned_round_what_was_missing_is_not_expected(tmp_path: Path, private_database: str) -> None:
    watcher = watcher_of(private_database)
    expected = source("baseline", tmp_path, private_database, watcher, LACKING)
    actual = source("server", tmp_path, private_database, watcher, COMPLETE)
    done = watchdog("diff", expected, actual)
    assert (done.returncode, "column public.t.token_group is not expected: text" in done.stdout) == (0, True), done
    assert watchdog("diff", expected, actual, "--fail-on", "info").returncode == 1


def test_sources_that_cannot_be_read_are_told_apart_from_those_that_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.sql").write_text("CREATE TABLE t (id int);\nCREATE TABEL u (id int);\n")
    (tmp_path / "foreign.json").write_text("{}")
    foreign = str(tmp_path / "foreign.json")
    nobody = f"postgresql://watcher:{WATCHER_PASSWORD}@127.0.0.1:{free_port()}/x"
    for actual, code, words in (
        ("nowhere.json", 2, "nowhere.json: no such file or folder"),
        (str(tmp_path / "empty"), 2, "no .sql files"),
        (nobody, 3, "cannot connect"),
        (foreign, 3, "not a baseline"),
        (str(tmp_path / "broken.sql"), 3, "broken.sql:2: ERROR:"),
    ):
        done = watchdog("diff", actual, foreign)
        assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False), done
        assert WATCHER_PASSWORD not in done.stderr
