import msgspec
import pytest
from hypothesis import given

from tests.unit.contracts.samples import (
    EPOCH,
    GROUP,
    KEY,
    NAME,
    SCHEMA,
    TABLE,
    THERE,
    changed,
    contract,
    found,
    messages,
)
from tests.unit.schema.samples import HOSTILE, column, relation, snapshot, snapshots, whole, without
from watchdog.config.contract import parse
from watchdog.contracts.compare import compare
from watchdog.contracts.contract import Column, Contract, Relation
from watchdog.finding import Severity, Subject, fingerprint
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot

GROUPED = "{columns: {token_group: {type: [text, varchar], since: 2025-11-17, why: groups token families}}}"
COLUMN = "column public.sealed_epochs.token_group"


def test_a_missing_column_names_the_component_what_it_expects_since_when_and_what_for() -> None:
    [finding] = found(GROUPED, without(THERE, GROUP[0]))
    assert finding.message == (
        f"{COLUMN} is missing: milo-aggregator expects text or character varying "
        "(since 2025-11-17: groups token families)"
    )
    assert (finding.components, finding.severity) == (("milo-aggregator",), Severity.CRITICAL)
    assert (finding.expected, finding.actual) == ("text or character varying", None)
    assert finding.fingerprint == fingerprint("production", "column", GROUP[0].name, "missing", None)
    assert finding.remedy is not None
    assert finding.remedy.sql == "ALTER TABLE public.sealed_epochs\n  ADD COLUMN IF NOT EXISTS token_group text;"


def test_what_a_contract_says_of_a_missing_column_is_in_its_remedy() -> None:
    needs = "{columns: {token_group: {type: text, nullable: false, default: \"'MILO'\"}}}"
    [finding] = found(needs, without(THERE, GROUP[0]))
    assert finding.message == f"{COLUMN} is missing: milo-aggregator expects text, NOT NULL, DEFAULT 'MILO'"
    assert finding.remedy is not None
    assert "ADD COLUMN IF NOT EXISTS token_group text DEFAULT 'MILO' NOT NULL;" in finding.remedy.sql


@pytest.mark.parametrize(
    "needs", ["{columns: {token_group: }}", "{columns: {token_group: {type: text, default: true}}}"]
)
def test_no_remedy_is_written_where_the_contract_does_not_say_enough(needs: str) -> None:
    [finding] = found(needs, without(THERE, GROUP[0]))
    assert finding.remedy is None


@pytest.mark.parametrize(
    "needs",
    [
        "{}",
        "{columns: {epoch: int8, token_group: text}}",
        "{columns: {epoch: int, token_group: varchar(10)}}",
        "{columns: {epoch: [text, bigint], token_group: }}",
        "{columns: {epoch: {nullable: false}, token_group: {default: true}}}",
        "{columns: {token_group: {default: \"'MILO'\"}}}",
        "{columns: {token_group: {default: \"'MILO'::text\"}}}",
        "{unique: [[token_group, epoch]]}",
    ],
)
def test_what_is_there_as_needed_or_wider_and_all_that_is_there_beyond_it_is_no_finding(needs: str) -> None:
    assert found(needs) == ()


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        ("{columns: {epoch: text}}", "epoch: data type is bigint; milo-aggregator expects text"),
        ("{columns: {epoch: [text, numeric]}}", "epoch: data type is bigint; milo-aggregator expects text or numeric"),
        ("{columns: {epoch: {nullable: true}}}", "epoch is NOT NULL; milo-aggregator expects nullable"),
        ("{columns: {epoch: {default: true}}}", "epoch: default is none; milo-aggregator expects a default"),
        ("{columns: {epoch: {default: 0}}}", "epoch: default is none; milo-aggregator expects DEFAULT 0"),
        (
            "{columns: {token_group: {default: \"'milo'\"}}}",
            "token_group: default is 'MILO'::text; milo-aggregator expects DEFAULT 'milo'",
        ),
    ],
)
def test_what_is_narrower_or_another_is_critical_and_says_both(needs: str, told: str) -> None:
    [finding] = found(needs)
    assert finding.message == f"column public.sealed_epochs.{told}"
    assert finding.severity is Severity.CRITICAL


def test_null_where_it_is_never_expected_is_a_finding() -> None:
    [finding] = found("{columns: {epoch: {nullable: false}}}", changed(EPOCH, not_null=False))
    assert finding.message == "column public.sealed_epochs.epoch is nullable; milo-aggregator expects NOT NULL"
    [finding] = found("{columns: {epoch: {nullable: false}}}", changed(EPOCH, not_null_rule="NOT VALID"))
    assert finding.message.endswith("not null rule is NOT VALID; milo-aggregator expects NOT NULL of all rows")


