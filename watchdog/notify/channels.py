"""The kinds of channel there are. A new one is a file beside this, a section in config/channels.py, and a line here."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import httpx

from watchdog.alerts.told import Told
from watchdog.config.channels import Alertmanager, Apprise, Email, PagerDuty, Slack, Webhook
from watchdog.notify.alertmanager import Mirror, Replica, authorization
from watchdog.notify.alertmanager_alerts import Manner
from watchdog.notify.apprise import open_apprise
from watchdog.notify.channel import Channel
from watchdog.notify.pagerduty import PagerDutyChannel
from watchdog.notify.slack import SlackBot, SlackWebhook
from watchdog.notify.webhook import WebhookChannel
from watchdog.status import DeliveryOutcome


def _webhook(name: str, section: Webhook, client: httpx.AsyncClient) -> Channel:
    secret = section.secret.get_secret_value() if section.secret else None
    return WebhookChannel(name, section.url.get_secret_value(), client, secret)


def _slack(name: str, section: Slack, client: httpx.AsyncClient) -> Channel:
    if section.token is not None and section.channel is not None:
        api_url = section.api_url.get_secret_value()
        return SlackBot(name, section.channel, section.token.get_secret_value(), api_url, client)
    url = section.webhook_url
    return SlackWebhook(name, url.get_secret_value() if url else "", client)


def _pagerduty(name: str, section: PagerDuty, client: httpx.AsyncClient) -> Channel:
    return PagerDutyChannel(name, section.routing_key.get_secret_value(), section.url.get_secret_value(), client)


def _email(name: str, section: Email, _: httpx.AsyncClient) -> Channel:
    # What speaks SMTP, and writes letters, takes 1 MB, and few need it.
    from watchdog.notify.email import EmailChannel  # noqa: PLC0415

    return EmailChannel(name, section)


def _apprise(name: str, section: Apprise, _: httpx.AsyncClient) -> Channel:
    return open_apprise(name, section.url.get_secret_value())


def alertmanager(
    name: str,
    section: Alertmanager,
    client: httpx.AsyncClient,
    *,
    told: Callable[[str], Awaitable[tuple[Told, ...]]],
    link: str,
    clock: Callable[[], datetime],
    on_outcome: Callable[[str, DeliveryOutcome], None],
) -> Mirror:
    """What shows Alertmanager the state of a channel; the arguments are those of `Mirror`."""
    secrets = (None if each is None else each.get_secret_value() for each in (section.password, section.bearer_token))
    headers = authorization(section.username, *secrets)
    replicas = [Replica(number, url.get_secret_value(), headers) for number, url in enumerate(section.urls, start=1)]
    manner = Manner(labels=section.labels, resend=timedelta(seconds=section.resend), link=link)
    return Mirror(name, replicas, manner, told, client, clock, on_outcome, attempt=section.timeout)


# By `type`: what takes the name of a channel, its section of the configuration, and what speaks HTTP. Each is sent
# messages. Alertmanager is not among them: it is shown what stands.
CHANNELS: Mapping[str, Callable[..., Channel]] = {
    "apprise": _apprise,
    "email": _email,
    "pagerduty": _pagerduty,
    "slack": _slack,
    "webhook": _webhook,
}
