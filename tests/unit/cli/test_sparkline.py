"""A trend is drawn from what is known, and blank before that."""

from datetime import UTC, datetime, timedelta

from watchdog.cli.sparkline import sparkline
from watchdog.rows.history import HOUR, Point

NOW = datetime(2025, 11, 17, 14, 31, tzinfo=UTC)


def points(**rows_by_hours_ago: int) -> list[Point]:
    """`h5=7`: seven rows five hours ago; oldest first."""
    found = ((timedelta(hours=int(name[1:])), rows) for name, rows in rows_by_hours_ago.items())
    return [Point(at=NOW - age, rows=rows, low=rows, high=rows) for age, rows in found]


def test_a_bar_is_the_last_that_was_known_in_its_span_from_the_lowest_to_the_highest() -> None:
    assert sparkline(points(h9=100, h4=0, h3=50, h1=75), NOW, 2 * HOUR, 4) == "█▁▄▆"


def test_what_did_not_move_is_even_and_what_is_not_known_is_blank() -> None:
    assert sparkline(points(h2=7), NOW, HOUR, 4) == " ▄▄▄"
    assert sparkline([], NOW, HOUR, 4) == "    "