def test_a_domain_that_refuses_null_does_so_for_its_columns() -> None:
    domain = whole("domain", "public", "sure", data_type="bigint", not_null=True)
    actual = changed(EPOCH, data_type="public.sure", not_null=False)
    actual = msgspec.structs.replace(actual, objects={**actual.objects, domain[0]: domain[1]})
    assert found("{columns: {epoch: {nullable: false}}}", actual) == ()
    assert len(found("{columns: {epoch: {nullable: true}}}", actual)) == 1


@pytest.mark.parametrize(
    ("default", "found_default"),
    [("-1", "'-1'::integer"), ("-1", "(-1)"), ("0.5", "0.5"), ("'x'", "'x'::bigint"), ("now()", "now()")],
)
def test_a_default_may_be_written_as_people_do(default: str, found_default: str) -> None:
    actual = changed(EPOCH, default=found_default, data_type="integer" if "integer" in found_default else "bigint")
    assert found(f'{{columns: {{epoch: {{default: "{default}"}}}}}}', actual) == ()


@pytest.mark.parametrize("facts", [{"identity": "ALWAYS"}, {"generated": "(1) STORED"}, {"default": "1"}])
def test_whatever_fills_a_column_that_is_left_out_will_do(facts: dict[str, str]) -> None:
    assert found("{columns: {epoch: {default: true}}}", changed(EPOCH, **facts)) == ()


def test_a_default_that_is_lost_is_set_again_if_it_is_known() -> None:
    lost = changed(GROUP, default=None)
    [known] = found("{columns: {token_group: {default: \"'MILO'\"}}}", lost)
    assert known.remedy is not None
    assert known.remedy.sql.endswith("SET DEFAULT 'MILO';")
    [unknown] = found("{columns: {token_group: {default: true}}}", lost)
    assert unknown.remedy is None


def test_a_missing_table_is_one_finding_and_a_missing_schema_is_it_for_all_of_its_tables() -> None:
    needs = "{columns: {epoch: bigint, token_group: text}, unique: [[epoch]]}"
    [finding] = found(needs, snapshot(SCHEMA))
    assert finding.message == "table public.sealed_epochs is missing: milo-aggregator expects it"
    assert finding.remedy is None
    [finding] = found(needs, snapshot())
    assert finding.message == "schema public is missing: milo-aggregator expects public.sealed_epochs"
    assert finding.remedy is not None
    assert finding.remedy.sql == "CREATE SCHEMA IF NOT EXISTS public;"


def test_a_view_is_no_table_but_a_table_does_for_a_view() -> None:
    view = snapshot(SCHEMA, relation(*NAME, relation_kind="view"), EPOCH)
    [finding] = found("{columns: {epoch: bigint}}", view)
    assert finding.message == "view public.sealed_epochs: relation kind is view; milo-aggregator expects a table"
    readers = parse("component: c\nviews: {public.sealed_epochs: {columns: {epoch: text}}}", "f")
    for actual in (view, THERE):
        [finding], unjudged = compare("production", [readers], actual)
        assert (finding.attribute, unjudged) == ("data_type", ())


def test_that_a_views_column_is_never_null_cannot_be_told() -> None:
    readers = parse("component: c\nviews: {public.sealed_epochs: {columns: {epoch: {nullable: false}}}}", "f")
    findings, unjudged = compare(
        "production", [readers], snapshot(SCHEMA, relation(*NAME, relation_kind="view"), EPOCH)
    )
    assert findings == ()
    assert unjudged == (
        Subject(
            "column",
            (*NAME, "epoch"),
            ("not_null",),
            "the catalogs do not tell whether a view's column may be NULL (needed by c)",
        ),
    )


def test_components_that_lack_the_same_share_one_finding() -> None:
    contracts = [contract("{columns: {token_group: varchar(5)}}", "b"), contract("{columns: {token_group: text}}", "a")]
    [finding], _ = compare("production", contracts, without(THERE, GROUP[0]))
    assert finding.components == ("a", "b")
    assert finding.message == f"{COLUMN} is missing: a expects text; b expects character varying(5)"
    # A type that does for both.
    assert finding.remedy is not None
    assert "token_group text;" in finding.remedy.sql


def test_of_many_components_the_first_are_in_words_and_all_are_named() -> None:
    contracts = [contract("{columns: {token_group: text}}", f"c{number}") for number in range(5)]
    [finding], _ = compare("production", contracts, without(THERE, GROUP[0]))
    assert len(finding.components) == 5
    assert finding.message.endswith("c0 expects text; c1 expects text; c2 expects text; and 2 more needs")


@pytest.mark.parametrize(
    ("needs", "hidden", "attribute"),
    [
        ("{columns: {epoch: bigint}}", EPOCH, "data_type"),
        ("{columns: {epoch: {nullable: false}}}", EPOCH, "not_null"),
        ("{columns: {token_group: {default: true}}}", GROUP, "default"),
    ],
)
def test_what_is_hidden_is_neither_a_finding_nor_met(
    needs: str, hidden: tuple[ObjectId, Attributes], attribute: str
) -> None:
    name, facts = hidden
    veiled = {key: value for key, value in facts.items() if key != attribute}
    actual = msgspec.structs.replace(THERE, objects={**THERE.objects, name: veiled}, hidden=frozenset([name]))
    reason = "this role may not see it (needed by milo-aggregator)"
    expected = ((), (Subject(name.kind, name.name, (attribute,), reason),))
    assert compare("production", [contract(needs)], actual) == expected


