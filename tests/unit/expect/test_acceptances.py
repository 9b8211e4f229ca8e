import os
from datetime import date
from pathlib import Path

import pytest

from watchdog.errors import BaselineError, StateError
from watchdog.expect.acceptances import append, read
from watchdog.schema.rules import Acceptance

ONE = Acceptance(fingerprint="0123456789abcdef", actual="a: 'b'\n#c", by="ada", reason="legacy: known")
OTHER = Acceptance(fingerprint="12345678", actual=None, by="ada", reason="until the move", until=date(2026, 12, 31))


def test_without_a_file_nothing_is_accepted(tmp_path: Path) -> None:
    assert read(None) == read(tmp_path / "accepted.yaml") == ()


def test_what_is_appended_is_read_and_what_stood_there_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "below" / "accepted.yaml"
    append(path, ONE, "column public.t.c is not expected")
    first = path.read_text()
    append(path, OTHER, "table public.t is missing")
    assert path.read_text().startswith(first.rstrip())
    assert "# table public.t is missing\n" in path.read_text()
    assert read(path) == (ONE, OTHER)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {fingerprint: abc}", "missing required field"),
        ("- {fingerprint: abc, actual: x, by: a, reason: r, til: 2026-01-01}", "til"),
        ("- {fingerprint: 12, actual: x, by: a, reason: r}", "fingerprint"),
        ("- {fingerprint: abc, actual: x, by: a, reason: r, until: soon}", "until"),
        ("{", "not YAML"),
    ],
)
def test_a_file_that_is_not_understood_is_named_with_the_place_and_left_alone(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "accepted.yaml"
    path.write_text(text)
    with pytest.raises(BaselineError, match=words) as caught:
        read(path)
    assert str(path) in str(caught.value)
    with pytest.raises(BaselineError):
        append(path, ONE, "x")
    assert path.read_text() == text


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BaselineError, match="no regular file"):
        read(tmp_path / "pipe")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((StateError, BaselineError), match=r"accepted\.yaml"):
        append(tmp_path / "file" / "accepted.yaml", ONE, "x")
