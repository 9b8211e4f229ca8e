"""What can be configured: every setting, its form, its default."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from watchdog.finding import Severity
from watchdog.schema.kinds import KINDS

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)")
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# The server counts its timeouts in milliseconds, and takes 0 for no timeout at all.
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.001, 366 * 86400.0


def _seconds(value: object) -> object:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        seconds = float(found["number"]) * _UNIT_SECONDS[found["unit"]]
        if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
            raise ValueError("must be 1ms to 366d")
        return seconds
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"write the unit too, such as {value}s")  # noqa: TRY004 pydantic collects ValueError only
    raise ValueError("write a number and a unit, such as 500ms, 5s, 10m, 4h or 1d")


def address(listen: str) -> str:
    """Returns what it takes. Raises ValueError where it is not one that can be listened on."""
    if not _ADDRESS.fullmatch(listen):
        raise ValueError("must be host:port, such as 127.0.0.1:9723")
    if int(listen.rpartition(":")[2]) not in range(1, 65536):
        raise ValueError("the port must be 1 to 65535")
    return listen


Listen = Annotated[str, AfterValidator(address), Field(json_schema_extra={"pattern": f"^{_ADDRESS.pattern}$"})]
# A duration such as 5s or 10m, in seconds.
Duration = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=str)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=63)]
Percent = Annotated[float, Field(gt=0, le=100)]


def _file(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("holds a NUL, which no path can")
    return path


FilePath = Annotated[Path, AfterValidator(_file)]


def _content(field: str, path: str) -> str | ValueError:
    """What the file of a secret holds, or why it cannot be read: the field says it, beside all other mistakes."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        # The secret itself is easily put where its path belongs.
        shown = "its value, which is not shown as it looks like an address," if ":" in path else path
        why = getattr(error, "strerror", None) or "not a text file"
        return ValueError(f"{field}_file: {shown} cannot be read: {why}")


def _read(value: object) -> object:
    if isinstance(value, ValueError):
        raise value
    return value


def _postgresql(dsn: SecretStr) -> SecretStr:
    if not dsn.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql:// (its value is not shown, it holds a password)")
    return dsn


def _http(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http:// (its value is not shown, it may be a secret)")
    return url


_Secret = BeforeValidator(_read, json_schema_input_type=SecretStr)
Dsn = Annotated[SecretStr, _Secret, AfterValidator(_postgresql)]
Url = Annotated[SecretStr, _Secret, AfterValidator(_http)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    # Fields that may be given as `<field>_file`, the path of a file that holds the secret alone.
    secrets: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        for field in cls.secrets:
            path = filled.pop(f"{field}_file", None)
            if path is None:
                continue
            filled[field] = (
                ValueError(f"give {field} or {field}_file, not both") if field in filled else _content(field, str(path))
            )
        return filled

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        for field in cls.secrets:
            schema["properties"][f"{field}_file"] = {
                "type": "string",
                "description": f"a file that holds {field} alone",
            }
            schema["required"] = [name for name in schema.get("required", []) if name != field]
        return schema


class Every(_Section):
    """How often each check looks."""

    probe: Duration = 5.0
    schema_: Duration = Field(default=300.0, alias="schema")
    rows: Duration = 60.0


class Schemas(_Section):
    """Which schemas are watched, by name patterns."""

    include: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    exclude: tuple[str, ...] = ()


class Compare(_Section):
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


class _Matching(_Section):
    """Findings, by name patterns (`*`, `?`, `[...]`); `name` is the dotted name, such as public.orders.total."""

    kind: str = "*"
    name: str = "*"
    attribute: str = "*"
    change: Literal["*", "missing", "unexpected", "changed", "renamed"] = "*"

    @field_validator("kind")
    @classmethod
    def _kind_exists(cls, kind: str) -> str:
        if not any(fnmatchcase(each, kind) for each in (*KINDS, "rows")):
            raise ValueError(f"no kind of object is called so; there are: {', '.join(KINDS)}")
        return kind


class Exclude(_Matching):
    """Findings that are none, and why."""

    reason: Annotated[str, Field(min_length=1)]


class Judge(_Matching):
    """Findings of another severity than the tables say."""

    severity: Severity


class WarnDrop(_Section):
    percent: Percent = 20.0
    rows: Annotated[int, Field(ge=1)] = 100


class CriticalDrop(_Section):
    percent: Percent = 50.0


class Rows(_Section):
    """Which tables' row counts are watched, as schema.table patterns, and what counts as a drop."""

    watch: tuple[str, ...] = ("*",)
    warn: WarnDrop = WarnDrop()
    critical: CriticalDrop = CriticalDrop()


class TimeLimits(_Section):
    """Bounds of every look at the watched server."""

    connect: Duration = 10.0
    lock: Duration = 1.0
    statement: Duration = 30.0
    look: Duration = 120.0


class Database(_Section):
    secrets = ("dsn",)

    name: Name
    dsn: Dsn
    baseline: FilePath
    on_missing_baseline: Literal["capture", "fail"] = "capture"
    schemas: Schemas = Schemas()
    compare: Compare = Compare()
    exclude: tuple[Exclude, ...] = ()
    severity: tuple[Judge, ...] = ()
    accepted: FilePath | None = None
    transition: Duration = 600.0
    every: Every = Every()
    rows: Rows = Rows()
    timeouts: TimeLimits = TimeLimits()


class Webhook(_Section):
    secrets = ("url",)

    type: Literal["webhook"]
    url: Url


class Slack(_Section):
    secrets = ("webhook_url",)

    type: Literal["slack"]
    webhook_url: Url


class Alerts(_Section):
    """Who hears. Every channel gets every message."""

    channels: Mapping[Name, Annotated[Webhook | Slack, Field(discriminator="type")]] = {}
    minimum_severity: Severity = Severity.WARNING


class Log(_Section):
    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(_Section):
    """The whole configuration file."""

    databases: Annotated[tuple[Database, ...], Field(min_length=1)]
    alerts: Alerts = Alerts()
    state: FilePath = Path("state")
    listen: Listen = "127.0.0.1:9723"
    log: Log = Log()
