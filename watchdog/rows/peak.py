"""How high a table stood lately, so that a fall by small steps is seen as what it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

# A fall slower than by the threshold in a week is how a table is used, or a matter for `min_rows`.
WINDOW = timedelta(days=7)
# So few that a level stays small; what is left out lies between two that differ the least.
MOST_PEAKS = 10


class Peak(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A height that no later reading has reached.

    Attributes:
        at: when the table last stood there, UTC.
        removed: `Track.removed` at that time.
        inserted: `Track.inserted` at that time.
    """

    at: datetime
    rows: int
    removed: int
    inserted: int = 0


def pushed(peaks: Sequence[Peak], new: Peak) -> tuple[Peak, ...]:
    """The peaks after a reading: highest and oldest first, none older than the window, all above what came later."""
    kept = [peak for peak in peaks if peak.rows > new.rows and new.at - peak.at <= WINDOW]
    kept.append(new)
    if len(kept) > MOST_PEAKS:
        # Neither the first nor the last: they bound the window.
        least = min(range(1, len(kept) - 1), key=lambda index: kept[index - 1].rows - kept[index].rows)
        del kept[least]
    return tuple(kept)


def shifted(peaks: Iterable[Peak], rows: int) -> tuple[Peak, ...]:
    """The peaks with so many rows more, or less."""
    return tuple(msgspec.structs.replace(peak, rows=max(peak.rows + rows, 0)) for peak in peaks)


def highest(peaks: Iterable[Peak], since: datetime) -> Peak | None:
    """The highest at or after a time; None when there is none."""
    return next((peak for peak in peaks if peak.at >= since), None)
