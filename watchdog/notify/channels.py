"""The kinds of channel there are. A new one is a file beside this one and a line here."""

from collections.abc import Callable, Mapping

import httpx

from watchdog.errors import UsageError
from watchdog.notify.channel import Channel
from watchdog.notify.slack import SlackChannel
from watchdog.notify.webhook import WebhookChannel

CHANNELS: Mapping[str, Callable[[str, str, httpx.AsyncClient], Channel]] = {
    "slack": SlackChannel,
    "webhook": WebhookChannel,
}


def build(kind: str, name: str, url: str, client: httpx.AsyncClient) -> Channel:
    """Make a channel of a configured type.

    Raises:
        UsageError: there is no such type.
    """
    if kind not in CHANNELS:
        raise UsageError(f"channel {name}: there is no type {kind} (one of: {', '.join(sorted(CHANNELS))})")
    return CHANNELS[kind](name, url, client)
