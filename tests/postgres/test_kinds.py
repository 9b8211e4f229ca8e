"""Every kind's query on every major: it is understood, and returns what the table of kinds declares."""

import asyncio

import asyncpg
import pytest

from watchdog.postgres.queries import kind_query
from watchdog.schema.kinds import DEFINITION, KINDS

ADDRESS = ["class_oid", "object_oid", "sub_id", "blocked"]
# What a value may be: str, int, bool, or a tuple of str. `name` comes as text.
TYPES = {"text", "name", "int4", "int8", "bool", "text[]"}


@pytest.mark.all_majors
def test_every_query_returns_address_identity_and_attributes_in_this_order(database: str, major: int) -> None:
    async def prepared() -> dict[str, list[tuple[str, str]]]:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("SET search_path = pg_catalog")
            statements = {kind: await connection.prepare(kind_query(kind, major)) for kind in KINDS}
            assert {tuple(parameter.name for parameter in each.get_parameters()) for each in statements.values()} == {
                ("oid[]", "oid[]")
            }
            return {
                kind: [(each.name, each.type.name) for each in statement.get_attributes()]
                for kind, statement in statements.items()
            }
        finally:
            await connection.close()

    for kind, columns in asyncio.run(prepared()).items():
        declared = [attribute.name for attribute in KINDS[kind].attributes]
        assert [name for name, _ in columns] == [*ADDRESS, *KINDS[kind].identity, *declared], kind
        assert {of for _, of in columns[len(ADDRESS) :]} <= TYPES, kind


def test_a_query_is_of_the_closest_lower_version() -> None:
    assert kind_query("routine", 13) != kind_query("routine", 14) == kind_query("routine", 18)
    assert kind_query("column", 13) == kind_query("column", 18)


def test_only_whole_objects_are_rendered_under_the_name_whose_null_means_vanished() -> None:
    assert [kind for kind, facts in KINDS.items() if any(each.name == DEFINITION for each in facts.attributes)] == [
        "constraint", "index", "view", "trigger"
    ]  # fmt: skip