def test_what_is_locked_is_neither_a_finding_nor_met_whatever_was_known_of_it() -> None:
    locked = msgspec.structs.replace(THERE, stale=frozenset([TABLE[0], EPOCH[0], KEY[0]]))
    needs = "{columns: {epoch: text, lost: text}, unique: [[epoch, token_group]]}"
    [missing], unjudged = compare("production", [contract(needs), contract(needs, "other")], locked)
    # What the catalogs do not name is not there, lock or none.
    assert missing.identity == (*NAME, "lost")
    assert [(each.kind, each.attributes) for each in unjudged] == [
        ("column", ("data_type",)),
        ("index", ()),
        ("relation", ("relation_kind",)),
    ]
    assert all(each.reason.endswith(" (needed by milo-aggregator, other)") for each in unjudged)
    assert "another session holds a lock" in unjudged[0].reason


def test_what_was_not_read_at_all_is_not_judged() -> None:
    covers = {kind: names for kind, names in THERE.covers.items() if kind not in ("column", "extension", "enum")}
    needs = contract("{columns: {epoch: text}}", head="extensions: [citext]\nenums: {public.mood: [sad]}")
    findings, unjudged = compare("production", [needs], msgspec.structs.replace(THERE, covers=covers))
    assert (findings, [each.kind for each in unjudged]) == ((), ["column", "enum", "extension"])
    assert "what was read does not hold it" in unjudged[0].reason


def test_functions_enums_extensions_and_schemas_must_be_there() -> None:
    needs = parse(
        "component: c\nfunctions: ['public.seal(int8, varchar(3))', 'public.f()']\n"
        "enums: {public.mood: [happy, sad], public.gone: [a]}\nextensions: [citext]\nschemas: [app]\nwhy: all of it",
        "f",
    )
    there = snapshot(
        SCHEMA,
        whole("routine", "public", "seal(bigint, character varying)", routine_kind="function"),
        whole("enum", "public", "mood", labels=("'angry'", "'happy'")),
    )
    findings, unjudged = compare("production", [needs], there)
    assert unjudged == ()
    assert messages(findings) == [
        "enum public.gone is missing: c expects it (all of it)",
        "enum public.mood: labels: lacks 'sad'; c expects 'sad' (all of it)",
        "extension citext is missing: c expects it (all of it)",
        "routine public.f() is missing: c expects it (all of it)",
        "schema app is missing: c expects it (all of it)",
    ]


def test_rows_of_what_holds_none_of_its_own_are_not_judged() -> None:
    needs = contract("{min_rows: 1, freshness: {column: epoch, max_age: 2h}}")
    for facts in ({"relation_kind": "foreign table"}, {"partition_bound": "DEFAULT", "parents": ("public.p",)}):
        findings, [subject] = compare("production", [needs], changed(TABLE, **facts))
        assert (findings, subject.kind, subject.attributes) == ((), "rows", ("freshness", "min_rows"))
    assert found("{min_rows: 1, freshness: {column: epoch, max_age: 2h}}") == ()


def test_a_hostile_name_stays_on_its_line_and_is_quoted() -> None:
    needs = Contract(
        component="c",
        relations=(Relation(name=("public", HOSTILE), columns=(Column(name=HOSTILE, types=("text",)),)),),
    )
    there = snapshot(SCHEMA, relation("public", HOSTILE), column("public", HOSTILE, HOSTILE, data_type="integer"))
    [finding], _ = compare("production", [needs], there)
    assert finding.message.isprintable()
    assert finding.identity == ("public", HOSTILE, HOSTILE)
    [finding], _ = compare(
        "production", [needs], without(there, *[each for each in there.objects if each.kind == "column"])
    )
    assert finding.message.isprintable()
    assert finding.remedy is not None
    assert 'ADD COLUMN IF NOT EXISTS "a""b\'c' in finding.remedy.sql


@given(snapshots())
def test_any_database_can_be_compared_and_no_two_findings_share_a_fingerprint(actual: Snapshot) -> None:
    needs = contract(
        "{columns: {epoch: {type: text, nullable: false, default: true}}, unique: [[epoch]], privileges: [SELECT]}",
        head="role: milo\nschemas: [public, t]\nextensions: [t]\nenums: {public.t: [a]}",
    )
    findings, unjudged = compare("production", [needs], actual)
    assert len({each.fingerprint for each in findings}) == len(findings)
    assert all(each.message.isprintable() and each.components == ("milo-aggregator",) for each in findings)
    assert all(each.reason for each in unjudged)
