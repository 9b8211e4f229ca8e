"""The configuration: YAML and environment in, one frozen value out, or every mistake at once, each with its place."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from watchdog.errors import ConfigError
from watchdog.finding import Severity

Place = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(value: object) -> object:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        return float(found["number"]) * _UNIT_SECONDS[found["unit"]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"write the unit too, such as {value}s")  # noqa: TRY004 pydantic collects ValueError only
    raise ValueError("write a number and a unit, such as 500ms, 5s, 10m, 4h or 1d")


# A duration such as 5s or 10m, in seconds.
Duration = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=str), Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=63)]
Percent = Annotated[float, Field(gt=0, le=100)]


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

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()


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
    baseline: Path
    on_missing_baseline: Literal["capture", "fail"] = "capture"
    schemas: Schemas = Schemas()
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
    state: Path = Path("state")
    listen: Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$")] = "127.0.0.1:9723"
    log: Log = Log()

    @field_validator("listen")
    @classmethod
    def _port_exists(cls, listen: str) -> str:
        if int(listen.rpartition(":")[2]) not in range(1, 65536):
            raise ValueError("the port must be 1 to 65535")
        return listen


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: with every mistake, each as `file: place: what is wrong and what to do [line]`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    return parse(text, str(path), environment)


def parse(text: str, source: str, environment: Mapping[str, str]) -> Config:
    """Check the text of a configuration; `source` names it in mistakes. Raises ConfigError."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
        lines = dict(_lines(root, ()))
        found = [*_duplicate_keys(root, ()), *_repeated_names(data)]
    except yaml.YAMLError as error:
        # The error's own text would quote the line, which may hold a secret.
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        what = problem or "it holds a character that YAML does not allow"
        raise ConfigError([f"{source}: not YAML: {what}" + (f" [line {mark.line + 1}]" if mark else "")]) from None
    except (ValueError, AttributeError, RecursionError):
        # PyYAML lets these through for a date like 2020-99-99, a mistaken tag, and a list that holds itself.
        raise ConfigError(
            [f"{source}: not YAML: a value cannot be read, or holds itself (quote what is text)"]
        ) from None
    data = _expanded(data, (), environment, found)
    config = None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        named = {place for place, _ in found}
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            place = _place(detail["loc"], data, missing=detail["type"] == "missing")
            hollow = detail["type"] == "too_short" and any(inner[: len(place)] == place != inner for inner in lines)
            if place not in named and not hollow:
                found.append((place, _sentence(detail["type"], detail["msg"])))
    if found or config is None:
        raise ConfigError([_mistake(source, place, what, lines) for place, what in found])
    return config


def _expanded(value: object, place: Place, environment: Mapping[str, str], found: list[tuple[Place, str]]) -> object:
    """The tree with each `${NAME}` replaced; a name that is not set is noted in `found`."""
    if isinstance(value, dict):
        return {key: _expanded(item, (*place, key), environment, found) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item, (*place, index), environment, found) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if environment.get(name):
            return environment[name]
        if default is not None:
            return default
        secret = any(
            place and place[-1] == field for section in (Database, Webhook, Slack) for field in section.secrets
        )
        hint = f", or give {place[-1]}_file" if secret else ""
        found.append((place, f"{name} is not set (export it{hint})"))
        return match[0]

    return _VARIABLE.sub(replacement, value)


def _place(loc: Place, data: object, *, missing: bool) -> Place:
    """Where in the file: what pydantic adds (the tag of a union) is no key and is left out."""
    place: list[str | int] = []
    for index, part in enumerate(loc):
        known = isinstance(data, dict) and part in data
        known = known or (isinstance(data, list) and isinstance(part, int) and part < len(data))
        if known:
            data = data[part]  # type: ignore[index]
        elif not missing or index < len(loc) - 1:
            continue
        place.append(part)
    return tuple(place)


def _sentence(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a setting known here (a typing error, or its indentation?)"
        case "model_type":
            return "should be a mapping, key: value"
        case "too_short":
            return "is empty"
        case _:
            return message.removeprefix("Value error, ")


def _mistake(source: str, place: Place, what: str, lines: Mapping[Place, int]) -> str:
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    nearest = next((lines[place[:size]] for size in range(len(place), -1, -1) if place[:size] in lines), None)
    return ": ".join(filter(None, (source, words, what))) + (f" [line {nearest}]" if nearest else "")


def _lines(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, int]]:
    if node is None:
        return
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from ((inner, line) for inner, line in _lines(value, (*place, key.value)))
            yield (*place, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*place, index))


def _repeated_names(data: object) -> Iterator[tuple[Place, str]]:
    databases = data.get("databases") if isinstance(data, dict) else None
    sections = databases if isinstance(databases, list) else []
    names = [section.get("name") if isinstance(section, dict) else None for section in sections]
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            yield ("databases", index, "name"), "is the name of another database above too"


def _duplicate_keys(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield (*place, key), "is given twice; only one can hold"
        for key, value in node.value:
            yield from _duplicate_keys(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, (*place, index))
