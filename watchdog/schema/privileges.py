"""GRANT and REVOKE, from privileges as snapshots hold them; postgres/sql/facets/privileges.sql says how they read."""

from collections.abc import Iterator
from typing import NamedTuple

from watchdog.schema.kinds import sql_name, sql_noun
from watchdog.schema.snapshot import Attributes, ObjectId, Value
from watchdog.sqltext import qualified, quote_ident

GRANTABLE = " with grant option"


class Item(NamedTuple):
    """One privilege of one holder, both as SQL; not `held` when it is the server's default and was taken away."""

    privilege: str
    grantee: str
    grantable: bool
    held: bool


def items(value: Value, owner: Value) -> tuple[Item, ...]:
    """What can be granted; what a dropped role held cannot, and of an owner that is not known nothing is said."""
    parsed = (_item(text, owner) for text in value) if isinstance(value, tuple) else ()
    return tuple(item for item in parsed if item.grantee not in ("a dropped role", "the owner"))


def grants(subject: ObjectId, attributes: Attributes, owner: Value = None) -> Iterator[str]:
    """What was granted on an object beyond the server's default."""
    for name in ("privileges", "maintain_privileges"):
        for item in items(attributes.get(name), owner):
            if item.held:
                yield grant(item, *granted_on(subject, attributes))


def taken_away(subject: ObjectId, attributes: Attributes, owner: Value) -> Iterator[str]:
    """What was taken away of the default that an object gets when it is made anew, such as EXECUTE from PUBLIC."""
    for name in ("privileges", "maintain_privileges"):
        for item in items(attributes.get(name), owner):
            if not item.held:
                yield revoke(item, *granted_on(subject, attributes))


def lacking(wanted: tuple[Item, ...], found: tuple[Item, ...]) -> tuple[Item, ...]:
    """What has to be granted for all to hold what they should; the rest of a difference is held beyond that."""
    there = {(item.privilege, item.grantee): item for item in found}
    meant = {(item.privilege, item.grantee): item for item in wanted}
    lost = [item._replace(held=True) for key, item in there.items() if not item.held and key not in meant]
    less = [item for key, item in meant.items() if item.held and not _covers(there.get(key), item)]
    return (*less, *lost)


def granted_on(subject: ObjectId, attributes: Attributes) -> tuple[str, str]:
    """The object as GRANT ... ON names it, and the column in brackets, if it is one."""
    if subject.kind == "column":
        return qualified(subject.name[:-1]), f" ({quote_ident(subject.name[-1])})"
    noun = sql_noun(subject, attributes)
    # Of the relations only a sequence has a word of its own here.
    plain = subject.kind == "relation" and noun != "SEQUENCE"
    return sql_name(subject) if plain else f"{noun} {sql_name(subject)}", ""


def grant(item: Item, on: str, part: str = "") -> str:
    """`part` is a column in brackets."""
    option = " WITH GRANT OPTION" if item.grantable else ""
    return f"GRANT {item.privilege}{part} ON {on} TO {item.grantee}{option};"


def revoke(item: Item, on: str, part: str = "", *, option: bool = False) -> str:
    """Takes the privilege away, or only the option to grant it."""
    what = "GRANT OPTION FOR " if option else ""
    return f"REVOKE {what}{item.privilege}{part} ON {on} FROM {item.grantee};"


def _item(text: str, owner: Value) -> Item:
    privilege, _, holder = text.partition(" to ")
    grantee = holder.removesuffix(GRANTABLE)
    if grantee == "the owner" and owner:
        grantee = quote_ident(str(owner))
    return Item(privilege.removeprefix("not "), grantee, holder.endswith(GRANTABLE), not privilege.startswith("not "))


def _covers(found: Item | None, wanted: Item) -> bool:
    return found is not None and found.held and found.grantable >= wanted.grantable
