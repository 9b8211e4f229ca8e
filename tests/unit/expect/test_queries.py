import os
from pathlib import Path

import pytest

from watchdog.errors import UsageError
from watchdog.expect.queries import LARGEST_BYTES, harvest
from watchdog.finding import Location

AGGREGATOR = Path(__file__).parents[2] / "acceptance" / "aggregator" / "src"


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_folder_is_read_in_the_order_of_its_paths_told_from_the_working_directory_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, src__b_DOT_ts="f('SELECT 2')", src__a__z_DOT_py="f('SELECT 1')", src__c_DOT_sql="SELECT 3; SELECT 1;")
    monkeypatch.chdir(tmp_path)
    for given in (Path("src"), Path("./src"), tmp_path / "src"):
        found = harvest([given])
        assert [(each.sql, each.locations) for each in found.statements] == [
            ("SELECT 1", (Location("src/a/z.py", 1), Location("src/c.sql", 1))),
            ("SELECT 2", (Location("src/b.ts", 1),)),
            ("SELECT 3", (Location("src/c.sql", 1),)),
        ]
    monkeypatch.chdir(tmp_path / "src")
    above = Path(os.pardir, "src", "c.sql")
    assert harvest([above]).statements[0].locations == (Location(above.as_posix(), 1),)


def test_what_others_wrote_what_was_built_and_tests_are_left_out_unless_they_are_named(tmp_path: Path) -> None:
    names = [
        "node_modules/a.js", ".git/a.sql", "dist/a.js", "build/a.py", "__pycache__/a.py", ".venv/a.py", "a.d.ts",
        "a.min.js", "tests/a.py", "__tests__/a.ts", "a.test.ts", "a.spec.tsx", "test_a.py", "a_test.py", "conftest.py",
        "a.json", "a.txt", "a.csv", "README.md",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("f('SELECT 1')")
    with pytest.raises(UsageError, match=r"no file that queries are read from .*\.ts"):
        harvest([tmp_path])
    (tmp_path / "kept.js").write_text("f('SELECT 2')")
    assert [each.sql for each in harvest([tmp_path]).statements] == ["SELECT 2"]
    assert [each.sql for each in harvest([tmp_path / "tests", tmp_path / "a.test.ts"]).statements] == ["SELECT 1"]


def test_a_pattern_leaves_out_a_name_a_path_and_what_is_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a__x_DOT_sql="SELECT 1", b__x_DOT_sql="SELECT 2", b__y_DOT_sql="SELECT 3", c__d__x_DOT_sql="SELECT 4")
    monkeypatch.chdir(tmp_path)
    for patterns, left in (
        (["y.sql"], [1, 2, 4]),
        (["b"], [1, 4]),
        (["b/"], [1, 4]),
        (["b/x.*"], [1, 3, 4]),
        (["*/d"], [1, 2, 3]),
        (["a", "c/*"], [2, 3]),
    ):
        assert [each.sql for each in harvest([Path()], patterns).statements] == [f"SELECT {number}" for number in left]


