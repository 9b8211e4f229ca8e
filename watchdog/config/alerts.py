"""What can be configured of alerts: channels, routes, quiet, and who watches the watchdog."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from watchdog.alerts.route import ASKED
from watchdog.config.channels import Channel
from watchdog.config.fields import (
    Duration,
    DurationOrNever,
    Moment,
    Name,
    Schedule,
    Section,
    Text,
    TimeZone,
    Url,
    Wait,
    several,
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


Patterns = Annotated[tuple[Text, ...], BeforeValidator(several, json_schema_input_type=str | tuple[str, ...])]


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


def _which_window(value: object) -> str:
    given = set(value) & {"from", "until"} if isinstance(value, dict) else isinstance(value, Once)
    return "once" if given else "recurring"


# Judged as the one of both whose keys are there: a mistake is told once.
Window = Annotated[Annotated[Recurring, Tag("recurring")] | Annotated[Once, Tag("once")], Discriminator(_which_window)]
Windows = Annotated[tuple[Window, ...], BeforeValidator(several, json_schema_input_type=Window | tuple[Window, ...])]


class Match(Section):
    """Which alerts, by name patterns (`*`, `?`, `[...]`), one or several of each; all that is given must fit."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(several)] = ()
    kind: Patterns = ()
    change: Annotated[tuple[ChangeKind, ...], BeforeValidator(several)] = ()
    schema_: Patterns = Field(default=(), alias="schema")
    name: Patterns = ()
    component: Patterns = ()
    origin: Annotated[tuple[Origin, ...], BeforeValidator(several)] = ()
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
