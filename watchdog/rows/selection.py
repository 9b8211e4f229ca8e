"""Which tables are watched closely."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(schema: str, table: str, patterns: Iterable[str]) -> bool:
    """Whether any pattern (`*`, `?`, `[...]`, case counts) fits `schema.table`, both as they are stored, unquoted."""
    name = f"{schema}.{table}"
    return any(fnmatchcase(name, pattern) for pattern in patterns)
