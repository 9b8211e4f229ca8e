"""Which words of a value may be another's new name; tests/postgres/test_renames.py asks real servers."""

import pytest

from watchdog.schema.following import Following
from watchdog.schema.kinds import attribute_of
from watchdog.schema.snapshot import ObjectId, Value

KNOWN = [
    *(ObjectId("column", ("s", "t", name)) for name in ("a", "c")),
    *(ObjectId("column", ("s", "other", name)) for name in ("a", "d")),
    *(ObjectId("column", ("s", "v", name)) for name in ("a", "n")),
    ObjectId("column", ("s", "old", "x")),
]
MOVED = {
    ObjectId("column", ("s", "t", "a")): ObjectId("column", ("s", "t", "b")),
    ObjectId("index", ("s", "t", "i")): ObjectId("index", ("s", "t", "j")),
    ObjectId("column", ("s", "v", "n")): ObjectId("column", ("s", "v", "m")),
    ObjectId("relation", ("s", "old")): ObjectId("relation", ("s", "new")),
    ObjectId("enum", ("s", "mood")): ObjectId("enum", ("far", "feeling")),
    ObjectId("routine", ("s", "f(integer)")): ObjectId("routine", ("s", "g(integer)")),
    ObjectId("role", ("ada",)): ObjectId("role", ("Eve",)),
    ObjectId("language", ("origin",)): ObjectId("language", ("disabled",)),
    ObjectId("schema", ("gone",)): ObjectId("schema", ("here",)),
}
FOLLOWING = Following(MOVED, KNOWN)
CHECK, VIEW = ("constraint", ("s", "t", "x")), ("view", ("s", "v"))


@pytest.mark.parametrize(
    ("of", "attribute", "before", "after"),
    [
        (CHECK, "definition", "CHECK ((a > c))", "CHECK ((b > c))"),
        (("trigger", ("s", "t", "x")), "definition", "WHEN ((old.a > 1))", "WHEN ((old.b > 1))"),
        (("policy", ("s", "other", "p")), "using_expression", "(other.d = t.a FROM s.t)", "(other.d = t.b FROM s.t)"),
        (("constraint", ("s", "other", "x")), "definition", "REFERENCES s.t(a)", "REFERENCES s.t(a)"),
        (VIEW, "definition", "SELECT a FROM s.t", "SELECT b AS a FROM s.t"),
        (VIEW, "definition", "SELECT x.a FROM s.t x", "SELECT x.b AS a FROM s.t x"),
        (VIEW, "definition", "SELECT a AS b FROM s.t", "SELECT b FROM s.t"),
        (VIEW, "definition", "SELECT a AS z FROM s.t", "SELECT b AS z FROM s.t"),
        (VIEW, "definition", "SELECT y.a, x.a FROM s.t x, s.other y", "SELECT y.a, x.b AS a FROM s.t x, s.other y"),
        (VIEW, "definition", "SELECT c AS n FROM s.t", "SELECT c AS m FROM s.t"),
        (VIEW, "definition", "SELECT old.x FROM s.old", "SELECT new.x FROM s.new"),
        (("relation", ("s", "t")), "column_order", ("a", "c"), ("b", "c")),
        (("relation", ("s", "t")), "replica_identity", "index i", "index j"),
        (("column", ("s", "t", "c")), "data_type", "s.mood[]", "far.feeling[]"),
        (("column", ("s", "t", "c")), "default", "'x'::s.mood", "'x'::far.feeling"),
        (("column", ("s", "t", "c")), "default", "nextval('s.old'::regclass)", "nextval('s.new'::regclass)"),
        (("trigger", ("s", "t", "x")), "definition", "EXECUTE FUNCTION s.f()", "EXECUTE FUNCTION s.g()"),
        (("sequence", ("s", "q")), "owned_by", "s.t.a", "s.t.b"),
        (("relation", ("s", "t")), "owner", "ada", "Eve"),
        (("relation", ("s", "t")), "parents", ("gone.p", "gone.q"), ("here.q", "here.p")),
        (("relation", ("s", "t")), "privileges", ("SELECT to ada", "UPDATE to x"), ('SELECT to "Eve"', "UPDATE to x")),
        (("policy", ("s", "t", "p")), "roles", ("ada",), ('"Eve"',)),
        (("extension", ("e",)), "schema", "gone", "here"),
    ],
)
def test_a_value_that_names_what_was_renamed_has_not_changed(
    of: tuple[str, tuple[str, ...]], attribute: str, before: Value, after: Value
) -> None:
    subject = ObjectId(*of)
    assert FOLLOWING.explains(subject, attribute_of(subject.kind, attribute), before, after)
    assert before == after or not Following({}, KNOWN).explains(
        subject, attribute_of(subject.kind, attribute), before, after
    )


@pytest.mark.parametrize(
    ("of", "attribute", "before", "after"),
    [
        (CHECK, "definition", "CHECK ((a > 0))", "CHECK ((b > 1))"),
        (CHECK, "definition", "CHECK ((a > 0))", "CHECK ((c > 0))"),
        (CHECK, "definition", "CHECK ((a > 'a'))", "CHECK ((b > 'b'))"),
        (CHECK, "definition", "CHECK ((a > 0))", "CHECK ((b > 0) AND"),
        # Of another table, or it may be: the column that is called so there was not renamed.
        (("constraint", ("s", "other", "x")), "definition", "CHECK ((a > 0))", "CHECK ((b > 0))"),
        (("policy", ("s", "other", "p")), "using_expression", "(a IN (SELECT s.t))", "(b IN (SELECT s.t))"),
        (VIEW, "definition", "SELECT y.a FROM s.t x, s.other y", "SELECT y.b AS a FROM s.t x, s.other y"),
        (VIEW, "definition", "SELECT z.a FROM s.t x", "SELECT z.b AS a FROM s.t x"),
        (VIEW, "definition", "SELECT a FROM s.t", "SELECT b AS c FROM s.t"),
        (VIEW, "definition", "SELECT c AS d FROM s.t", "SELECT c AS m FROM s.t"),
        (("rule", ("s", "other", "r")), "definition", "new.a", "new.b"),
        (("column", ("s", "t", "c")), "data_type", "mood", "feeling"),
        (("relation", ("s", "t")), "owner", "a", "b"),
        (("trigger", ("s", "t", "x")), "enabled", "origin", "disabled"),
        (("routine", ("s", "h()")), "body", "SELECT a", "SELECT b"),
        (("routine", ("s", "h()")), "language", "origin", "c"),
        (("relation", ("s", "t")), "privileges", ("SELECT to eve",), ("SELECT to ada",)),
        (("relation", ("s", "t")), "parents", ("gone.p", "gone.q"), ("here.p",)),
        (("database", ()), "settings", ("a=1",), ("b=1",)),
        (("relation", ("s", "t")), "parents", ("gone.p", "gone.p"), ("gone.p", "here.q")),
        (CHECK, "definition", None, "b"),
        (CHECK, "definition", "a", 3),
    ],
)
def test_a_word_that_only_looks_like_what_was_renamed_is_a_change(
    of: tuple[str, tuple[str, ...]], attribute: str, before: Value, after: Value
) -> None:
    subject = ObjectId(*of)
    assert not FOLLOWING.explains(subject, attribute_of(subject.kind, attribute), before, after)
