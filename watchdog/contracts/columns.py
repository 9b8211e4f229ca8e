"""A column beside what a contract says of it."""

import re
from collections.abc import Iterator

from watchdog.contracts.contract import Column
from watchdog.contracts.known import Known
from watchdog.contracts.lack import A_DEFAULT, NOT_READ, Doubt, Lack, differs, unread
from watchdog.schema.ddl import WRITTEN_FROM, without_cast
from watchdog.schema.diff import Change
from watchdog.schema.equality import same_sql
from watchdog.schema.severity import widened
from watchdog.schema.snapshot import Attributes, ObjectId

_VIEWS = frozenset(("view", "materialized view"))
_QUOTED_NUMBER = re.compile(r"'(-?\d+(?:\.\d+)?)'|\((-\d+(?:\.\d+)?)\)")


def column_lacks(component: str, table: ObjectId, need: Column, there: Known) -> Iterator[Lack | Doubt]:
    """What a column of a relation that is there lacks, or of what nothing can be said."""
    subject, actual = ObjectId("column", (*table.name, need.name)), there.actual
    if "column" not in actual.covers:
        yield Doubt(subject=subject, component=component, reason=NOT_READ)
    elif subject not in actual.objects:
        yield Lack(
            change=Change(subject=subject, change="missing"),
            component=component,
            wants=need.wants,
            because=need.because,
            column=need,
        )
    else:
        is_view = actual.objects[table].get("relation_kind") in _VIEWS
        yield from _lacks(component, subject, need, there, is_view=is_view)


def fits(types: tuple[str, ...], found: str) -> bool:
    """Whether a type is one of these, or holds every value of one of them."""
    return not types or any(found == each or widened(each, found) for each in types)


def attributes(needs: list[Column]) -> Attributes:
    """A column that does for all of them, where they agree, to be added; nothing where they do not say enough."""
    types = [each for need in needs for each in need.types]
    best = max(types, key=lambda each: sum(fits(need.types, each) for need in needs), default=None)
    defaults = [need.default for need in needs if need.default is not None]
    default = next((each for each in defaults if each is not True), None)
    if best is None or (defaults and default is None):
        return {}
    nulls = {need.nullable for need in needs}
    return {
        **dict.fromkeys(WRITTEN_FROM["column"]),
        "data_type": best,
        "default": default,
        "not_null": False in nulls and True not in nulls,
    }


def _lacks(component: str, subject: ObjectId, need: Column, there: Known, *, is_view: bool) -> Iterator[Lack | Doubt]:
    facts = there.actual.objects[subject]
    asked = {
        "data_type": bool(need.types),
        "not_null": need.nullable is not None,
        "default": need.default is not None,
    }
    for attribute in (name for name, is_asked in asked.items() if is_asked):
        if reason := unread(subject, attribute, there.actual):
            yield Doubt(subject=subject, component=component, attribute=attribute, reason=reason)
            continue
        if attribute == "not_null" and need.nullable is False and is_view:
            reason = "the catalogs do not tell whether a view's column may be NULL"
            yield Doubt(subject=subject, component=component, attribute=attribute, reason=reason)
            continue
        change, wants = {"data_type": _type, "not_null": _nulls, "default": _default}[attribute](
            subject, need, facts, there
        )
        if change:
            yield Lack(change=change, component=component, wants=wants, because=need.because)


def _type(subject: ObjectId, need: Column, facts: Attributes, there: Known) -> tuple[Change | None, str]:
    wants = " or ".join(need.types)
    met = fits(need.types, str(facts["data_type"]))
    return None if met else differs(subject, "data_type", wants, there.actual), wants


def _nulls(subject: ObjectId, need: Column, facts: Attributes, there: Known) -> tuple[Change | None, str]:
    not_null = facts["not_null"] is True or str(facts.get("data_type")) in there.strict_domains
    wants = "nullable" if need.nullable else "NOT NULL"
    if not_null is bool(need.nullable):
        return differs(subject, "not_null", not need.nullable, there.actual), wants
    if not_null and "NOT VALID" in str(facts.get("not_null_rule")):
        return differs(subject, "not_null_rule", None, there.actual), f"{wants} of all rows"
    return None, wants


def _default(subject: ObjectId, need: Column, facts: Attributes, there: Known) -> tuple[Change | None, str]:
    found = facts["default"]
    if need.default is True:
        met = any(facts.get(name) for name in ("default", "identity", "generated"))
        return None if met else differs(subject, "default", A_DEFAULT, there.actual), A_DEFAULT
    wanted = str(need.default)
    met = found is not None and _same_default(
        wanted, str(found), str(facts.get("data_type")), there.actual.server.major
    )
    return None if met else differs(subject, "default", wanted, there.actual), f"DEFAULT {wanted}"


def _same_default(wanted: str, found: str, data_type: str, major: int) -> bool:
    """Also where the server adds a cast to the column's own type, or quotes a number, as it does with negative ones."""
    one, other = (str(without_cast(each, data_type)) for each in (wanted, found))
    return (
        same_sql(wanted, found, major, major)
        or same_sql(one, other, major, major)
        or _unquoted(one) == _unquoted(str(without_cast(found, data_type)))
    )


def _unquoted(number: str) -> str:
    written = _QUOTED_NUMBER.fullmatch(number)
    return written[1] or written[2] if written else number
