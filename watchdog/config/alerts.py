"""What can be configured of alerts: channels, routes, quiet, and who watches the watchdog."""

import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from watchdog.alerts.route import ASKED
from watchdog.config.apprise import notifier
from watchdog.config.fields import (
    MOST_GUESSABLE,
    Duration,
    DurationOrNever,
    Moment,
    Name,
    Schedule,
    Secret,
    Section,
    Text,
    TimeZone,
    Url,
    Wait,
)
from watchdog.finding import ChangeKind, Origin, Severity
from watchdog.schema.kinds import KINDS

# Kinds of finding that are no objects: of row counts, of statements, of migrations; and of the watchdog itself, of
# checks that do not succeed, of channels that do not take messages, of a state that cannot be used.
MORE_KINDS = ("rows", "query", "migration", "check", "channel", "state")


def known_kind(pattern: str) -> str:
    """Returns what it takes. Raises ValueError for a pattern that fits no kind of finding."""
    if not any(fnmatchcase(each, pattern) for each in (*KINDS, *MORE_KINDS)):
        raise ValueError(f"no kind of object is called so; there are: {', '.join((*KINDS, *MORE_KINDS))}")
    return pattern


def _several(value: object) -> object:
    return (value,) if isinstance(value, str | dict) else value


Patterns = Annotated[tuple[Text, ...], BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...])]


class Recurring(Section):
    """Opens when cron would start a job."""

    schedule: Schedule
    lasts: Duration
    timezone: TimeZone = "UTC"


class Once(Section):
    """Opens once."""

    from_: Moment = Field(alias="from")
    until: Moment

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until <= self.from_:
            raise ValueError("until must be later than from")
        return self


Window = Recurring | Once
Windows = Annotated[tuple[Window, ...], BeforeValidator(_several, json_schema_input_type=Window | tuple[Window, ...])]


class Match(Section):
    """Which alerts, by name patterns (`*`, `?`, `[...]`), one or several of each; all that is given must fit."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(_several)] = ()
    kind: Patterns = ()
    change: Annotated[tuple[ChangeKind, ...], BeforeValidator(_several)] = ()
    schema_: Patterns = Field(default=(), alias="schema")
    name: Patterns = ()
    component: Patterns = ()
    origin: Annotated[tuple[Origin, ...], BeforeValidator(_several)] = ()
    database: Patterns = ()
    check: Patterns = ()
    fingerprint: Patterns = ()
    # Those that began in one of these windows.
    during: Windows = ()

    @field_validator("kind")
    @classmethod
    def _kinds_exist(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known_kind(kind) for kind in kinds)

    @property
    def patterns(self) -> dict[str, tuple[str, ...]]:
        """What is asked -> patterns, without what is not asked."""
        given = {asked: getattr(self, "schema_" if asked == "schema" else asked) for asked in ASKED}
        return {asked: tuple(str(pattern) for pattern in patterns) for asked, patterns in given.items() if patterns}


def _asked(name: str) -> str:
    if name not in ASKED:
        raise ValueError(f"alerts cannot be asked for it; they can for {', '.join(ASKED)}")
    return name


GroupBy = Annotated[str, AfterValidator(_asked), Field(json_schema_extra={"enum": list(ASKED)})]


class Route(Section):
    """One branch of the tree. What is not given is that of the branch it grows from."""

    name: Name | None = None
    match: Match = Match()
    channels: tuple[Name, ...] | None = None
    group_by: tuple[GroupBy, ...] | None = None
    group_wait: Wait | None = None
    group_interval: Wait | None = None
    repeat: DurationOrNever = 86_400.0
    mute: Windows | None = None
    continue_: bool = Field(default=False, alias="continue")
    routes: tuple["Route", ...] = ()


class Inhibit(Section):
    """While something stands that `source` fits, what `target` fits is not told, where they have `equal` in common."""

    source: Match
    target: Match
    equal: tuple[GroupBy, ...] = ("database",)


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
    to: Annotated[tuple[Mailbox, ...], BeforeValidator(_several), Field(min_length=1)]

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


class Heartbeat(Section):
    """A URL that is asked while the watchdog works, so that somebody else can tell when it does not."""

    secrets = ("url",)

    url: Url
    every: Duration = 60.0


# Those that know alerts only, and no text: one would page somebody to say that all is clear.
NO_READERS = ("alertmanager", "pagerduty")


class Letter(Section):
    """What is sent by the calendar."""

    schedule: Schedule
    timezone: TimeZone = "UTC"
    # By default all that people read: those of the types Alertmanager and PagerDuty are not.
    channels: tuple[Name, ...] | None = None


class Alerts(Section):
    """Who hears. Without routes every channel hears everything."""

    channels: Mapping[Name, Channel] = {}
    minimum_severity: Severity = Severity.WARNING
    routes: tuple[Route, ...] = ()
    inhibit: tuple[Inhibit, ...] = ()
    # The address of the page, as people reach it; by default that of `listen`.
    page_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    heartbeat: Heartbeat | None = None
    # That all is well.
    all_clear: Letter | None = None
    # What was accepted, and what of it ends soon.
    digest: Letter | None = None

    @property
    def readers(self) -> tuple[str, ...]:
        """The channels that people read."""
        return tuple(name for name, channel in self.channels.items() if channel.type not in NO_READERS)

    @model_validator(mode="after")
    def _letters_are_read(self) -> Self:
        for place, letter in (("all_clear", self.all_clear), ("digest", self.digest)):
            if letter is None:
                continue
            if not (self.readers if letter.channels is None else letter.channels):
                raise ValueError(f"{place}: there is no channel that it could be sent to")
            for name in letter.channels or ():
                if name in self.channels and name not in self.readers:
                    kind = self.channels[name].type
                    raise ValueError(f"{place}: channel {name} is of the type {kind}, which takes alerts and no text")
        return self

    @model_validator(mode="after")
    def _names_channels_that_are(self) -> Self:
        for place, channels in _named(self):
            for channel in channels:
                if channel not in self.channels:
                    known = ", ".join(self.channels) or "none"
                    raise ValueError(f"{place}: there is no channel {channel} (there are: {known})")
        names = [route.name for _, route in _routes(self.routes, "routes") if route.name]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two routes are called {name}")
        return self


def _routes(routes: tuple[Route, ...], place: str) -> Iterator[tuple[str, Route]]:
    for index, route in enumerate(routes):
        yield f"{place}[{index}]", route
        yield from _routes(route.routes, f"{place}[{index}].routes")


def _named(alerts: Alerts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where channels are named, and which."""
    for place, route in _routes(alerts.routes, "routes"):
        yield place, route.channels or ()
    for place, letter in (("all_clear", alerts.all_clear), ("digest", alerts.digest)):
        yield place, (letter.channels or ()) if letter else ()
