"""Measures the watchdog beside its peers and writes docs/benchmarks.md.

make bench                                     everything
make bench PARTS="peers probe" SIZES="100"     some parts, some sizes; the other parts stay as they were measured
make bench PARTS=none                          nothing: writes the document anew from the figures that are kept
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.parts.all import PARTS
from bench.parts.document import document
from bench.parts.part import Options, Part, keep
from bench.stand.place import CONSOLE, Place, place
from watchdog import log

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
NAMES = ", ".join(part.name for part in PARTS)


def main(
    parts: Annotated[str, typer.Option(help=f"Of {NAMES}; or none.")] = "",
    sizes: Annotated[str, typer.Option(help="Tables of the databases.")] = "100 1000 10000",
    limit: Annotated[float, typer.Option(help="Seconds after which a contender is ended.")] = 150.0,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Measure little, to see that it works.")] = False,
) -> None:
    """Measure what is asked for, keep the figures, and write the document."""
    log.configure(level="error")
    chosen = _chosen(parts.split())
    options = Options(sizes=sorted(int(size) for size in sizes.split()), limit=limit, quick=quick)
    if chosen:
        with place() as stand:
            for part in chosen:
                _measure(part, stand, options)
    DOCUMENT.write_text(document(), encoding="utf-8")
    CONSOLE.print(f"written: {DOCUMENT}")


def _chosen(names: Sequence[str]) -> list[Part[Any]]:
    if names == ["none"]:
        return []
    known = {part.name: part for part in PARTS}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no part is called {' or '.join(unknown)}; there are: {NAMES}")
    return [known[name] for name in names] if names else list(PARTS)


def _measure(part: Part[Any], stand: Place, options: Options) -> None:
    CONSOLE.rule(part.title)
    started = time.monotonic()
    result = part.measure(stand, options)
    seconds = time.monotonic() - started
    keep(part, result, seconds)
    CONSOLE.print(f"{part.name}: {seconds:.0f} s")
    for line in part.told(result):
        CONSOLE.print(line, markup=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
