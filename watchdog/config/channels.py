"""What can be configured of each kind of channel."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from watchdog.config.apprise import notifier
from watchdog.config.fields import MOST_GUESSABLE, Duration, Secret, Section, Text, Url, several

# Labels that say which alert it is; a configured one of that name would make two alerts one.
OURS = frozenset({"alertname", "database", "kind", "severity", "schema", "name", "attribute", "change", "fingerprint"})


def _label(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name, re.ASCII) or name.startswith("__"):
        raise ValueError("a label's name is letters, digits and _, and begins with none of the digits, nor with __")
    if name in OURS:
        raise ValueError(f"each alert has this label already, as it has {', '.join(sorted(OURS - {name}))}")
    return name


def _mailbox(text: str) -> str:
    """One address, such as ops@example.com or Ops <ops@example.com>."""
    # Only where there is one, as they take 1 MB.
    from email.message import EmailMessage  # noqa: PLC0415
    from email.policy import SMTP  # noqa: PLC0415

    written = EmailMessage(policy=SMTP)
    try:
        written["To"] = text
        header = written["To"]
        known = [address.addr_spec for address in header.addresses if address.username and address.domain]
    except (ValueError, IndexError, AttributeError):  # the parser's, of what is no address
        known = []
    if len(known) != 1 or not text.isprintable() or header.defects:
        raise ValueError("write one address, such as ops@example.com or Ops <ops@example.com>")
    return text


def _known_to_apprise(url: SecretStr) -> SecretStr:
    notifier(url.get_secret_value())
    return url


AppriseUrl = Annotated[Secret, AfterValidator(_known_to_apprise)]
Label = Annotated[str, AfterValidator(_label)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]


class _Channel(Section):
    # How long one attempt may take, and after how long a message is given up.
    timeout: Duration = 10.0
    give_up: Duration = 86_400.0


class Webhook(_Channel):
    secrets = ("url", "secret")

    type: Literal["webhook"]
    url: Url
    # Signs each body with HMAC-SHA256.
    secret: Annotated[Secret | None, Field(min_length=MOST_GUESSABLE)] = None


class Slack(_Channel):
    """By an incoming webhook, or by a bot, which can edit what it wrote."""

    secrets = ("webhook_url", "token")

    type: Literal["slack"]
    webhook_url: Url | None = None
    token: Secret | None = None
    # Its ID, such as C0123456789, or its name, such as #ops.
    channel: Text | None = None
    api_url: Url = Field(default=SecretStr("https://slack.com/api/"))

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.webhook_url is None) == (self.token is None):
            raise ValueError("give webhook_url, or token and channel")
        if (self.token is None) != (self.channel is None):
            raise ValueError("token and channel go together")
        return self


class Alertmanager(_Channel):
    """Every replica is told; they agree among themselves."""

    secrets = ("password", "bearer_token")

    type: Literal["alertmanager"]
    urls: Annotated[tuple[Url, ...], Field(min_length=1)]
    username: Text | None = None
    password: Secret | None = None
    bearer_token: Secret | None = None
    # How often what stands is sent; it is said to hold for five times as long.
    resend: Duration = 60.0
    # Added to each alert, such as the environment.
    labels: Mapping[Label, Text] = {}

    @model_validator(mode="after")
    def _says_once_who_asks(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.username is not None and self.bearer_token is not None:
            raise ValueError("give username and password, or bearer_token, not both")
        return self


class PagerDuty(_Channel):
    secrets = ("routing_key",)

    type: Literal["pagerduty"]
    routing_key: Secret
    url: Url = Field(default=SecretStr("https://events.pagerduty.com/v2/enqueue"))


class Email(_Channel):
    secrets = ("password",)

    type: Literal["email"]
    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: Text | None = None
    password: Secret | None = None
    from_: Mailbox = Field(alias="from")
    to: Annotated[tuple[Mailbox, ...], BeforeValidator(several), Field(min_length=1)]

    @model_validator(mode="after")
    def _keeps_its_password(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.password is not None and self.tls == "none":
            raise ValueError(
                "a password is not sent without TLS: set tls to starttls or tls, or leave the password out"
            )
        return self


class Apprise(_Channel):
    """Any of the services that Apprise knows; needs the extra `apprise`."""

    secrets = ("url",)

    type: Literal["apprise"]
    url: AppriseUrl


Channel = Annotated[Webhook | Slack | Alertmanager | PagerDuty | Email | Apprise, Field(discriminator="type")]