def test_a_path_that_is_not_there_or_of_no_known_kind_is_a_mistake_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing: no such file or folder"):
        harvest([tmp_path / "nothing"])
    (tmp_path / "a.rb").write_text("")
    with pytest.raises(UsageError, match=r"a\.rb: its name tells no kind .*\.py.*\.csv"):
        harvest([tmp_path / "a.rb"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="name such a folder itself"):
        harvest([tmp_path / "empty"])


def test_what_a_server_recorded_is_read_where_its_file_is_named(tmp_path: Path) -> None:
    put(tmp_path, a_DOT_jsonl='{"query": "SELECT  1", "calls": 2}', a_DOT_sql="SELECT 1")
    [one] = harvest([tmp_path, tmp_path / "a.jsonl"]).statements
    assert (one.sql, one.calls, one.recorded, len(one.locations)) == ("SELECT 1", 2, False, 1)


def test_links_in_a_circle_a_broken_link_a_pipe_and_files_that_are_no_text_are_survived_and_told(
    tmp_path: Path,
) -> None:
    put(tmp_path, a__a_DOT_sql="SELECT 1")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "gone.sql").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.sql").symlink_to(tmp_path / "self.sql")
    os.mkfifo(tmp_path / "pipe.sql")
    (tmp_path / "large.sql").write_text("SELECT 1;" * LARGEST_BYTES)
    (tmp_path / "binary.py").write_bytes(b"f('SELECT 1')\0")
    (tmp_path / "latin.sql").write_bytes("SELECT 'é'".encode("latin-1"))
    (tmp_path / "marked.sql").write_bytes(b"\xef\xbb\xbfSELECT 2")
    found = harvest([tmp_path])
    assert [each.sql for each in found.statements] == ["SELECT 1", "SELECT '\ufffd'", "SELECT 2"]
    told = {Path(each.location.file).name: each.reason for each in found.unread}
    assert sorted(told) == ["binary.py", "gone.sql", "large.sql", "latin.sql", "pipe.sql", "self.sql"]
    assert told["large.sql"] == "it is larger than 2 MB"
    assert told["pipe.sql"] == "it is no plain file"
    assert "byte 0" in told["binary.py"]
    assert "UTF-8" in told["latin.sql"]
    assert "cannot be opened" in told["gone.sql"]


def test_a_folder_with_hundreds_of_folders_within_each_other_is_walked(tmp_path: Path) -> None:
    deepest = tmp_path.joinpath(*["d"] * 300)
    deepest.mkdir(parents=True)
    (deepest / "a.sql").write_text("SELECT 1")
    assert len(harvest([tmp_path]).statements) == 1


def test_of_the_first_users_aggregator_all_is_read_but_what_is_chosen_when_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(AGGREGATOR.parent)
    found = harvest([Path("src")])
    assert [(each.locations[0].file, each.sql.split(maxsplit=1)[0]) for each in found.statements] == [
        ("src/aggregator.ts", "INSERT"),
        ("src/aggregator.ts", "SELECT"),
        ("src/aggregator.ts", "INSERT"),
        ("src/aggregator.ts", "INSERT"),
        ("src/aggregator.ts", "SELECT"),
        ("src/aggregator.ts", "UPDATE"),
        ("src/aggregator.ts", "SELECT"),
        ("src/aggregator.ts", "WITH"),
        ("src/aggregator.ts", "DELETE"),
        ("src/server.ts", "SELECT"),
        ("src/server.ts", "SELECT"),
    ]
    conflicts = [" ".join(each.sql.split()) for each in found.statements if "ON CONFLICT (epoch, channel)" in each.sql]
    assert conflicts == [
        (
            "INSERT INTO sealed_epochs (epoch, channel, root, sealed_at, published, token_group, category) "
            "VALUES ($1, $2, $3, $4, 0, $5, $6) "
            "ON CONFLICT (epoch, channel) DO UPDATE SET root = EXCLUDED.root, sealed_at = EXCLUDED.sealed_at"
        )
    ]
    lines = (AGGREGATOR / "aggregator.ts").read_text().splitlines()
    told = [(lines[each.location.line - 1].strip(), each.reason) for each in found.unread]
    assert [(line.partition("`")[2].partition("`")[0], reason) for line, reason in told[:3]] == [
        ("SELECT count(*)::int AS count FROM ${table}", "`table` is known only when it runs"),
        ("SELECT max(epoch) AS epoch FROM sealed_epochs", "`query` is added to after this"),
        (
            "SELECT epoch, channel FROM ${table} WHERE ${filters.join(' AND ')}",
            "`table` is known only when it runs (and 1 more part of it)",
        ),
    ]
    assert told[3:] == [
        ("await client.query('BEGIN');", "BEGIN and 2 more statements of this file are not planned: nothing to check")
    ]
