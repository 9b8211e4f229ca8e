from tests.unit.queries.samples import ran, written
from watchdog.queries.statement import distinct


def test_a_name_for_life_is_that_of_the_words_however_they_are_broken_into_lines() -> None:
    assert written("SELECT a\n  FROM t", "x.ts:1").digest == ran("SELECT a FROM t").digest
    assert written("SELECT a FROM t").digest != written("SELECT b FROM t").digest
    assert len(written("SELECT 1").digest) == 12


def test_each_statement_is_asked_once() -> None:
    source, recorded = written("SELECT a FROM t"), ran("SELECT  a FROM t", 7)
    assert distinct([source, recorded]) == [source]
    # The same text under another number: its table was dropped and made anew.
    twice = [ran("SELECT b FROM t", 7, 1), ran("SELECT b FROM t", 5, 2), ran("SELECT c", 1)]
    assert distinct(twice) == [ran("SELECT b FROM t", 12, 1), ran("SELECT c", 1)]
    assert distinct([]) == []
