"""The shipped dashboards as they stand in their files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "config" / "grafana"
Json = dict[str, Any]

# `$name`, `${name}`, `${name:format}`, `${__field.labels.name}`.
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:[.:][^}]*)?\})")


def boards() -> dict[str, Json]:
    """Name of the file -> dashboard."""
    return {file.stem: json.loads(file.read_text()) for file in sorted((FOLDER / "dashboards").glob("*.json"))}


def panels(board: Json) -> list[Json]:
    """Those that show something; rows only part them."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def annotations(board: Json) -> list[Json]:
    return list(board["annotations"]["list"])


def variables(board: Json) -> dict[str, Json]:
    return {each["name"]: each for each in board["templating"]["list"]}


def texts(value: object) -> Iterator[str]:
    """Every text anywhere in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def used(value: object) -> set[str]:
    """The variables that texts speak of, without Grafana's own."""
    found = {one or other for text in texts(value) for one, other in VARIABLE.findall(text)}
    return {name for name in found if not name.startswith("__")}
