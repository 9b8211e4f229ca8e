"""The kinds of channel there are. A new one is a file beside this, a section in config/alerts.py, and a line here."""

from collections.abc import Callable, Mapping

import httpx

from watchdog.config.alerts import Slack, Webhook
from watchdog.notify.channel import Channel
from watchdog.notify.slack import SlackChannel
from watchdog.notify.webhook import WebhookChannel


def _webhook(name: str, section: Webhook, client: httpx.AsyncClient) -> Channel:
    return WebhookChannel(name, section.url.get_secret_value(), client)


def _slack(name: str, section: Slack, client: httpx.AsyncClient) -> Channel:
    url = section.webhook_url
    return SlackChannel(name, url.get_secret_value() if url else "", client)


# By `type`: what takes the name of a channel, its section of the configuration, and what speaks HTTP.
CHANNELS: Mapping[str, Callable[..., Channel]] = {
    "slack": _slack,
    "webhook": _webhook,
}
