import pytest

from watchdog.queries.sources.roots import is_statement_name


@pytest.mark.parametrize("name", ["sql", "SEALED_EPOCHS_SQL", "insertQuery", "query", "stmt", "QUERY_2", "statement"])
def test_a_name_tells_that_it_holds_a_statement(name: str) -> None:
    assert is_statement_name(name)


@pytest.mark.parametrize("name", ["label", "text", "queryParameters", "sqlite", "title", ""])
def test_other_names_tell_nothing(name: str) -> None:
    assert not is_statement_name(name)
