"""The forms of values, each with its mistakes in words, and what all sections have alike."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    model_validator,
)
from pydantic_core import CoreSchema

from watchdog.address import is_dsn, mistakes, parameters
from watchdog.config.listen import ADDRESS, address
from watchdog.cron import starts, time_zone

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# Shorter tokens can be guessed.
MOST_GUESSABLE = 16
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


def _seconds_or_never(value: object) -> object:
    if value == "never":
        return None
    try:
        return _seconds(value)
    except ValueError as error:
        raise ValueError(f"{error}, or never") from None


def _seconds_or_none_at_all(value: object) -> object:
    return 0.0 if isinstance(value, str) and value.strip() == "0s" else _seconds(value)


def several(value: object) -> object:
    """One of something where several may be given."""
    return (value,) if isinstance(value, str | dict) else value


def _moment(value: object) -> datetime:
    """YAML reads a moment by itself; one that comes from the environment, or in quotes, is a string still."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(
            "write date, time and offset from UTC, such as 2026-12-01T22:00:00Z or 2026-12-01T23:00:00+01:00"
        )
    return moment


def _in_range(moment: datetime) -> datetime:
    """In UTC it may lie beyond the years that there are."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie in the years 1 to 9999, in UTC too") from None


def _number(value: object) -> object:
    """Pydantic would take yes for 1."""
    if isinstance(value, bool):
        raise ValueError("write a number")  # noqa: TRY004 pydantic collects ValueError only
    return value


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _schedule(expression: str) -> str:
    starts(expression)
    return expression


def _time_zone(name: str) -> str:
    time_zone(name)
    return name


def _tables(pattern: str) -> str:
    if not set(pattern) & set(".*?["):
        raise ValueError(
            f"fits no table: say schema.table, such as public.{pattern or 'orders'}, or *.{pattern or 'orders'}"
        )
    return pattern


Listen = Annotated[str, AfterValidator(address), Field(json_schema_extra={"pattern": f"^{ADDRESS.pattern}$"})]
# A duration such as 5s or 10m, in seconds.
Duration = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=str)]
# The same, or None where `never` is written.
DurationOrNever = Annotated[float | None, BeforeValidator(_seconds_or_never, json_schema_input_type=str)]
# The same, where 0s is one too.
Wait = Annotated[float, BeforeValidator(_seconds_or_none_at_all, json_schema_input_type=str)]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime), AfterValidator(_in_range)]
# A cron expression of five fields.
Schedule = Annotated[str, AfterValidator(_schedule)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
# A pattern (`*`, `?`, `[...]`) of schema.table.
Tables = Annotated[str, AfterValidator(_tables)]
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=63)]
Percent = Annotated[float, Field(gt=0, le=100), BeforeValidator(_number)]
Count = Annotated[int, Field(ge=1), BeforeValidator(_number)]
Text = Annotated[str, Field(min_length=1)]
# What people read in the midst of a sentence; YAML's block of text ends with a line end.
Reason = Annotated[str, Field(min_length=1), BeforeValidator(_one_line)]


def _file(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("holds a NUL, which no path can")
    return path


FilePath = Annotated[Path, AfterValidator(_file)]


def _content(field: str, path: str) -> str | ValueError:
    """What the file of a secret holds, or why it cannot be read: the field says it, beside all other mistakes."""
    # The secret itself is easily put where its path belongs.
    shown = path if "/" in path and ":" not in path else "its value, which is not shown as it may be the secret itself,"
    try:
        content = Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a text file"
        return ValueError(f"{field}_file: {shown} cannot be read: {why}")
    # Nothing would be taken for no secret, and one from the environment be used instead.
    return content or ValueError(f"{field}_file: {shown} holds nothing")


def _read(value: object) -> object:
    if isinstance(value, ValueError):
        raise value
    return value


def _postgresql(dsn: SecretStr) -> SecretStr:
    if not is_dsn(dsn.get_secret_value()):
        raise ValueError("must begin with postgresql:// (its value is not shown, it holds a password)")
    for name, wrong in mistakes(parameters(dsn.get_secret_value()) or {}):
        raise ValueError(f"{name}: {wrong}")
    return dsn


def _http(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http:// (its value is not shown, it may be a secret)")
    return url


_Readable = BeforeValidator(_read, json_schema_input_type=SecretStr)
# Any text that is not to be seen, and that a file of its own may hold.
Secret = Annotated[SecretStr, _Readable]
Dsn = Annotated[SecretStr, _Readable, AfterValidator(_postgresql)]
Url = Annotated[SecretStr, _Readable, AfterValidator(_http)]


class Section(BaseModel):
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
