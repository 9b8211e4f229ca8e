"""A YAML file checked against a model: its value, or every mistake at once, each with its place and line."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from watchdog.errors import ConfigError

Place = tuple[str | int, ...]
Mistakes = list[tuple[Place, str]]
_TEXT_KEYS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")
Model = TypeVar("Model", bound=BaseModel)


def read(path: Path, hint: str = "") -> str:
    """The text of a file. Raises ConfigError; `hint` says what to do where there is no such file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError([f"{path.absolute()}: no such file{hint}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text file"
        raise ConfigError([f"{path}: cannot be read: {why}"]) from error


def checked(
    model: type[Model],
    text: str,
    source: str,
    prepared: Callable[[object, Mistakes], object] = lambda data, _: data,
) -> Model:
    """The text as a value of the model.

    Args:
        model: what it has to be.
        text: YAML.
        source: names it in mistakes.
        prepared: makes of what was read what is checked, and adds the mistakes that it sees itself.

    Raises:
        ConfigError: with every mistake, each as `source: place: what is wrong and what to do [line]`.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
        lines = dict(_lines(root, ()))
        found = [*_duplicate_keys(root, ()), *_odd_keys(root, ())]
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
    data = prepared(data, found)
    value = None
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        named = {place for place, _ in found}
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            place = _place(detail["loc"], data, missing=detail["type"] == "missing")
            # What stands in a file of its own has no key that is called so.
            filed = f"{detail['loc'][-1]}_file" if detail["type"] == "too_short" else ""
            is_filed = any((*place, filed) == inner for inner in lines)
            hollow = detail["type"] == "too_short" and any(inner[: len(place)] == place != inner for inner in lines)
            # A key that is no text has another form in `loc`, and was told.
            odd = detail["loc"][-1:] == ("[key]",) and not isinstance(detail["loc"][-2], str)
            if is_filed:
                found.append(((*place, filed), _sentence(detail["type"], detail["msg"])))
            elif place not in named and not hollow and not odd:
                found.append((place, _sentence(detail["type"], detail["msg"])))
    if found or value is None:
        raise ConfigError([_mistake(source, place, what, lines) for place, what in found])
    return value


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
        case "too_short":  # of a secret pydantic says that it has too few items
            length = message.partition("at least ")[2].partition(" ")[0]
            return "is empty" if length == "1" else f"should have at least {length} characters"
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


def _odd_keys(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, str]]:
    """Keys that YAML reads as a number, a date, or as yes or no."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag not in _TEXT_KEYS:
                yield (*place, key.value), "YAML reads this as no text: put it in quotes"
            yield from _odd_keys(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _odd_keys(item, (*place, index))
