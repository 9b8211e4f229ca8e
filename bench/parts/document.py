"""docs/benchmarks.md, made from the figures that are kept."""

from collections.abc import Iterator
from typing import Any

from bench.parts.all import PARTS
from bench.parts.part import Kept, Part, kept
from bench.parts.table import lines
from bench.stand.machine import Machine
from bench.stand.tables import IN_WORDS

HEAD = f"""\
# Benchmarks

Written by `make bench`, which measures all of it anew: it builds databases of 100, 1,000 and 10,000 tables
({IN_WORDS}),
runs the watchdog and its peers in turns, and writes this file. `make bench PARTS="peers probe" SIZES="100 1000"`
measures some of it.

The machine's speed drifts, and server, client and load share its cores. Compare what was measured in one run, by its
ratios; the seconds of another machine are others.
"""


def document() -> str:
    """The whole file."""
    return "\n".join([HEAD, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    yield "## In short"
    yield ""
    yield from lines(("", "measured", "goal"), [line for part in PARTS for line in _short(part)])
    yield ""
    for part in PARTS:
        yield f"## {part.title}"
        yield ""
        found: Kept[object] | None = kept(part)
        if found is None:
            yield f"Not measured yet: `make bench PARTS={part.name}`."
        else:
            yield f"*{measured_on(found.machine)}; it took {found.seconds:.0f} s*"
            yield ""
            yield from part.told(found.result)
        yield ""


def _short(part: Part[Any]) -> Iterator[tuple[str, str, str]]:
    found = kept(part)
    if found is not None:
        yield from part.short(found.result)


def measured_on(machine: Machine) -> str:
    return (
        f"{machine.at} UTC; {machine.cores} cores of {machine.model}, {machine.memory / 2**30:.0f} GiB,"
        f" {machine.system}, Python {machine.python}; load {machine.load:.1f} at the end"
    )
