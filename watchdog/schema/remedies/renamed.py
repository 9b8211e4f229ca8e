"""The old name for what has lost it."""

from watchdog.finding import Remedy
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name, sql_noun
from watchdog.schema.remedies.caution import BRIEFLY_ALL, CAREFUL
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import qualified, quote_ident, quote_literal


def renamed(change: Change, _: Snapshot, actual: Snapshot) -> Remedy | None:
    """Nothing for what was moved to another schema, which is more than a name."""
    old, now = change.subject, change.now
    if now is None or now.name[-1] == old.name[-1]:
        return None
    noun = sql_noun(now, actual.objects[now])
    forward = _rename_statement(now, old.name[-1], noun)
    back = _rename_statement(ObjectId(now.kind, (*now.name[:-1], old.name[-1])), now.name[-1], noun)
    if forward is None or back is None:
        return None
    return Remedy(
        before_sql=CAREFUL,
        sql=forward,
        verify_sql=_names_query(now, old.name[-1]),
        revert_sql=back,
        safety="gives back the old name; code that knows only the new one fails from then on",
        lock=BRIEFLY_ALL,
        rewrites_table=False,
    )


def _rename_statement(subject: ObjectId, name: str, noun: str) -> str | None:
    """The statement that gives an object a new name; `noun` is what SQL calls a relation of its sort."""
    table, to = qualified(subject.name[:-1]), quote_ident(name)
    match subject.kind:
        case "schema":
            return f"ALTER SCHEMA {sql_name(subject)} RENAME TO {to};"
        case "relation":
            return f"ALTER {noun} {sql_name(subject)} RENAME TO {to};"
        case "column":
            return f"ALTER TABLE {table} RENAME COLUMN {quote_ident(subject.name[-1])} TO {to};"
        case "constraint":
            return f"ALTER TABLE {table} RENAME CONSTRAINT {quote_ident(subject.name[-1])} TO {to};"
        case "index":
            return f"ALTER INDEX {qualified((subject.name[0], subject.name[-1]))} RENAME TO {to};"
        case _:
            return None


def _names_query(now: ObjectId, name: str) -> str:
    match now.kind:
        case "schema":
            return f"SELECT nspname FROM pg_namespace WHERE nspname = {quote_literal(name)};"
        case "column":
            relation = quote_literal(qualified(now.name[:2]))
            return (
                "SELECT attname FROM pg_attribute\n"
                f"WHERE attrelid = to_regclass({relation}) AND attname = {quote_literal(name)} AND NOT attisdropped;"
            )
        case "constraint":
            relation = quote_literal(qualified(now.name[:2]))
            return (
                "SELECT conname FROM pg_constraint\n"
                f"WHERE conrelid = to_regclass({relation}) AND conname = {quote_literal(name)};"
            )
        case _:
            return f"SELECT to_regclass({quote_literal(qualified((now.name[0], name)))});"
