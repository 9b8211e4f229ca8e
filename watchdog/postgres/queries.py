"""The queries, a file each. A kind may have a file for a server version and up: the closest lower one is used."""

from functools import cache
from importlib.resources import files

_SQL = files("watchdog.postgres") / "sql"


@cache
def query(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


@cache
def kind_query(kind: str, major: int) -> str:
    """The text of `sql/kinds/<kind>.<version>.sql`, the highest up to `major`, else of `sql/kinds/<kind>.sql`."""
    versions = [version for version, of in _versions() if of == kind and version <= major]
    return query(f"kinds/{kind}.{max(versions)}" if versions else f"kinds/{kind}")


@cache
def _versions() -> tuple[tuple[int, str], ...]:
    names = [path.name.split(".") for path in (_SQL / "kinds").iterdir()]
    return tuple((int(parts[1]), parts[0]) for parts in names if len(parts) == 3)  # noqa: PLR2004 kind, version, "sql"
