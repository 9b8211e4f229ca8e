"""Functions and procedures that are missing."""

import re
from collections.abc import Iterator

from watchdog.finding import Remedy
from watchdog.schema.ddl import access, dollar_quoted
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name
from watchdog.schema.remedies.caution import CAREFUL
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.sqltext import names_in, qualified, quote_ident, quote_literal

# Of the settings that hold a list, which are quoted otherwise, none is a number or one such word.
_PLAIN_SETTING = re.compile(r"[a-z_][\w.]*=[\w.+-]+", re.ASCII)


def missing_routine(change: Change, expected: Snapshot, _: Snapshot) -> Remedy | None:
    """Nothing for what is written in C, or has settings of which the quotes cannot be known."""
    name = sql_name(change.subject)
    made = _create(change.subject, expected)
    if made is None:
        return None
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join([made, *access(change.subject, expected)]),
        verify_sql=f"SELECT to_regprocedure({quote_literal(name)});",
        revert_sql=f"DROP ROUTINE IF EXISTS {name};",
        safety="additive; brings back the routine, its owner and grants; what used it and went with it is found next",
        lock="none",
        rewrites_table=False,
    )


def _create(subject: ObjectId, expected: Snapshot) -> str | None:
    """A function or procedure; None where its settings or its place in a library cannot be written for sure."""
    facts = expected.objects[subject]
    settings = [_setting(str(each)) for each in facts["settings"]] if isinstance(facts["settings"], tuple) else []
    if facts["library"] or facts["language"] == "internal" or facts["transforms"] or None in settings:
        return None
    procedure = facts["routine_kind"] == "procedure"
    name = qualified(next(iter(names_in(sql_name(subject))), ()))
    parts = [
        f"CREATE OR REPLACE {'PROCEDURE' if procedure else 'FUNCTION'} {name}({facts['arguments'] or ''})",
        "" if procedure else f"RETURNS {facts['result']}",
        f"LANGUAGE {quote_ident(str(facts['language']))}",
        *([] if procedure else _promises(facts)),
        "SECURITY DEFINER" if facts["security_definer"] else "",
        *(str(setting) for setting in settings),
    ]
    written = f"\n{facts['sql_body']}" if facts["sql_body"] else f"\nAS {dollar_quoted(str(facts['body']), '$body$')}"
    return " ".join(filter(None, parts)) + f"{written};"


def _promises(facts: Attributes) -> Iterator[str]:
    """What the planner may take for granted of a function; the server leaves it out of a procedure."""
    yield "WINDOW" if facts["routine_kind"] == "window function" else ""
    yield str(facts["volatility"])
    yield "STRICT" if facts["strict"] else ""
    yield "LEAKPROOF" if facts["leakproof"] else ""
    yield f"PARALLEL {facts['parallel']} COST {facts['cost']}"
    yield f"ROWS {facts['rows']}" if facts["rows"] not in ("0", None) else ""
    yield f"SUPPORT {facts['support_function']}" if facts["support_function"] else ""


def _setting(text: str) -> str | None:
    """`search_path=a, "b"`, whose value is quoted already; other lists are not told from plain values."""
    name, _, value = text.partition("=")
    if name == "search_path":
        # An empty name is stored in double quotes, and taken in single ones alone.
        return f"SET {name} TO " + ("''" if value == '""' else value)
    plain = _PLAIN_SETTING.fullmatch(f"{name}={value}")
    return f"SET {name} TO {quote_literal(value).strip()}" if plain else None
