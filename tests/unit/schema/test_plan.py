import msgspec

from tests.unit.alerts.samples import add_column, finding
from watchdog.finding import Finding
from watchdog.schema.plan import in_order


def missing(kind: str, *identity: str, names: str = "", expected: str | None = None) -> Finding:
    remedy = msgspec.structs.replace(add_column("t"), sql=names)
    return msgspec.structs.replace(finding(*identity, kind=kind, remedy=remedy), expected=expected)


def order(*findings: Finding) -> list[str]:
    return [one.identity[-1] for one in in_order(findings)]


def test_what_a_remedy_names_comes_before_it() -> None:
    table = missing("relation", "s", "a", names="CREATE TABLE s.a (c s.mood, n int REFERENCES s.b)")
    mood, other = missing("enum", "s", "mood"), missing("relation", "s", "b", names="CREATE TABLE s.b ()")
    assert order(table, other, mood) == ["b", "mood", "a"] or order(table, other, mood) == ["mood", "b", "a"]


def test_a_view_comes_after_the_columns_that_it_reads() -> None:
    view = missing("relation", "s", "v", names="CREATE VIEW s.v AS SELECT t.c FROM s.t", expected="view")
    assert order(view, missing("column", "s", "t", "c", names="ALTER TABLE s.t ADD c")) == ["c", "v"]


def test_a_circle_and_a_long_chain_come_to_an_end_and_lose_nothing() -> None:
    circle = [missing("relation", "s", name, names="s.a s.b") for name in "ab"]
    assert sorted(order(*circle)) == ["a", "b"]
    chain = [missing("relation", "s", f"t{number}", names=f"s.t{number + 1}") for number in range(3000)]
    assert order(*chain) == [f"t{number}" for number in reversed(range(3000))]


def test_what_has_no_remedy_keeps_its_place_by_kind() -> None:
    changed = finding("s", "t", "c", change="changed")
    assert order(changed, missing("relation", "s", "t")) == ["t", "c"]


def test_a_foreign_key_comes_after_the_key_that_it_refers_to_and_policies_before_they_are_in_force() -> None:
    foreign = missing("constraint", "s", "a", "fk", expected="FOREIGN KEY (b) REFERENCES s.b(id)")
    key = missing("constraint", "s", "b", "pk", expected="PRIMARY KEY (id)")
    assert order(foreign, key) == order(key, foreign) == ["pk", "fk"]
    off = msgspec.structs.replace(finding("s", "t", kind="relation", change="changed"), attribute="row_security")
    policy = missing("policy", "s", "t", "own")
    assert order(off, policy) == order(policy, off) == ["own", "t"]
