"""A configuration file read: one frozen value, or every mistake at once, each with its place."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from watchdog.config.fields import NAME
from watchdog.config.settings import Config, Database, Slack, Webhook
from watchdog.errors import ConfigError

Place = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: with every mistake, each as `file: place: what is wrong and what to do [line]`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        look = "schema-watchdog check --dsn URL --baseline FILE"
        raise ConfigError(
            [f"{path.absolute()}: no such file; name one with --config, or look without one: {look}"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text file"
        raise ConfigError([f"{path}: cannot be read: {why}"]) from error
    return parse(text, str(path), environment)


def names_in(path: Path) -> tuple[str, ...]:
    """The names that a configuration gives its databases, whatever else is wrong; none where it is unreadable."""
    try:
        # A pipe would hold up whoever reads it, here a shell that wants to complete a word.
        data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        return ()
    return tuple(name for name in _names(data) if isinstance(name, str) and re.fullmatch(NAME, name))


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
        if "alias" in (getattr(error, "context", None) or ""):
            what = "what begins with * must stand in quotes"
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
        case "union_tag_invalid":  # pydantic quotes the value, which may have swallowed what follows it
            return f"its type must be one of {message.rpartition('expected tags: ')[2]}"
        case _:
            return message.removeprefix("Value error, ")


def _mistake(source: str, place: Place, what: str, lines: Mapping[Place, int]) -> str:
    # Without a space behind its colon, a key has its value in it, which may be a secret.
    keys = (part if isinstance(part, int) else str(part).partition(":")[0] for part in place)
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
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


def _names(data: object) -> list[object]:
    """The name of each database, None for one that has none."""
    databases = data.get("databases") if isinstance(data, dict) else None
    sections = databases if isinstance(databases, list) else []
    return [section.get("name") if isinstance(section, dict) else None for section in sections]


def _repeated_names(data: object) -> Iterator[tuple[Place, str]]:
    names = _names(data)
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
