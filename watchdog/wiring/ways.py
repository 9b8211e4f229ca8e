"""By what people are told, as configured."""

import functools
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from watchdog.alerts.told import Told
from watchdog.config.channels import Alertmanager
from watchdog.config.settings import Config
from watchdog.notify.channel import Channel
from watchdog.status import DeliveryOutcome


class Mirror(Protocol):
    """Shows somebody what stands; see `watchdog.notify.alertmanager.Mirror`."""

    @property
    def name(self) -> str: ...

    def wake(self) -> None: ...

    async def run(self) -> None: ...

    async def drain(self, seconds: float) -> None: ...


async def _nothing() -> None:
    """Where nothing was opened."""


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """What is open to people.

    Attributes:
        channels: that messages are sent to.
        mirrors: the channels that are shown what stands.
        knock: asks a URL, as `watchdog.notify.by_http.knock`; None where there is nothing at all.
    """

    channels: Sequence[Channel] = ()
    mirrors: Sequence[Mirror] = ()
    knock: Callable[[str], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] = _nothing


def ways(
    config: Config,
    *,
    told: Callable[[str], Awaitable[tuple[Told, ...]]],
    link: str,
    clock: Callable[[], datetime],
    on_outcome: Callable[[str, DeliveryOutcome], None],
) -> Ways:
    """All channels, and what the heartbeat needs; the arguments are those of `watchdog.notify.alertmanager.Mirror`.

    Raises:
        ConfigError: the environment is one that no HTTP client can be made in.
    """
    sections = config.alerts.channels
    if not sections and config.alerts.heartbeat is None:
        return Ways()
    # What speaks HTTP takes 4 MB, and whoever has Prometheus tell people needs none of it.
    from watchdog.notify.by_http import http_client, knock  # noqa: PLC0415
    from watchdog.notify.channels import CHANNELS, alertmanager  # noqa: PLC0415

    client = http_client()
    return Ways(
        channels=[CHANNELS[each.type](name, each, client) for name, each in sections.items() if each.type in CHANNELS],
        mirrors=[
            alertmanager(name, section, client, told=told, link=link, clock=clock, on_outcome=on_outcome)
            for name, section in sections.items()
            if isinstance(section, Alertmanager)
        ],
        knock=functools.partial(knock, client),
        close=client.aclose,
    )
