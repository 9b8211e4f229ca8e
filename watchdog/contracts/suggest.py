"""A contract as a component's statements suggest it: a beginning, for a person to read and to complete."""

from collections.abc import Sequence
from typing import Any

import yaml

from watchdog.contracts.keys import keys
from watchdog.contracts.known import known
from watchdog.contracts.naming import Naming, named
from watchdog.contracts.privileges import holds
from watchdog.contracts.types import type_name
from watchdog.schema.kinds import sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import display_name, visible

_VIEWS = ("view", "materialized view")
_ORDER = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
_WIDTH = 110


def suggested(component: str, statements: Sequence[str], actual: Snapshot, role: str | None) -> str:
    """A contract in YAML of what these statements name and the database has, so that nothing of it is lacking.

    Comments at its head say what a person has to decide: what is named and not there, and what the role does not hold.

    Args:
        component: whose statements they are.
        statements: as the component sends them.
        actual: where their tables are looked up; a bare name is taken to be of schema public, or of the only one.
        role: as which the component connects; without it privileges are not part of the contract.
    """
    needs = _Needs(actual)
    for statement in statements:
        needs.add(named(statement))
    document: dict[str, Any] = {"component": component}
    if role is not None:
        document["role"] = role
    notes: list[str] = []
    for section in ("tables", "views"):
        found = {
            sql_name(table): _entry(table, needs, role, notes)
            for table in sorted(needs.words)
            if (actual.objects[table].get("relation_kind") in _VIEWS) == (section == "views")
        }
        if found:
            document[section] = found
    if not needs.words:
        notes.append("no statement names a table that is there, so this is no contract yet")
    written = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    head = [f"What {component} needs, as its statements suggest it: read it, and say since when and what for."]
    return "".join(f"# {visible(line)}\n" for line in (*head, *dict.fromkeys((*needs.notes, *notes)))) + written


class _Dumper(yaml.SafeDumper):
    """Lists on their line, and each thing as it is wherever it stands."""

    def ignore_aliases(self, _: object) -> bool:
        return True


_Dumper.add_representer(
    tuple, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)


class _Needs:
    """What all statements together name of what is there."""

    def __init__(self, actual: Snapshot) -> None:
        self.actual = actual
        self.there = known(actual)
        self.words: dict[ObjectId, set[str]] = {}
        self.privileges: dict[ObjectId, set[str]] = {}
        self.unique: dict[ObjectId, list[tuple[str, ...]]] = {}
        self.notes: list[str] = []
        self._by_name: dict[str, list[ObjectId]] = {}
        for subject, facts in actual.objects.items():
            if subject.kind == "relation" and facts.get("relation_kind") not in (None, "sequence"):
                self._by_name.setdefault(subject.name[1], []).append(subject)

    def add(self, naming: Naming) -> None:
        """One statement more."""
        for use in naming.uses:
            table = self._found(use.name)
            if table is None:
                self.notes.append(f"{display_name(use.name)} is named by a statement and is not there, or not alone")
                continue
            self.words.setdefault(table, set()).update(naming.words)
            self.privileges.setdefault(table, set()).add(use.privilege)
            if naming.takes_all:
                self.notes.append(f"{display_name(table.name)}: a statement reads *; name the columns that it uses")
        for name, columns in naming.conflicts:
            if (table := self._found(name)) is not None:
                self._conflict(table, columns)

    def columns(self, table: ObjectId) -> dict[str, str | None]:
        """Those that are named, in the order of the table, each with its type, if one can be written."""
        found = [
            (facts.get("position"), subject.name[-1], facts.get("data_type"))
            for subject in self.there.columns.get(table.name, ())
            if subject.name[-1] in self.words[table]
            for facts in [self.actual.objects[subject]]
        ]
        found.sort(key=lambda each: (each[0] if isinstance(each[0], int) else 0, each[1]))
        return {name: _written(data_type) for _, name, data_type in found}

    def _conflict(self, table: ObjectId, columns: tuple[str, ...]) -> None:
        there = any(key.valid and key.columns == set(columns) for key in keys(table.name, self.there))
        known = self.unique.setdefault(table, [])
        if not there or len(set(columns)) < len(columns):
            self.notes.append(
                f"{display_name(table.name)}: ON CONFLICT ({', '.join(columns)}) finds no such unique key"
            )
        elif all(set(columns) != set(each) for each in known):
            known.append(columns)

    def _found(self, name: tuple[str, ...]) -> ObjectId | None:
        candidates = self._by_name.get(name[-1], [])
        if len(name) > 1:
            return next((each for each in candidates if each.name == name), None)
        public = [each for each in candidates if each.name[0] == "public"]
        return (public or candidates)[0] if public or len(candidates) == 1 else None


def _entry(table: ObjectId, needs: _Needs, role: str | None, notes: list[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if columns := needs.columns(table):
        entry["columns"] = columns
    is_view = needs.actual.objects[table].get("relation_kind") in _VIEWS
    # Nothing is inserted into a materialized view, which alone of the views may have keys.
    if (unique := needs.unique.get(table)) and not is_view:
        entry["unique"] = tuple(unique)
    privileges = [each for each in _ORDER if each in needs.privileges[table]]
    schema = ObjectId("schema", table.name[:1])
    if role is None:
        notes.append(
            f"{display_name(table.name)}: it does {', '.join(privileges)}; "
            "--role, or role: in the contract, has that compared"
        )
        return entry
    usable = schema in needs.actual.objects and holds(role, "USAGE", schema, needs.there) is True
    held = [each for each in privileges if usable and holds(role, each, table, needs.there) is True]
    if held:
        entry["privileges"] = tuple(held)
    if lacking := [each for each in privileges if each not in held]:
        notes.append(f"{display_name(table.name)}: {role} is not known to hold {', '.join(lacking)}")
    return entry


def _written(data_type: object) -> str | None:
    """A type that reads back as itself."""
    try:
        return str(data_type) if type_name(str(data_type)) == data_type else None
    except ValueError:
        return None
