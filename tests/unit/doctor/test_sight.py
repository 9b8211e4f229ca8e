from tests.unit.doctor.samples import only, wrong
from watchdog.doctor.facts import History, SchemaSight, Statements, Table, Wanted
from watchdog.doctor.line import Level


def test_tables_that_cannot_be_counted_are_offered_by_name_or_if_many_by_their_schema() -> None:
    some = [Table(schema="a", name="T", may_select=False), Table(schema="a", name="u", may_select=True)]
    many = [Table(schema="b", name=f"t{number}", may_select=False) for number in range(51)]
    line = only(tables=[*many, *some])
    assert line.level == Level.NOTE
    assert line.what == 'it cannot read 52 watched tables (a."T", b.t0, b.t1, b.t10, b.t11, and 47 more)'
    assert line.sql == (
        'GRANT SELECT ON TABLE a."T" TO w;',
        "GRANT SELECT ON ALL TABLES IN SCHEMA b TO w;",
    )


def test_rows_that_a_policy_hides_are_told_with_the_way_out() -> None:
    line = only(tables=[Table(schema="a", name="t", may_select=True, filtered=True)])
    assert line.what == "row level security hides rows of 1 watched table (a.t)"
    assert line.do.startswith("ALTER ROLE w BYPASSRLS")


def test_sequences_that_cannot_be_asked_are_offered_a_schema_at_a_time() -> None:
    line = only(
        schemas=[
            SchemaSight(schema="a", entered=True, sequences=("s", "t")),
            SchemaSight(schema="b", entered=False, sequences=tuple(f"s{number}" for number in range(51))),
        ]
    )
    assert line.sql == (
        "GRANT SELECT ON SEQUENCE a.s, a.t TO w;",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA b TO w;",
    )


def test_the_migrations_table_is_a_fault_where_it_is_needed_and_an_offer_elsewhere() -> None:
    table = History(schema="public", name="schema_migrations", entered=False, may_select=False)
    needed, offered = only(Wanted(migrations=True), histories=[table]), only(histories=[table])
    assert (needed.level, offered.level) == (Level.FAULT, Level.NOTE)
    assert (
        needed.sql
        == offered.sql
        == (
            "GRANT USAGE ON SCHEMA public TO w;",
            "GRANT SELECT ON TABLE public.schema_migrations TO w;",
        )
    )
    hidden = History(schema="public", name="m", entered=True, may_select=True, filtered=True)
    assert only(histories=[hidden]).sql == ("CREATE POLICY w ON public.m FOR SELECT TO w USING (true);",)
    assert only(Wanted(migrations=True)).what == "no migration tool's table is there"
    assert wrong(histories=[History(schema="public", name="m", entered=True, may_select=True)]) == []


def test_recorded_statements_are_a_warning_only_where_they_are_wanted() -> None:
    for changed, sql in (
        ({"statements": None}, ("CREATE EXTENSION IF NOT EXISTS pg_stat_statements;",)),
        ({"statements": Statements(schema="x", refused="must be loaded")}, ()),
        ({"role__reads_statistics": False}, ()),
    ):
        assert only(**changed).level == Level.NOTE
        wanted = only(Wanted(statements=True), **changed)
        assert (wanted.level, wanted.sql) == (Level.WARNING, sql)
