"""What people are shown of the row counts' settings: the shipped configuration and the docs."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

from pydantic import BaseModel

from tests.unit.config.test_load import SHIPPED
from tests.unit.config.test_rows import rows
from watchdog.config.rows import (
    CriticalDrop,
    MaintenanceOnce,
    RecurringMaintenance,
    Retention,
    Rows,
    Table,
    WarnDrop,
)
from watchdog.config.server import Server

DOCS = Path(__file__).parents[3] / "docs" / "rows.md"


def test_the_examples_of_the_shipped_configuration_are_right_and_show_every_setting() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    section = text.partition("    rows:\n")[2].partition("\n\n")[0]
    # Sentences begin otherwise than settings do.
    examples = re.findall(r"^      # ((?:  |[a-z_]+:(?: |$)).*)$", section, flags=re.MULTILINE)
    read = rows("\n".join(f"      {line}" for line in examples), REPLICA_URL="postgresql://replica/db")
    assert read.model_fields_set | {"watch", "warn", "critical"} == set(Rows.model_fields)
    assert read.retention[0].model_fields_set == set(Retention.model_fields)
    assert {type(each) for each in read.maintenance} == {RecurringMaintenance, MaintenanceOnce}
    assert read.counting == rows("      counting: {dsn: postgresql://replica/db}").counting
    shown = set().union(*(entry.model_fields_set for entry in read.tables)) | {"critical"}
    assert shown == set(Table.model_fields)


def settings(section: type[BaseModel], place: str = "") -> Iterator[str]:
    """Each setting by the name that the docs give it. The two kinds of maintenance are one there, as in a file."""
    for name, field in section.model_fields.items():
        # A server's fields stand in docs/connecting.md.
        once = {WarnDrop, CriticalDrop, Server}
        inner = [each for each in nested(field.annotation) if each not in once or not place]
        path = f"{place}{field.alias or name}"
        if not inner:
            yield path
        for each in inner:
            yield from settings(each, f"{path}[]." if get_origin(field.annotation) is tuple else f"{path}.")


def nested(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for part in get_args(annotation) for each in nested(part)]


def test_the_docs_name_every_setting_and_no_other() -> None:
    table = re.findall(r"^\| (`.*?`) \| ", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    told = [name for cell in table for name in re.findall(r"`([^`]+)`", cell)]
    assert len(told) == len(set(told))
    assert set(told) == set(settings(Rows))


def test_the_example_of_the_docs_is_right() -> None:
    [example] = re.findall(r"```yaml\nrows:\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    read = rows(textwrap.indent(example, "    "))
    assert len(read.retention[0].tables) == 4
    assert read.tables[0].freshness is not None
