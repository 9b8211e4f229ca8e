"""A message through channels as they are configured, at once and past the outbox, to see whether they take it."""

import asyncio
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from watchdog.alerts.alert import SELF, Message
from watchdog.alerts.message import composed
from watchdog.alerts.told import Told
from watchdog.alerts.words import TEST
from watchdog.config.channels import Alertmanager
from watchdog.config.channels import Channel as ChannelSettings
from watchdog.config.settings import Config
from watchdog.errors import DeliveryError, WatchdogError
from watchdog.finding import Finding, Severity, fingerprint
from watchdog.notify.alertmanager import Mirror
from watchdog.notify.by_http import http_client
from watchdog.notify.channels import CHANNELS, alertmanager
from watchdog.wiring.alerts import notifying
from watchdog.wiring.database import utc_now


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a channel took a test message.

    Attributes:
        routes: the names of those that lead to it.
        error: why it did not, without any secret; empty where it did.
    """

    channel: str
    routes: tuple[str, ...]
    error: str

    @property
    def is_taken(self) -> bool:
        return not self.error


async def try_channels(config: Config, ways: Mapping[str, Sequence[str]], by: str) -> Sequence[Trial]:
    """Send a message to each channel, side by side.

    Args:
        config: names the channels.
        ways: channel -> the names of the routes that lead to it, for those who read the message.
        by: who tests.
    """
    link = notifying(config).link
    async with http_client() as client:
        errors = await asyncio.gather(
            *(
                _error(name, config.alerts.channels[name], _message(name, routes, by, link), client)
                for name, routes in ways.items()
            )
        )
    return [
        Trial(channel=name, routes=tuple(routes), error=error)
        for (name, routes), error in zip(ways.items(), errors, strict=True)
    ]


async def _error(name: str, settings: ChannelSettings, message: Message, client: httpx.AsyncClient) -> str:
    try:
        if isinstance(settings, Alertmanager):
            # It bounds each request by itself.
            await _mirror(name, settings, message, client).show([_told(message)])
        else:
            async with asyncio.timeout(settings.timeout):
                await CHANNELS[settings.type](name, settings, client).send(message, None)
    except TimeoutError:
        return f"no answer within {settings.timeout:g} s"
    except (DeliveryError, WatchdogError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 the other channels are tested all the same
        # Only its type: the text may quote what is secret.
        return f"a mistake in the watchdog: {type(error).__name__}"
    return ""


def _mirror(name: str, settings: Alertmanager, message: Message, client: httpx.AsyncClient) -> Mirror:
    async def nothing(_: str) -> tuple[Told, ...]:
        return ()

    return alertmanager(
        name, settings, client, told=nothing, link=message.link, clock=utc_now, on_outcome=lambda _, __: None
    )


def _told(message: Message) -> Told:
    [finding] = message.findings
    at = message.sent_at
    return Told(finding=finding, database=SELF, since=at, told_at=at, thread=message.thread)


def _message(channel: str, routes: Sequence[str], by: str, link: str) -> Message:
    now = utc_now()
    finding = Finding(
        fingerprint=fingerprint(SELF, TEST, (channel,), "unexpected", None),
        kind=TEST,
        identity=(channel,),
        change="unexpected",
        severity=Severity.INFO,
        message=f"this is only a test of channel {channel}, sent by {by}: nothing is wrong, and there is nothing to do",
    )
    return composed(
        "firing",
        SELF,
        {finding.fingerprint: finding},
        occasion="test",
        since={},
        thread=f"test-{channel}-{now:%Y%m%dT%H%M%S%f}",
        standing=(),
        notes=[f"routes that lead here: {', '.join(routes)}"] if routes else [],
        now=now,
        link=link,
    )
