"""The sign of life, as configured."""

import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping

from watchdog.check import Watch
from watchdog.config.settings import Config, Database
from watchdog.notify.heartbeat import Heartbeat
from watchdog.status import CheckName, StatusBoard
from watchdog.store.state import State
from watchdog.wiring.database import utc_now
from watchdog.wiring.schema import longest_look


def heartbeat(
    config: Config,
    watches: Iterable[tuple[Watch, Mapping[CheckName, float]]],
    *,
    state: State,
    board: StatusBoard,
    knock: Callable[[str], Awaitable[None]] | None,
) -> Heartbeat | None:
    """None where nobody asked for it."""
    section = config.alerts.heartbeat
    board.expect_heartbeats(are_configured=section is not None)
    if section is None or knock is None:
        return None
    every = {watch.database: intervals for watch, intervals in watches}
    return Heartbeat(
        functools.partial(knock, section.url.get_secret_value()),
        section.every,
        databases=board.databases,
        patience={
            (database.name, check): _patience(database, check, seconds)
            for database in config.databases
            for check, seconds in every[database.name].items()
        },
        note=state.set_note,
        clock=utc_now,
        on_outcome=board.heartbeat,
    )


def _patience(database: Database, check: CheckName, every: float) -> float:
    """Seconds: after 2.5 intervals and 30 s a verdict is too old; what is slow, and no more, is not stuck."""
    longest = longest_look(database) if check == "schema" else database.timeouts.look
    # The first look at statements waits for that at the schema.
    longest += longest_look(database) if check == "queries" else 0.0
    return 2.5 * every + 30 + longest
