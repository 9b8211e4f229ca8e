import pytest

from tests.unit.schema.samples import COLUMN, HOSTILE, column, relation, sequence, snapshot, thing
from watchdog.schema.ddl import (
    column_definition,
    create_index,
    create_sequence,
    create_table,
    needs_value,
    rewrites_table,
)
from watchdog.schema.privileges import grants
from watchdog.schema.snapshot import Attributes, ObjectId, Value

T = ObjectId("relation", ("public", "t"))


@pytest.mark.parametrize(
    "default",
    [
        "'milo'::character varying", "'it''s'::text", "0", "-1", "(-1.5)", "true", "NULL::character varying", "now()",
        "CURRENT_TIMESTAMP", "'{}'::jsonb", "'{}'::text[]", "'x'::\"My\".\"type\"", "'0.00'::numeric(10,2)",
    ],
)  # fmt: skip
def test_a_column_with_one_value_for_all_rows_rewrites_nothing(default: str) -> None:
    assert not rewrites_table({**COLUMN, "default": default}, snapshot())


@pytest.mark.parametrize(
    "facts",
    [
        {"default": "gen_random_uuid()"},
        {"default": "clock_timestamp()"},
        {"default": "nextval('public.t_id_seq'::regclass)"},
        {"default": "(random() * (6)::double precision)"},
        {"default": "('a'::text || random())"},
        {"default": "now() + random()"},
        {"identity": "ALWAYS"},
        {"identity": "BY DEFAULT"},
        {"generated": "((n * 2)) STORED"},
        {"data_type": 'public."Positive"'},
    ],
)
def test_a_column_whose_values_differ_by_row_or_must_be_proven_may_rewrite(facts: dict[str, Value]) -> None:
    domain = thing("domain", "public", "Positive", data_type="integer")
    assert rewrites_table({**COLUMN, **facts}, snapshot(domain))


def test_a_virtual_column_and_one_without_default_rewrite_nothing() -> None:
    assert not rewrites_table({**COLUMN, "generated": "((n * 2)) VIRTUAL"}, snapshot())
    assert not rewrites_table({**COLUMN, "not_null": True}, snapshot())


@pytest.mark.parametrize("filled", ["default", "identity", "generated"])
def test_a_column_needs_a_value_only_when_nothing_else_fills_it(filled: str) -> None:
    assert needs_value({**COLUMN, "not_null": True})
    assert not needs_value({**COLUMN, "not_null": True, filled: "x"})
    assert not needs_value(COLUMN)
    assert not needs_value({})


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        ({"data_type": "character varying(10)", "default": "'milo'::character varying"},
         "c character varying(10) DEFAULT 'milo'"),
        ({"data_type": "text", "default": "'x'::character varying"}, "c text DEFAULT 'x'::character varying"),
        ({"data_type": "text", "collation": 'pg_catalog."C"', "not_null": True},
         'c text COLLATE pg_catalog."C" NOT NULL'),
        ({"not_null": True, "identity": "ALWAYS"}, "c integer NOT NULL GENERATED ALWAYS AS IDENTITY"),
        ({"generated": "((n * 2)) STORED"}, "c integer GENERATED ALWAYS AS ((n * 2)) STORED"),
    ],
)  # fmt: skip
def test_a_column_is_written_as_in_create_table(facts: dict[str, Value], written: str) -> None:
    assert column_definition("c", {**COLUMN, **facts}) == written


def test_a_table_comes_back_with_all_that_it_is_not_the_same_without() -> None:
    key: dict[str, Value] = {"constraint_kind": "primary key", "definition": "PRIMARY KEY (id)", "validated": True}
    foreign: dict[str, Value] = {
        "constraint_kind": "foreign key",
        "definition": "FOREIGN KEY (b) REFERENCES public.p(b)",
        "validated": True,
    }
    whole = snapshot(
        relation(
            "public",
            "t",
            row_security=True,
            row_security_forced=True,
            options=("fillfactor=70",),
            owner="Ada",
            privileges=("SELECT to app", "not DELETE to the owner"),
        ),
        column("public", "t", "b", data_type="text", position=10),
        column("public", "t", "id", default="nextval('public.t_id_seq'::regclass)", not_null=True, position=2),
        column("public", "other", "x"),
        relation("public", "t_id_seq", relation_kind="sequence", owner="Ada", privileges=("USAGE to app",)),
        sequence("public", "t_id_seq", owned_by="public.t.id"),
        relation("public", "other_seq", relation_kind="sequence"),
        sequence("public", "other_seq", owned_by="public.t2.id"),
        thing("constraint", "public", "t", "t_fk", **foreign),
        thing("constraint", "public", "t", "t_pkey", **key),
        thing("index", "public", "t", "t_b", definition="CREATE INDEX t_b ON public.t USING btree (b)", valid=True),
    )
    statements = list(create_table(T, whole))
    begun = [
        "CREATE SEQUENCE IF NOT EXISTS public.t_id_seq AS integer START 1 INCREMENT 1 MINVALUE 1",
        (
            "CREATE TABLE IF NOT EXISTS public.t (\n"
            "  id integer DEFAULT nextval('public.t_id_seq'::regclass) NOT NULL,\n"
            "  b text,\n  CONSTRAINT t_pkey PRIMARY KEY (id)\n) WITH (fillfactor=70);"
        ),
        "ALTER TABLE public.t ADD CONSTRAINT t_fk FOREIGN KEY (b) REFERENCES public.p(b)",
        "CREATE INDEX IF NOT EXISTS t_b ON public.t USING btree (b);",
        "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;",
        "ALTER TABLE public.t FORCE ROW LEVEL SECURITY;",
        "GRANT SELECT ON public.t TO app;",
        'ALTER TABLE public.t OWNER TO "Ada";',
        'REVOKE DELETE ON public.t FROM "Ada";',
        "GRANT USAGE ON SEQUENCE public.t_id_seq TO app;",
        'ALTER SEQUENCE public.t_id_seq OWNER TO "Ada";',
        "ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id;",
    ]
    places = [next(index for index, one in enumerate(statements) if part in one) for part in begun]
    assert places == sorted(places)
    assert not any("other_seq" in statement for statement in statements)


