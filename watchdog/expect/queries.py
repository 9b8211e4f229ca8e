"""Placeholder until the sources branch is merged."""

from collections.abc import Sequence
from pathlib import Path

from watchdog.finding import Location
from watchdog.queries.statement import Harvest, Statement


def harvest(paths: Sequence[Path], exclude: Sequence[str] = ()) -> Harvest:
    found = []
    for path in paths:
        text = path.read_text()
        line = 1
        for part in text.split(";\n"):
            if part.strip():
                found.append(Statement(sql=part.strip(), locations=(Location(path.as_posix(), line),)))
            line += part.count("\n") + 1
    return Harvest(statements=tuple(found))
