"""Contracts: a file `<component>.yaml` says what a component needs of a database."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)

from watchdog.config import rows
from watchdog.config.contract_fields import Columns, Dotted, Function, Privilege, Since, Text, Type, as_default, as_list
from watchdog.config.document import checked, read
from watchdog.config.fields import Count, Name, Section
from watchdog.contracts import contract as values
from watchdog.contracts.contract import Because, Contract
from watchdog.errors import ConfigError
from watchdog.sqltext import name_parts, quote_ident


class _Reasoned(Section):
    """Since when it is needed, a date or a release, and what for."""

    since: Since = ""
    why: str = ""

    def because(self, other: Because = Because()) -> Because:  # noqa: B008 frozen
        """Its own words; without any, those of what it is part of."""
        return Because(self.since, self.why) if self.since or self.why else other


class Column(_Reasoned):
    """What a column must be like. A type alone, or a list of types, is the short form; nothing: it must be there."""

    type: Annotated[tuple[Type, ...], BeforeValidator(as_list)] = ()
    # false: it relies on never reading NULL. true: it writes NULL, or leaves the column out.
    nullable: StrictBool | None = None
    # true: some default must be there, as it leaves the column out. Else the SQL of the default.
    default: Annotated[str | StrictBool | None, BeforeValidator(as_default)] = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: object) -> object:
        return {"type": data} if isinstance(data, str | list) else {} if data is None else data

    def value(self, name: str, because: Because) -> values.Column:
        return values.Column(
            name=name, types=self.type, nullable=self.nullable, default=self.default, because=self.because(because)
        )


class View(_Reasoned):
    """What is read of a view, or of a table in its place."""

    columns: Mapping[Text, Column] = {}
    privileges: tuple[Privilege, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _only_named(cls, data: object) -> object:
        return {} if data is None else data

    def value(self, name: str, because: Because) -> values.Relation:
        schema, relation = name_parts(name)
        because = self.because(because)
        return values.Relation(
            name=(schema, relation),
            is_view=True,
            columns=tuple(column.value(each, because) for each, column in self.columns.items()),
            privileges=self.privileges,
            because=because,
        )


class Table(View):
    """What a table must hold and be like."""

    # Keys that ON CONFLICT names: columns, in any order.
    unique: tuple[Columns, ...] = ()
    min_rows: Count | None = None
    freshness: rows.Freshness | None = None

    def value(self, name: str, because: Because) -> values.Relation:
        plain, because = super().value(name, because), self.because(because)
        named = [each for key in self.unique for each in key] + ([self.freshness.column] if self.freshness else [])
        others = tuple(values.Column(name=each, because=because) for each in dict.fromkeys(named))
        return values.Relation(
            name=plain.name,
            columns=(*plain.columns, *(each for each in others if each.name not in self.columns)),
            unique=self.unique,
            privileges=plain.privileges,
            min_rows=self.min_rows,
            freshness=rows.as_term(self.freshness) if self.freshness else None,
            because=because,
        )


class ContractFile(_Reasoned):
    """What one component needs of a database."""

    component: Name
    # As which it connects: privileges are those of this role.
    role: Text | None = None
    tables: Mapping[Dotted, Table] = {}
    views: Mapping[Dotted, View] = {}
    functions: tuple[Function, ...] = ()
    # Type -> labels that must exist.
    enums: Mapping[Dotted, Columns] = {}
    extensions: tuple[Text, ...] = ()
    schemas: tuple[Text, ...] = ()

    @field_validator("views")
    @classmethod
    def _no_table_too(cls, views: Mapping[str, View], info: ValidationInfo) -> Mapping[str, View]:
        both = {name_parts(name) for name in views} & {name_parts(name) for name in info.data.get("tables", ())}
        if both:
            raise ValueError(f"{'.'.join(min(both))} is among the tables too")
        return views

    @model_validator(mode="after")
    def _says_whose_and_what(self) -> Self:
        if self.role is None and any(each.privileges for each in (*self.tables.values(), *self.views.values())):
            raise ValueError("privileges are of a role: say which, as role: name")
        if not any((self.tables, self.views, self.functions, self.enums, self.extensions, self.schemas)):
            raise ValueError("needs nothing: give tables, views, functions, enums, extensions or schemas")
        return self

    def value(self) -> Contract:
        because = self.because()
        relations = [
            part.value(name, because) for part_of in (self.tables, self.views) for name, part in part_of.items()
        ]
        return Contract(
            component=self.component,
            role=self.role or "",
            relations=tuple(relations),
            functions=tuple(map(_signature, self.functions)),
            enums={_pair(name): labels for name, labels in self.enums.items()},
            extensions=self.extensions,
            schemas=self.schemas,
            because=because,
        )


def _pair(name: str) -> tuple[str, str]:
    schema, own = name_parts(name)
    return schema, own


def _signature(function: str) -> tuple[str, str]:
    """The schema, and the rest as it stands."""
    schema = next(iter(name_parts(function.partition("(")[0])))
    return schema, function.removeprefix(f"{quote_ident(schema)}.")


def parse(text: str, source: str) -> Contract:
    """Check the text of a contract; `source` names it in mistakes. Raises ConfigError with every one of them."""
    return checked(ContractFile, text, source).value()


def load(paths: Sequence[Path]) -> tuple[Contract, ...]:
    """Read contracts: files, or folders of which every `*.yaml` and `*.yml` is one; in the order of their names.

    Raises:
        ConfigError: with every mistake of all files, each as `file: place: what is wrong and what to do [line]`.
    """
    contracts: dict[str, Contract] = {}
    mistakes: list[str] = []
    files = [_files(given) for given in paths]
    for given, found in zip(paths, files, strict=True):
        if not found:
            mistakes.append(f"{given}: holds no contract (*.yaml), so nothing is needed: name another folder, or none")
    for path in dict.fromkeys(file for found in files for file in found):
        try:
            contract = parse(read(path, " (a contract: what a component needs)"), str(path))
        except ConfigError as error:
            mistakes += error.mistakes
            continue
        if contract.component in contracts:
            mistakes.append(f"{path}: component: {contract.component} has another contract already; put both into one")
        contracts[contract.component] = contract
    if mistakes:
        raise ConfigError(mistakes)
    return tuple(contracts.values())


def _files(path: Path) -> list[Path]:
    return sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
