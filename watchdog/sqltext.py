"""Names and literals as SQL, and names and numbers as a person reads them."""

import re
from collections.abc import Sequence

# Words that PostgreSQL quotes when they are names: pg_get_keywords() where catcode <> 'U', as of 18.
KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
    natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
    placing position precision primary real references returning right row select session_user setof similar
    smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true
    union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()
)

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_QUOTED = re.compile(r'"(?:[^"]|"")+"')
_PART = re.compile(r'"(?:[^"]|"")+"|[a-z_][a-z0-9_]*', re.ASCII)
_DOTTED = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))+", re.ASCII)


def quote_ident(name: str) -> str:
    """Write a name as the server's own function does: bare where that is safe, else in doubled quotes."""
    if _PLAIN.fullmatch(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def qualified(names: Sequence[str]) -> str:
    """`schema.table` for SQL, each part quoted as needed."""
    return ".".join(quote_ident(name) for name in names)


def quote_literal(text: str) -> str:
    """A string as a literal that reads the same whatever standard_conforming_strings says."""
    quoted = "'" + text.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def names_in(statement: str) -> list[tuple[str, ...]]:
    """The dotted names in a statement, in their order, each as its parts; also those that a literal holds."""
    return [
        tuple(part[1:-1].replace('""', '"') if part.startswith('"') else part for part in _PART.findall(name[0]))
        for name in _DOTTED.finditer(statement)
    ]


def name_parts(name: str) -> tuple[str, ...]:
    """The parts of one name with at least one dot, written as SQL has it; none where it is not that."""
    return names_in(name)[0] if _DOTTED.fullmatch(name) else ()


def visible(text: str) -> str:
    """Text for one line of a log, a page or a message: what does not print is shown by its code point."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def is_the_same_pasted(sql: str) -> bool:
    """Whether it says the same when it is copied from a terminal: every character prints, or ends a line."""
    return sql.replace("\n", "").isprintable()


def printable(statement: str) -> str:
    """The same statement with each quoted name that does not print as `U&"..."`, so that a terminal does nothing of it.

    It may hold no double quotes but those of names. It is for standard_conforming_strings = on, the default.
    """
    return _QUOTED.sub(lambda name: name[0] if name[0].isprintable() else "U&" + _escaped(name[0]), statement)


def _escaped(name: str) -> str:
    doubled = name.replace("\\", "\\\\")
    return "".join(char if char.isprintable() else f"\\+{ord(char):06x}" for char in doubled)


def display_name(names: Sequence[str]) -> str:
    """A name for people: quoted as in SQL where needed, and always one line."""
    return visible(qualified(names))


def how_many(number: int, thing: str) -> str:
    """`1 finding`, `2 findings`, `1,230 findings`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
