"""Which kind of source is read by what, told by the end of a file's name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from watchdog.queries.sources import plain, python, recorded
from watchdog.queries.sources.javascript import read_javascript, read_tsx, read_typescript
from watchdog.queries.statement import Harvest

Reader = Callable[[str, str], Harvest]
"""Takes a file's text and its path, as places are told; returns what it holds. It may raise UsageError: see `tree`."""

# What an application is written in: looked for in folders.
SOURCES: Mapping[str, Reader] = MappingProxyType({
    ".cjs": read_javascript,
    ".cts": read_typescript,
    ".js": read_javascript,
    ".jsx": read_javascript,
    ".mjs": read_javascript,
    ".mts": read_typescript,
    ".py": python.read,
    ".sql": plain.read,
    ".ts": read_typescript,
    ".tsx": read_tsx,
})  # fmt: skip

# What a server recorded: only where the file itself is named. Folders are full of other JSON.
RECORDED: Mapping[str, Reader] = MappingProxyType({
    ".csv": recorded.read_csv,
    ".json": recorded.read_json,
    ".jsonl": recorded.read_json_lines,
    ".ndjson": recorded.read_json_lines,
    ".txt": recorded.read_statements,
})  # fmt: skip

READERS: Mapping[str, Reader] = MappingProxyType({**SOURCES, **RECORDED})
