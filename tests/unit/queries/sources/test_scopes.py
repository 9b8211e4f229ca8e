from typing import Any

from watchdog.queries.sources.scopes import Meaning, Scope, Scopes

VALUE: Any = object()
OTHER: Any = object()


def filled(*given: tuple[str, Scope, Any]) -> Scopes:
    def fill(scopes: Scopes) -> None:
        for name, scope, value in given:
            scopes.declare(name, scope, value)

    return Scopes(fill)


def test_the_smallest_scope_around_a_place_says_what_a_name_is() -> None:
    scopes = filled(("a", Scope(0, 100), VALUE), ("a", Scope(10, 20), OTHER), ("a", Scope(12, 15), None))
    assert [scopes.meaning("a", at).constant for at in (0, 9, 10, 11, 15, 20, 99)] == [
        VALUE, VALUE, OTHER, OTHER, OTHER, VALUE, VALUE,
    ]  # fmt: skip
    assert scopes.meaning("a", 12) == Meaning(values=(), known=False)
    assert scopes.meaning("a", 100) == scopes.meaning("b", 0) == Meaning()


def test_what_is_given_another_value_or_more_is_no_constant() -> None:
    def fill(scopes: Scopes) -> None:
        for name in "abc":
            scopes.declare(name, Scope(0, 50), VALUE)
        scopes.assign("a", 10, OTHER)
        scopes.extend("b", 10)
        scopes.assign("c", 60, OTHER)
        scopes.declare("d", Scope(0, 50))
        scopes.assign("d", 5, VALUE)

    scopes = Scopes(fill)
    assert scopes.meaning("a", 0) == Meaning(values=(VALUE, OTHER), known=True)
    assert scopes.meaning("a", 0).constant is None
    assert scopes.meaning("b", 0).extended
    assert scopes.meaning("b", 0).constant is None
    assert scopes.meaning("c", 0).constant is VALUE
    assert scopes.meaning("d", 0).constant is VALUE


def test_names_are_looked_for_only_when_one_is_asked_for_and_once() -> None:
    filling: list[Scopes] = []
    scopes = Scopes(filling.append)
    assert filling == []
    assert scopes.meaning("a", 1) == scopes.meaning("b", 1) == Meaning()
    assert filling == [scopes]
