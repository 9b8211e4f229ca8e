import os
from datetime import date
from pathlib import Path

import msgspec
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
        (
            "- {fingerprint: abc, actual: x, by: a, reason: r, until: 2026-13-01}",
            r"\$\[0\]\.until.* such as 2026-12-31",
        ),
        ("- {fingerprint: abc, actual: x, by: a, reason: r, until: 2026-02-30}", r"\$\[0\]\.until"),
        ("- {fingerprint: abc, actual: x, by: a, reason: r, until: !!timestamp 2026-02-30}", "cannot be read"),
        ("{", "not YAML"),
        pytest.param("[" * 100_000, r"too deeply nested \[line 1\]", id="deep"),
        pytest.param("[" * 100_000 + "]" * 100_000, "too deeply nested", id="deep and closed"),
        ("- a:\n    b:\n      c: 1\n", r"too deeply nested \[line 2\]"),
        pytest.param("#" * 1_000_001, "too large", id="large"),
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


def test_an_acceptance_again_takes_the_place_of_the_older_one_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    before = "# ours\n- {fingerprint: abc, actual: null, by: a, reason: r}  # first\n\n# second\n"
    older = "- fingerprint: '12345678'\n  actual: null\n  by: bob\n  reason: |\n    two\n    lines\n"
    after = "\n# last\n- {fingerprint: def, actual: null, by: a, reason: r}\n"
    path.write_text(before + older + after)
    append(path, OTHER, "table public.t is missing")
    text = path.read_text()
    assert text.startswith(before)
    assert text.endswith(after)
    assert (len(read(path)), read(path)[1]) == (3, OTHER)
    append(path, OTHER, "table public.t is missing")
    assert path.read_text() == text
    append(path, msgspec.structs.replace(OTHER, actual="another value"), "x")
    assert len(read(path)) == 4


@pytest.mark.parametrize("fingerprint", ["12345678", "87654321"])
def test_a_file_of_another_form_is_left_as_it_is_instead_of_damaged(tmp_path: Path, fingerprint: str) -> None:
    path = tmp_path / "accepted.yaml"
    one, other = f"{{fingerprint: '{fingerprint}', actual: null, by: a, reason: r}}", "{fingerprint: a, actual: null, "
    path.write_text(f"[{one}, {other} by: a, reason: r}}]\n")
    before = path.read_text()
    with pytest.raises(BaselineError, match="left as it is"):
        append(path, OTHER, "x")
    assert path.read_text() == before


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BaselineError, match="no regular file"):
        read(tmp_path / "pipe")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((StateError, BaselineError), match=r"accepted\.yaml"):
        append(tmp_path / "file" / "accepted.yaml", ONE, "x")
