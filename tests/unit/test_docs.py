"""The tables of docs/ are made from the tables of the code; UPDATE_DOCS=1 writes them anew."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from prometheus_client.parser import text_string_to_metric_families

from watchdog.cli.app import app
from watchdog.migrations.formats import FORMATS
from watchdog.schema.kind import Attribute, Kind
from watchdog.schema.kinds import KINDS
from watchdog.schema.severity import RULES
from watchdog.schema.state import FAULTS
from watchdog.web.desk import Desk

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- made from the code: begin -->\n", "<!-- made from the code: end -->\n"


def kinds() -> Iterator[str]:
    yield "| kind | missing | unexpected | attributes |"
    yield "|---|---|---|---|"
    for kind in KINDS.values():
        attributes = ", ".join(_attribute(each) for each in kind.attributes)
        yield f"| {_kind(kind)} | {kind.missing} | {kind.unexpected} | {attributes} |"


def _kind(kind: Kind) -> str:
    marks = [f"{kind.group}" if kind.group != "structure" else "", _within(kind.within), _since(kind.since)]
    notes = ", ".join(filter(None, marks))
    return f"`{kind.name}`" + (f" ({notes})" if notes else "")


def _attribute(attribute: Attribute) -> str:
    marks = [
        str(attribute.severity) if attribute.compared else "state" if not attribute.kept else "kept, not compared",
        _within(attribute.within),
        _since(attribute.since),
    ]
    return f"{attribute.name} ({', '.join(filter(None, marks))})"


def _within(within: str) -> str:
    return "" if within == "anywhere" else f"within one {within}"


def _since(since: int) -> str:
    return f"{since} and up" if since else ""


def severity() -> Iterator[str]:
    yield "| of | what | severity | because |"
    yield "|---|---|---|---|"
    for rule in RULES:
        kind = "every kind" if rule.kind == "*" else f"`{rule.kind}`"
        yield f"| {kind} | {rule.what.replace('_', ' ')}: {rule.when} | {rule.severity} | {rule.reason} |"


def state() -> Iterator[str]:
    yield "| of | attribute | severity | what is said |"
    yield "|---|---|---|---|"
    for fault in FAULTS:
        yield f"| `{fault.kind}` | {fault.attribute.replace('_', ' ')} | {fault.severity} | {fault.words.format('…')} |"


def migrations() -> Iterator[str]:
    yield "| `format` | files | table | order | edits | what else is not known |"
    yield "|---|---|---|---|---|---|"
    for each in FORMATS.values():
        table = f"`{'.'.join(filter(None, each.table))}`" if each.table else "none"
        order, edits = ("known" if knows else "not known" for knows in (each.knows_order, each.knows_edits))
        yield f"| {each.name} | {each.files} | {table} | {order} | {edits} | {'; '.join(each.limits)} |"


def prometheus() -> Iterator[str]:
    yield "| metric | type | labels | what |"
    yield "|---|---|---|---|"
    golden = Path(__file__).parents[1] / "golden" / "metrics.txt"
    for family in text_string_to_metric_families(golden.read_text(encoding="utf-8")):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = dict.fromkeys(label for sample in family.samples for label in sample.labels if label != "le")
        yield f"| `{name}` | {family.type} | {', '.join(labels)} | {family.documentation} |"


@pytest.mark.parametrize(
    "table", [kinds, migrations, prometheus, severity, state], ids=lambda table: str(table.__name__)
)
def test_the_table_in_the_docs_is_that_of_the_code(table: object) -> None:
    path = DOCS / f"{table.__name__}.md"  # type: ignore[attr-defined]
    made = "\n".join(table()) + "\n"  # type: ignore[operator]
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    if "UPDATE_DOCS" in os.environ:
        path.write_text(f"{head}{BEGIN}\n{made}\n{END}{tail}", encoding="utf-8")
    assert f"{BEGIN}\n{made}\n{END}" in path.read_text(encoding="utf-8")


def commands(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401 typer brings its own click
    if not hasattr(command, "list_commands"):
        yield name
        return
    for part in command.list_commands(None):
        yield from commands(command.get_command(None, part), f"{name} {part}")


def test_the_readme_names_every_command() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    named = list(commands(typer.main.get_command(app), "schema-watchdog"))
    assert len(named) > 20
    assert [name for name in named if f"`{name}`" not in readme and f"`{name} " not in readme] == []


def test_the_docs_name_every_address_of_the_desk() -> None:
    told = (DOCS / "alerts.md").read_text(encoding="utf-8")
    addresses = [
        (method, route.path.partition("{")[0])
        for route in Desk(*[None] * 5).routes  # type: ignore[arg-type]
        for method in (route.methods or set()) - {"HEAD"}
    ]
    assert len(addresses) == 7
    assert [(method, path) for method, path in addresses if f"`{method} {path}" not in told] == []
