"""A migration tool's own table, read as it stands."""

from collections.abc import Mapping, Sequence

import asyncpg
import msgspec

from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection
from watchdog.postgres.queries import query
from watchdog.sqltext import qualified, quote_ident


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The table as (schema, name), and its rows in the order in which they were asked for."""

    table: tuple[str, str]
    rows: Sequence[Mapping[str, object]]


async def history(connection: Connection, table: tuple[str | None, str], select: str) -> History | None:
    """What the tool noted; None where its table does not exist.

    Args:
        connection: to the watched server.
        table: schema and name; without a schema it is looked for in all, and the one in `public` is preferred.
        select: the question, with `{table}` for the table's name.

    Raises:
        UnreachableError: no connection.
        CaptureError: the table cannot be read, with what to do.
    """
    schema, name = table
    try:
        async with connection.transaction() as transaction:
            relations = await transaction.fetch(query("histories"), [schema], [name])
            tables = {row["nspname"]: row for row in relations if row["is_table"]}
            schemas = list(tables)
            if not schemas and relations:
                raise CaptureError(
                    f"{qualified((relations[0]['nspname'], name))} is no table, and no migration tool's: say which "
                    "table is meant (migrations.table)"
                )
            if not schemas:
                return None
            found = schemas[0] if len(schemas) == 1 else "public" if "public" in schemas else None
            if found is None:
                raise CaptureError(
                    f"there is a table {name} in {', '.join(schemas)}: say which is meant (migrations.table)"
                )
            table_name = qualified((found, name))
            if tables[found]["filtered"]:
                raise CaptureError(
                    f"{table_name} cannot be read whole, as row level security is enabled: CREATE POLICY "
                    f"schema_watchdog ON {table_name} FOR SELECT TO {tables[found]['role']} USING (true); so that it "
                    "is known what is pending"
                )
            try:
                rows = await transaction.fetch(select.format(table=table_name))
            except asyncpg.PostgresError as error:
                words = _words(error, table_name, tables[found])
                raise CaptureError(f"{table_name} cannot be read: {words}") from error
    except asyncpg.PostgresError as error:
        raise CaptureError(f"the server refused to say where the table {name} is: {error}") from error
    return History(table=(found, name), rows=[dict(row) for row in rows])


def _words(error: asyncpg.PostgresError, table: str, found: Mapping[str, object]) -> str:
    words = " ".join(str(error).split())
    match error:
        case asyncpg.InsufficientPrivilegeError():
            role, schema = found["role"], quote_ident(str(found["nspname"]))
            usage = "" if found["entered"] else f"GRANT USAGE ON SCHEMA {schema} TO {role}; "
            return f"{words}: {usage}GRANT SELECT ON {table} TO {role}; so that it is known what is pending"
        case asyncpg.UndefinedColumnError():
            return f"{words}: another tool's? (see migrations.format and migrations.table)"
        case _:
            return words
