"""The forms of values in contracts, each with its mistakes in words."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from watchdog.contracts.types import type_name
from watchdog.sqltext import name_parts, quote_ident


def _text(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | date):
        raise ValueError("YAML reads this as no text: put it in quotes")
    return value


def _two_parts(name: str) -> str:
    names = name_parts(name)
    if len(names) != 2:  # noqa: PLR2004 schema and name
        raise ValueError('must be schema.name as in SQL, such as public.orders or public."My orders"')
    if names[0].startswith("pg_") or names[0] == "information_schema":
        raise ValueError("belongs to the server itself, which no contract speaks of")
    return name


def _function(written: str) -> str:
    name, bracket, arguments = written.partition("(")
    if not bracket or not arguments.rstrip().endswith(")"):
        raise ValueError("must be a name and the types of its arguments, such as public.seal(bigint, text)")
    given = _split(arguments.rstrip()[:-1])
    types = [type_name(each, modifiers=False) for each in given]
    schema, routine = name_parts(_two_parts(name.strip()))
    return f"{quote_ident(schema)}.{quote_ident(routine)}({', '.join(types)})"


def _split(arguments: str) -> list[str]:
    """At the commas that no bracket and no quote holds."""
    parts, depth, quoted = [""], 0, False
    for char in arguments:
        quoted ^= char == '"'
        depth += 0 if quoted else (char == "(") - (char == ")")
        if char == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts if arguments.strip() else []


def as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _since(value: object) -> object:
    """A date is one to YAML; a version, such as 2.10, is in quotes or it is another number."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _text(value)


def as_default(value: object) -> object:
    if value is False:
        raise ValueError("write true for any default, or SQL in quotes, such as 'false'")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("names something twice")
    return names


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Dotted = Annotated[str, BeforeValidator(_text), AfterValidator(_two_parts)]
Type = Annotated[str, BeforeValidator(_text), AfterValidator(type_name)]
Function = Annotated[str, BeforeValidator(_text), AfterValidator(_function)]
Since = Annotated[str, BeforeValidator(_since)]
Privilege = Annotated[
    Literal["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]
Columns = Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_different)]
