"""What is sent by the calendar, as configured."""

import functools
from collections.abc import Callable, Iterator

from watchdog.alerts.calendar import MADE_UP_FOR
from watchdog.alerts.letters import Kind
from watchdog.alerts.notifying import Notifying
from watchdog.config.alerts import Letter
from watchdog.config.settings import Config
from watchdog.cron import Window, starts, time_zone
from watchdog.expect.acceptances import read
from watchdog.letters import Letters, Post
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.wiring.database import utc_now


def letters(
    config: Config, notifying: Notifying, *, state: State, board: StatusBoard, on_messages: Callable[[], None]
) -> Letters | None:
    """None where nobody asked for any."""
    posts = tuple(_posts(config))
    if not posts:
        return None
    return Letters(
        posts,
        state,
        notifying,
        board.databases,
        acceptances={database.name: functools.partial(read, database.accepted) for database in config.databases},
        clock=utc_now,
        on_messages=on_messages,
    )


def _posts(config: Config) -> Iterator[Post]:
    sections: dict[Kind, Letter | None] = {"all_clear": config.alerts.all_clear, "digest": config.alerts.digest}
    for kind, section in sections.items():
        if section is not None:
            zone = time_zone(section.timezone)
            times = Window(starts=starts(section.schedule, zone), lasts=MADE_UP_FOR)
            channels = config.alerts.readers if section.channels is None else section.channels
            yield Post(kind=kind, times=times, channels=channels, zone=zone)
