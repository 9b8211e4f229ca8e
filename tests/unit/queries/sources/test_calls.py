import pytest

from watchdog.queries.sources.calls import hands, sends, speaks


@pytest.mark.parametrize("name", ["query", "$queryRaw", "execute", "raw", "fetch_all", "oneOrNone", "executemany"])
def test_a_call_that_sends_is_told_by_its_name(name: str) -> None:
    assert sends(name)


@pytest.mark.parametrize("name", ["querySelector", "then", "queries", "", "run"])
def test_other_calls_send_nothing(name: str) -> None:
    assert not sends(name)


@pytest.mark.parametrize(
    "receiver", ["pool", "this_pool", "readPool", "db", "_conn", "cur", "tx", "session", "#client"]
)
def test_what_is_called_like_a_connection_sends_whatever_is_passed(receiver: str) -> None:
    assert hands("query", receiver)
    assert not hands("map", receiver)


@pytest.mark.parametrize(
    "receiver", ["executor", "command", "apolloClient", "queryClient", "redisClient", "", "router"]
)
def test_others_have_a_query_too(receiver: str) -> None:
    assert not hands("query", receiver)


def test_what_is_said_to_people_is_told_by_the_name_of_the_call() -> None:
    assert all(speaks(name) for name in ("log", "warning", "it", "print", "QueryError", "ValueError", "SyntaxWarning"))
    assert not any(speaks(name) for name in ("query", "login", "Errors", ""))
