"""Markdown: pure."""

from collections.abc import Iterator, Sequence


def lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table, a line each."""
    yield _line(head)
    yield "|" + "---|" * len(head)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def cell(value: float) -> str:
    """A figure with as many digits as mean anything: 0.012, 0.31, 4.6, 52, 1,240."""
    size = abs(value)
    for least, digits in ((20, 0), (2, 1), (0.1, 2), (0.01, 3)):
        if size >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.2g}" if value else "0"
