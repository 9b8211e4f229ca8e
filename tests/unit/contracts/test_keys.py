import msgspec
import pytest

from tests.unit.contracts.samples import EPOCH, GROUP, KEY, NAME, SCHEMA, TABLE, THERE, changed, contract, found
from tests.unit.schema.samples import relation, snapshot, whole, without
from watchdog.contracts.compare import compare
from watchdog.contracts.keys import columns_of, index_name
from watchdog.contracts.known import known
from watchdog.schema.snapshot import Attributes, ObjectId

NEEDS = "{unique: [[token_group, epoch]]}"
BARE = without(THERE, KEY[0])


def index(definition: str, **facts: bool) -> tuple[ObjectId, Attributes]:
    named = whole("index", *NAME, "by_epoch", definition=definition, unique=True, valid=True)
    return named[0], {**named[1], **facts}


@pytest.mark.parametrize(
    ("definition", "columns"),
    [
        ("PRIMARY KEY (epoch, token_group)", {"epoch", "token_group"}),
        ("UNIQUE (a) INCLUDE (b)", {"a"}),
        ("UNIQUE NULLS NOT DISTINCT (a)", {"a"}),
        ('UNIQUE ("a ""b, c", d)', {'a "b, c', "d"}),
        ("UNIQUE (a) DEFERRABLE", set()),
        ("PRIMARY KEY (id, at WITHOUT OVERLAPS)", set()),
        ("FOREIGN KEY (a) REFERENCES public.t(a)", set()),
        ("EXCLUDE USING gist (a WITH =)", set()),
        ("CHECK ((a > 0))", set()),
        ("CREATE UNIQUE INDEX i ON public.t USING btree (a, b DESC NULLS LAST)", {"a", "b"}),
        (
            'CREATE UNIQUE INDEX i ON ONLY public.t USING btree ("USING" COLLATE "C" text_pattern_ops) INCLUDE (c)',
            {"USING"},
        ),
        ("CREATE UNIQUE INDEX i ON public.t USING btree (a) NULLS NOT DISTINCT WITH (fillfactor='70')", {"a"}),
        ("CREATE UNIQUE INDEX i ON public.t USING btree (a) WHERE (b IS NULL)", set()),
        ("CREATE UNIQUE INDEX i ON public.t USING btree (lower(a))", set()),
        ("CREATE UNIQUE INDEX i ON public.t USING btree (a, ((b || c)))", set()),
        ("CREATE INDEX i ON public.t USING btree (a)", set()),
        ('CREATE UNIQUE INDEX "i WHERE (" ON public."t USING btree (x)" USING btree (a)', {"a"}),
        ("None", set()),
        ("", set()),
    ],
)
def test_a_key_is_what_on_conflict_can_name_by_its_columns(definition: str, columns: set[str]) -> None:
    assert columns_of(definition) == columns


def test_a_key_of_more_or_fewer_columns_is_none() -> None:
    for key in ("[epoch]", "[token_group]"):
        [finding] = found(f"{{unique: [{key}]}}")
        assert finding.change == "missing"


def test_a_missing_key_says_which_and_is_built_while_people_work() -> None:
    [finding] = found(NEEDS, BARE)
    assert finding.message == (
        "index public.sealed_epochs.sealed_epochs_epoch_token_group_key is missing: "
        "milo-aggregator expects a unique key of (token_group, epoch)"
    )
    assert finding.remedy is not None
    assert finding.remedy.sql == (
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS sealed_epochs_epoch_token_group_key "
        "ON public.sealed_epochs USING btree (token_group, epoch);"
    )


def test_the_order_of_a_keys_columns_makes_no_other_finding() -> None:
    contracts = [contract(NEEDS, "a"), contract("{unique: [[epoch, token_group]]}", "b")]
    [finding], _ = compare("production", contracts, BARE)
    assert finding.components == ("a", "b")


def test_a_key_of_a_column_that_is_missing_is_told_as_the_column() -> None:
    [finding] = found(NEEDS, without(BARE, GROUP[0]))
    assert (finding.kind, finding.identity) == ("column", GROUP[0].name)


def test_an_invalid_index_holds_nothing_and_is_built_anew() -> None:
    broken = index("CREATE UNIQUE INDEX by_epoch ON public.sealed_epochs USING btree (epoch, token_group)", valid=False)
    actual = msgspec.structs.replace(BARE, objects={**BARE.objects, broken[0]: broken[1]})
    [finding] = found(NEEDS, actual)
    assert (finding.attribute, finding.components) == ("valid", ("milo-aggregator",))
    assert finding.message == (
        "index public.sealed_epochs.by_epoch is invalid; milo-aggregator expects a unique key of (token_group, epoch)"
    )
    assert finding.remedy is not None
    assert "REINDEX INDEX CONCURRENTLY" in finding.remedy.sql


def test_the_key_of_a_partition_is_told_of_its_parent() -> None:
    part = relation("public", "part", partition_bound="DEFAULT", parents=("public.sealed_epochs",))
    columns = [(ObjectId("column", ("public", "part", each[0].name[-1])), each[1]) for each in (EPOCH, GROUP)]
    whole_table = snapshot(SCHEMA, TABLE, EPOCH, GROUP, KEY, part, *columns)
    needs = contract(NEEDS)
    of_part = msgspec.structs.replace(
        needs, relations=(msgspec.structs.replace(needs.relations[0], name=("public", "part")),)
    )
    assert compare("production", [of_part], whole_table) == ((), ())
    [finding], _ = compare("production", [of_part], without(whole_table, KEY[0]))
    assert finding.identity[:2] == ("public", "part")


@pytest.mark.parametrize("attribute", ["definition", "valid"])
def test_where_a_key_could_not_be_read_nothing_is_said(attribute: str) -> None:
    veiled = {key: value for key, value in KEY[1].items() if key != attribute}
    actual = msgspec.structs.replace(THERE, objects={**THERE.objects, KEY[0]: veiled})
    findings, [subject] = compare("production", [contract(NEEDS)], actual)
    assert (findings, subject.kind) == ((), "index")
    assert subject.reason.startswith("not all keys and indexes of the table could be read (")
    assert found(NEEDS, changed(KEY, definition="UNIQUE (epoch, token_group)")) == ()


def test_an_index_is_called_as_nothing_is_and_not_too_long() -> None:
    there = known(
        snapshot(
            whole("index", "public", "other", "t_a_key"),
            relation("public", "t_b_key"),
            relation("public", f"t_{'🐘' * 14}_key"),
        )
    )
    assert index_name(("public", "t"), ("c",), there) == "t_c_key"
    names = {
        index_name(("public", "t"), (column,), there)
        for column in ("a", "b", "🐘" * 14, "🐘" * 20, "🐘" * 21, "x" * 63)
    }
    assert len(names) == 6
    assert not names & {"t_a_key", "t_b_key"}
    assert all(len(name.encode()) <= 63 for name in names)
