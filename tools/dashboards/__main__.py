"""Writes the dashboards to config/grafana/dashboards: `make dashboards`."""

import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tools.dashboards import database, overview, rows, watchdog

FOLDER = Path(__file__).resolve().parents[2] / "config" / "grafana" / "dashboards"


def texts() -> Mapping[str, str]:
    """File name -> its text."""
    boards = {
        "overview": overview.made(),
        "database": database.made(),
        "rows": rows.made(),
        "watchdog": watchdog.made(),
    }
    return {f"{name}.json": json.dumps(board, cls=JSONEncoder, indent=2) + "\n" for name, board in boards.items()}


if __name__ == "__main__":
    for file, text in texts().items():
        (FOLDER / file).write_text(text)
        print(f"config/grafana/dashboards/{file}")
