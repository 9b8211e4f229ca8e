from tests.unit.queries.samples import ran, written


def test_a_name_for_life_is_that_of_the_words_however_they_are_broken_into_lines() -> None:
    assert written("SELECT a\n  FROM t", "x.ts:1").digest == ran("SELECT a FROM t").digest
    assert written("SELECT a FROM t").digest != written("SELECT b FROM t").digest
    assert len(written("SELECT 1").digest) == 12
