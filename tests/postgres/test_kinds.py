"""Every query on every major: it is understood, and returns what the table of kinds declares."""

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest

from tests.postgres.looks import look
from tests.servers.query import sql
from watchdog.postgres.capture import of_kind
from watchdog.postgres.queries import facet_query, kind_query
from watchdog.schema.kinds import DEFINITION, KINDS
from watchdog.sqltext import quote_ident, quote_literal

SQL = Path(__file__).parents[2] / "watchdog" / "postgres" / "sql"
ADDRESS = ["class_oid", "object_oid", "sub_id", "blocked"]
ADDRESSES = ["class_oid", "object_oids", "sub_ids", "blocked"]
FACE = ["quoted", "type_oid", "collation_oid"]
# What a value may be: str, int, bool, or a tuple of str. `name` comes as text.
TYPES = {"text", "name", "int4", "int8", "bool", "text[]"}


@pytest.mark.all_majors
def test_every_query_returns_address_identity_and_attributes_in_this_order(database: str, major: int) -> None:
    async def prepared() -> dict[str, list[tuple[str, str]]]:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("SET search_path = pg_catalog")
            known = [kind.name for kind in KINDS.values() if kind.since <= major]
            statements = {kind: await connection.prepare(kind_query(kind, major)) for kind in known}
            for kind, statement in statements.items():
                taken = [parameter.name for parameter in statement.get_parameters()]
                assert taken == ["oid[]", *("oid[]" for _ in of_kind(KINDS[kind], major, []).given)], kind
            return {
                kind: [(each.name, each.type.name) for each in statement.get_attributes()]
                for kind, statement in statements.items()
            }
        finally:
            await connection.close()

    for kind, columns in asyncio.run(prepared()).items():
        declared = [attribute.name for attribute in KINDS[kind].own if not attribute.gathered]
        if kind == "column":
            # Of many at once; their positions are told by their numbers.
            assert [name for name, _ in columns] == [*ADDRESSES, "column", *FACE, *declared[:-1]]
        else:
            assert [name for name, _ in columns] == [*ADDRESS, *KINDS[kind].identity, *declared], kind
        assert {of for name, of in columns[len(ADDRESS) :] if name not in FACE} <= TYPES, kind


@pytest.mark.all_majors
def test_every_facets_query_returns_addresses_and_a_value(database: str, major: int) -> None:
    facets = {facet for kind in KINDS.values() for facet in kind.facets if facet.since <= major}

    async def prepared() -> dict[str, list[str]]:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("SET search_path = pg_catalog")
            statements = {facet.name: await connection.prepare(facet_query(facet.name, major)) for facet in facets}
            for statement in statements.values():
                assert [parameter.name for parameter in statement.get_parameters()] == ["oid[]"]
            return {name: [each.name for each in each_of.get_attributes()] for name, each_of in statements.items()}
        finally:
            await connection.close()

    expected = ["class_oid", "object_oid", "sub_id", "value"]
    assert asyncio.run(prepared()) == {facet.name: expected for facet in facets}


def test_every_query_of_what_may_be_secret_hides_it() -> None:
    texts = {path.name: path.read_text() for path in SQL.glob("*/*.sql")}
    catalogs = re.compile(r"(srv|um|fdw|ft|attfdw)options|(set|pro|rol)config|reset_val")
    secretive = {name for name, text in texts.items() if catalogs.search(text)}
    assert len(secretive) > 8
    # Or it is asked for the values of a few settings by name, of which none is a secret.
    hides = (":option_shown", ":'secret_option'", "any($1::text[])")
    assert secretive == {name for name, text in texts.items() if any(each in text for each in hides)}


@pytest.mark.parametrize(
    ("option", "is_secret"),
    [
        *(
            (f"{name}=sesame", True)
            for name in ("password", "pass", "PassPhrase", "a.api_token", "auth", "sslkey", "pwd")
        ),
        ("dsn=postgresql://u:sesame@h/d", True),
        ("options=-c x host=h password=sesame", True),
        *((f"{name}=on", False) for name in ("password_required", "password_encryption", "auth_delay", "host")),
    ],
)
def test_a_secret_is_known_by_its_name_or_its_form(database: str, option: str, *, is_secret: bool) -> None:
    name, _, value = option.partition("=")
    sql(
        database,
        "CREATE FOREIGN DATA WRAPPER w; "
        f"CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS ({quote_ident(name)} {quote_literal(value)})",
    )
    [server] = [facts for subject, facts in look(database).objects.items() if subject.kind == "foreign_server"]
    assert server["options"] == ((f"{name}=(hidden)",) if is_secret else (option,))


def test_every_file_of_a_facet_is_used() -> None:
    facets = {facet.name for kind in KINDS.values() for facet in kind.facets}
    assert {path.name.split(".")[0] for path in (SQL / "facets").iterdir()} == facets


def test_a_query_is_of_the_closest_lower_version() -> None:
    assert kind_query("routine", 13) != kind_query("routine", 14) == kind_query("routine", 18)
    assert kind_query("column", 13) == kind_query("column", 18)
    assert facet_query("owner", 13) == facet_query("owner", 18)


def test_only_whole_objects_are_rendered_under_the_name_whose_null_means_vanished() -> None:
    assert [kind for kind, facts in KINDS.items() if any(each.name == DEFINITION for each in facts.own)] == [
        "constraint", "index", "view", "rule", "trigger", "statistics"
    ]  # fmt: skip
