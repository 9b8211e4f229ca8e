from collections.abc import Mapping
from pathlib import Path

THREE = {"1_orders.sql": "CREATE TABLE orders", "2_lines.sql": "CREATE TABLE lines", "3_gone.sql": "DROP TABLE orders"}


def folder(path: Path, files: Mapping[str, str]) -> Path:
    """A folder of dbmate's migrations: name -> what goes up."""
    where = path / "db"
    where.mkdir(exist_ok=True)
    for name, up in files.items():
        (where / name).write_text(f"-- migrate:up\n{up};\n-- migrate:down\n")
    return where
