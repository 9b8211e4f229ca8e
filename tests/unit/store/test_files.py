import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchdog.errors import StateError, UsageError
from watchdog.store.files import exclusive_lock, write_atomically

HOLD = """
import sys
from pathlib import Path
from watchdog.store.files import exclusive_lock
with exclusive_lock(Path(sys.argv[1]), 0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomically(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_the_longest_name_that_a_file_may_have_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_write_that_fails_says_where_and_leaves_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "a-folder-is-here"
    (path / "child").mkdir(parents=True)
    with pytest.raises(StateError, match="a-folder-is-here: cannot be written: Is a directory"):
        write_atomically(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"nowhere/baseline\.json: cannot be written: No such file or directory"):
        write_atomically(tmp_path / "nowhere" / "baseline.json", b"new")


def test_a_lock_that_another_process_holds_is_refused_with_its_file_and_holder(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=rf"{path}: held by another schema-watchdog, process {holder.pid} "):
            exclusive_lock(path, 0.1).__enter__()
        holder.kill()
    with exclusive_lock(path, 0):  # the kernel gave it back, though the holder could not
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_released_lock_can_be_taken_again_and_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(2):
        with exclusive_lock(path, 0):
            pass
    assert path.read_bytes() == b""


def test_a_lock_is_released_when_its_body_fails_and_the_error_is_the_bodys_own(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(FileNotFoundError), exclusive_lock(path, 0):
        raise FileNotFoundError
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be locked: Is a directory"), exclusive_lock(tmp_path, 0):
        pass
