import sys

import pytest

from watchdog.errors import UsageError
from watchdog.queries.sources import tree
from watchdog.queries.sources.javascript import read_typescript
from watchdog.queries.sources.python import read as read_python


def test_without_the_parsers_the_extra_that_brings_them_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    tree._parser.cache_clear()
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    for read in (read_typescript, read_python):
        with pytest.raises(UsageError, match=r"pip install 'schema-watchdog\[sources\]'"):
            read("f('SELECT a FROM t')", "a")
        assert read("f('nothing of interest')", "a").statements == ()


def test_a_source_that_its_parser_does_not_get_done_with_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "LONGEST_SECONDS", 0.0)
    source = "db.query('SELECT a FROM t');\n" * 1_000
    [said] = read_typescript(source, "a.ts").unread
    assert "its parser was still not done" in said.reason
    monkeypatch.undo()
    assert len(read_typescript(source, "a.ts").statements) == 1_000


def test_line_ends_are_made_alike_and_signs_that_mean_something_here_are_taken_out() -> None:
    assert tree.plain("a\r\nb\rc\n\ue000\ue001") == "a\nb\nc\n\ufffd\ufffd"
