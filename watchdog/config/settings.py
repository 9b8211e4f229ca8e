"""What can be configured: every setting, its form, its default."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from watchdog.alerts.alert import SELF
from watchdog.config.alerts import Alerts, known_kind
from watchdog.config.fields import MOST_GUESSABLE, Dsn, Duration, FilePath, Listen, Name, Secret, Section
from watchdog.config.rows import Rows
from watchdog.config.server import Reached
from watchdog.finding import Severity
from watchdog.migrations.formats import FORMATS


class Every(Section):
    """How often each check looks."""

    probe: Duration = 5.0
    schema_: Duration = Field(default=300.0, alias="schema")
    rows: Duration = 60.0
    queries: Duration = 600.0


class Schemas(Section):
    """Which schemas are watched, by name patterns."""

    include: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    exclude: tuple[str, ...] = ()


class Compare(Section):
    """Which groups are compared beside the structure."""

    # ADD COLUMN can only append, so a table that was mended has another order for good.
    order: bool = False
    # That partitions for ranges or lists are made and dropped, as long as the new ones are like their parent.
    partitions: bool = False
    owners: bool = True
    privileges: bool = True
    comments: bool = True
    labels: bool = True
    roles: bool = True
    settings: bool = True


class _Matching(Section):
    """Findings, by name patterns (`*`, `?`, `[...]`); `name` is the dotted name, such as public.orders.total."""

    kind: str = "*"
    name: str = "*"
    attribute: str = "*"
    change: Literal["*", "missing", "unexpected", "changed", "renamed"] = "*"

    @field_validator("kind")
    @classmethod
    def _kind_exists(cls, kind: str) -> str:
        return known_kind(kind)


class Exclude(_Matching):
    """Findings that are none, and why."""

    reason: Annotated[str, Field(min_length=1)]


class Judge(_Matching):
    """Findings of another severity than the tables say."""

    severity: Severity


class TimeLimits(Section):
    """Bounds of every look at the watched server."""

    connect: Duration = 10.0
    lock: Duration = 1.0
    statement: Duration = 30.0
    look: Duration = 120.0


class Migrations(Section):
    """The folder of migrations that makes the expectation, and where it may be replayed."""

    secrets = ("scratch_url",)

    path: FilePath
    format: Literal[tuple(FORMATS)] | None = None  # type: ignore[valid-type]
    # Of the tool's own table, where it is not the tool's default: a name, or schema.name.
    table: Annotated[str, Field(min_length=1)] | None = None
    # A server on which a database is made, used and dropped again; without it an embedded one is started.
    scratch_url: Dsn | None = None
    scratch_timeout: Duration = 60.0


class Queries(Section):
    """The application's statements, and where they are found."""

    paths: tuple[FilePath, ...] = ()
    exclude: tuple[str, ...] = ()
    # So many of what pg_stat_statements recorded, those that ran most often first; 0: none.
    recorded: Annotated[int, Field(ge=0)] = 0
    # As the application's sessions have it; by default as a new session of the watching role has it.
    search_path: str | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.paths and not self.recorded:
            raise ValueError("names no statements: give paths, or recorded: 1000 for those of pg_stat_statements")
        return self


def _folder(migrations: object) -> object:
    return {"path": migrations} if isinstance(migrations, str) else migrations


class Database(Reached):
    secrets = ("dsn",)

    name: Name
    dsn: Dsn
    baseline: FilePath | None = None
    migrations: Annotated[Migrations | None, BeforeValidator(_folder, json_schema_input_type=str | Migrations)] = None
    contracts: tuple[FilePath, ...] = ()
    queries: Queries | None = None
    on_missing_baseline: Literal["capture", "fail"] = "capture"
    schemas: Schemas = Schemas()
    compare: Compare = Compare()
    exclude: tuple[Exclude, ...] = ()
    severity: tuple[Judge, ...] = ()
    accepted: FilePath | None = None
    transition: Duration = 600.0
    every: Every = Every()
    # Of the server's time, in any minute; looks wait for it.
    cost_limit: Duration = 6.0
    rows: Rows = Rows()
    timeouts: TimeLimits = TimeLimits()

    @field_validator("name")
    @classmethod
    def _is_not_ours(cls, name: str) -> str:
        if name == SELF:
            raise ValueError("is what the watchdog calls itself; name it otherwise")
        return name

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.baseline and self.migrations:
            raise ValueError("give baseline or migrations, not both: each says what the whole schema should be")
        if not (self.baseline or self.migrations or self.contracts or self.queries):
            raise ValueError("expects nothing: give one of baseline, migrations, contracts and queries")
        return self


class Api(Section):
    """Who may change anything by HTTP; without a token nobody may. Who may read, which without one everybody may."""

    secrets = ("token", "read_token")

    token: Annotated[Secret | None, Field(min_length=MOST_GUESSABLE)] = None
    read_token: Annotated[Secret | None, Field(min_length=MOST_GUESSABLE)] = None

    @property
    def readers(self) -> tuple[str, ...]:
        """The tokens of those who may read, of whom whoever may change is one; none: everybody may."""
        tokens = (self.read_token, self.token) if self.read_token else ()
        return tuple(token.get_secret_value() for token in tokens if token)


class Https(Section):
    """The certificate of the page, /metrics and the API; its files are read again when they change."""

    cert: FilePath
    key: FilePath


class Log(Section):
    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """The whole configuration file."""

    databases: Annotated[tuple[Database, ...], Field(min_length=1)]
    alerts: Alerts = Alerts()
    state: FilePath = Path("state")
    listen: Listen = "127.0.0.1:9723"
    https: Https | None = None
    api: Api = Api()
    log: Log = Log()
