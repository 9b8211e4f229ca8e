import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.expect.samples import THREE, folder
from watchdog.errors import MigrationsError
from watchdog.expect.folder import Source, read, script


def test_a_folder_is_read_with_all_below_it_but_what_is_hidden(tmp_path: Path) -> None:
    path = folder(tmp_path, THREE)
    for name in (".git/x.sql", ".4_hidden.sql", "notes/README.md"):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("no migration")
    (path / "picture.png").write_bytes(b"\x89PNG\xff\x00")
    tool, found = read(Source(path=path))
    assert (tool.name, [each.file for each in found]) == ("dbmate", list(THREE))
    (path / "below").mkdir()
    (path / "below" / "4_more.sql").write_text("SELECT 1")
    plain = path / "below"
    (plain / ".git").mkdir()
    (plain / ".git" / "x.sql").write_text("no migration")
    (plain / "deep").mkdir()
    (plain / "deep" / "5_more.sql").write_text("SELECT 2")
    found = read(Source(path=plain, format="plain"))[1]
    assert [each.file for each in found] == ["4_more.sql", "deep/5_more.sql"]


def test_one_file_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "all.sql").write_text("CREATE TABLE t ();\r\n")
    tool, (migration,) = read(Source(path=tmp_path / "all.sql", format="plain"))
    assert (tool.name, migration.file, migration.sql) == ("plain", "all.sql", "CREATE TABLE t ();\r\n")
    assert script(Source(path=tmp_path / "all.sql"), migration).file == f"{tmp_path}/all.sql"


def test_supabase_is_known_by_its_place_and_others_by_their_marks(tmp_path: Path) -> None:
    for where, tool in (("supabase/migrations", "supabase"), ("other/migrations", None)):
        (tmp_path / where).mkdir(parents=True)
        (tmp_path / where / "20251117120000_orders.sql").write_text("CREATE TABLE orders ()")
        if tool:
            assert read(Source(path=tmp_path / where))[0].name == tool
        else:
            with pytest.raises(MigrationsError, match="set `format`"):
                read(Source(path=tmp_path / where))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such folder or file of migrations"),
        ({}, r"holds no \.sql file"),
        ({"1_a.sql": b"\xff\xfe"}, r"1_a\.sql: is not UTF-8 text"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, content: Mapping[str, bytes] | None, words: str
) -> None:
    path = tmp_path / "db"
    if content is not None:
        path.mkdir()
        for name, text in content.items():
            (path / name).write_bytes(text)
    with pytest.raises(MigrationsError, match=words):
        read(Source(path=path))


def test_what_no_migration_is_as_large_as_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchdog.expect.folder.LARGEST_BYTES", 100)
    path = folder(tmp_path, {"1_a.sql": "SELECT " + "1" * 100})
    (path / "dump.gz").write_bytes(b"x" * 1000)
    with pytest.raises(MigrationsError, match=r"1_a\.sql: larger than 100 bytes"):
        read(Source(path=path, format="dbmate"))


def test_a_migration_that_is_a_pipe_or_a_link_to_nowhere_is_not_passed_over(tmp_path: Path) -> None:
    path = folder(tmp_path, THREE)
    odd = path / "4_odd.sql"
    odd.symlink_to(tmp_path / "nowhere.sql")
    with pytest.raises(MigrationsError, match=r"4_odd\.sql: cannot be read: No such file"):
        read(Source(path=path))
    odd.unlink()
    os.mkfifo(odd)
    with pytest.raises(MigrationsError, match=r"4_odd\.sql: is no plain file"):
        read(Source(path=path))
    odd.unlink()
    (path / "notes").symlink_to(tmp_path / "nowhere")
    assert len(read(Source(path=path))[1]) == len(THREE)


def test_links_in_a_folder_are_followed_and_lead_round_no_circle(tmp_path: Path) -> None:
    path, shared = tmp_path / "db", tmp_path / "shared"
    for each in (path, shared):
        each.mkdir()
    (path / "1_a.sql").write_text("SELECT 1")
    (shared / "2_b.sql").write_text("SELECT 2")
    (shared / "back").symlink_to(path)
    (path / "more").symlink_to(shared)
    (path / "3_c.sql").symlink_to(shared / "2_b.sql")
    found = read(Source(path=path, format="plain"))[1]
    assert sorted((each.file, each.sql) for each in found) == [
        ("1_a.sql", "SELECT 1"),
        ("3_c.sql", "SELECT 2"),
        ("more/2_b.sql", "SELECT 2"),
    ]


def test_a_folder_of_the_folder_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder(tmp_path, THREE)
    (path / "closed").mkdir()
    scandir = os.scandir

    def scan(at: str) -> object:
        if str(at).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(at))
        return scandir(at)

    monkeypatch.setattr(os, "scandir", scan)
    with pytest.raises(MigrationsError, match="closed: cannot be read: Permission denied"):
        read(Source(path=path))