def test_a_table_without_columns_an_unlogged_one_and_an_inheriting_one() -> None:
    assert list(create_table(T, snapshot(relation("public", "t")))) == ["CREATE TABLE IF NOT EXISTS public.t ();"]
    child = relation("public", "t", persistence="unlogged", parents=('public."P"', "public.q"))
    assert list(create_table(T, snapshot(child))) == [
        'CREATE UNLOGGED TABLE IF NOT EXISTS public.t () INHERITS (public."P", public.q);'
    ]


def test_a_partitioned_table_says_its_key_and_a_partition_its_bound_alone() -> None:
    root = relation("public", "t", relation_kind="partitioned table", partition_key="RANGE (at)")
    [statement] = create_table(T, snapshot(root, column("public", "t", "at", data_type="date")))
    assert statement == "CREATE TABLE IF NOT EXISTS public.t (\n  at date\n) PARTITION BY RANGE (at);"
    bound = "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
    leaf = relation("public", "t", partition_bound=bound, parents=("public.root",))
    [statement] = create_table(T, snapshot(leaf, column("public", "t", "at", data_type="date")))
    assert " ".join(statement.split()) == f"CREATE TABLE IF NOT EXISTS public.t PARTITION OF public.root {bound};"


def test_a_sequence_is_made_as_it_was_and_owned_by_nobody_yet() -> None:
    holder = relation("s", "q", relation_kind="sequence")
    facts = sequence("s", "q", minimum=0, start=0, cycle=True, owned_by="s.t.id")
    assert create_sequence(holder[0], snapshot(holder, facts)) == (
        "CREATE SEQUENCE IF NOT EXISTS s.q AS integer START 0 INCREMENT 1 MINVALUE 0 MAXVALUE 2147483647 CACHE 1 CYCLE;"
    )


@pytest.mark.parametrize("name", ["i", 'My "index"', HOSTILE])
def test_an_index_is_the_servers_own_definition_made_safe_to_repeat(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"' if name != "i" else "i"
    made = thing("index", "public", "t", name, definition=f"CREATE UNIQUE INDEX {quoted} ON public.t USING btree (a)")
    assert create_index(made[0], snapshot(made), concurrently=True) == (
        f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {quoted} ON public.t USING btree (a);"
    )


def test_a_partitioned_index_is_made_on_the_partitions_too() -> None:
    made = thing("index", "public", "t", "i", definition="CREATE INDEX i ON ONLY public.t USING btree (a)")
    assert create_index(made[0], snapshot(made), concurrently=False) == (
        "CREATE INDEX IF NOT EXISTS i ON public.t USING btree (a);"
    )


def test_an_index_definition_that_begins_in_an_unknown_way_is_not_guessed_at() -> None:
    made = thing("index", "public", "t", "i", definition="CREATE SPARKLING INDEX i ON public.t USING btree (a)")
    assert create_index(made[0], snapshot(made), concurrently=False) is None


def test_only_what_was_granted_to_somebody_who_is_there_is_granted_again() -> None:
    subject, facts = relation(
        "s",
        "t",
        privileges=(
            "SELECT to PUBLIC",
            'INSERT to "a b" with grant option',
            "UPDATE to a dropped role",
            "TRIGGER to the owner",
            "not DELETE to x",
        ),
        maintain_privileges=("MAINTAIN to ada",),
    )
    assert list(grants(subject, facts)) == [
        "GRANT SELECT ON s.t TO PUBLIC;",
        'GRANT INSERT ON s.t TO "a b" WITH GRANT OPTION;',
        "GRANT MAINTAIN ON s.t TO ada;",
    ]
    assert "GRANT TRIGGER ON s.t TO grace;" in grants(subject, facts, "grace")
    held: Attributes = {"privileges": ("SELECT to ada",)}
    assert list(grants(ObjectId("column", ("s", "t", "user")), held)) == ['GRANT SELECT ("user") ON s.t TO ada;']
