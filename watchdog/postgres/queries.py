"""The queries, a file each. A kind or a facet may have files for a version and up: the closest lower one is used."""

from functools import cache
from importlib.resources import files

_SQL = files("watchdog.postgres") / "sql"

# What tells that an option, as name=value, is a secret: its name, or an address with a password in its value.
_WORDS = {
    "secret_option": "'^[^=]*(pass(?!word_(required|encryption))|pwd|secret|token|key|credential|conninfo|auth=)'",
    "secret_within": "'=.*(://[^/@ ]*:[^/@ ]*@|pass[a-z]* *=)'",
}


@cache
def query(name: str) -> str:
    """The text of `sql/<name>.sql`, where words that queries share are called as psql calls a variable, :'name'."""
    text = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    for word, value in _WORDS.items():
        text = text.replace(f":'{word}'", value)
    return text


def kind_query(kind: str, major: int) -> str:
    """The text of `sql/kinds/<kind>.<version>.sql`, the highest up to `major`, else of `sql/kinds/<kind>.sql`."""
    return _closest("kinds", kind, major)


def facet_query(facet: str, major: int) -> str:
    """The same in `sql/facets/`."""
    return _closest("facets", facet, major)


@cache
def _closest(folder: str, name: str, major: int) -> str:
    versions = [version for version, of in _versions(folder) if of == name and version <= major]
    return query(f"{folder}/{name}.{max(versions)}" if versions else f"{folder}/{name}")


@cache
def _versions(folder: str) -> tuple[tuple[int, str], ...]:
    names = [path.name.split(".") for path in (_SQL / folder).iterdir()]
    return tuple((int(parts[1]), parts[0]) for parts in names if len(parts) == 3)  # noqa: PLR2004 name, version, "sql"
