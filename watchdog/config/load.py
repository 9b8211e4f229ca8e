"""A configuration file read: one frozen value, or every mistake at once, each with its place."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from watchdog.config.document import Mistakes, Place, checked, read
from watchdog.config.fields import NAME
from watchdog.config.names import mistaken_names, names_of_databases
from watchdog.config.secret import VARIABLE, secret_fields, without_secrets
from watchdog.config.settings import Config


def load(path: Path, environment: Mapping[str, str] = os.environ, *, secrets: bool = True) -> Config:
    """Read and check a configuration file.

    Args:
        path: of the file.
        environment: what `${NAME}` stands for.
        secrets: False: they are not needed, and may be lacking: one that is not set is made up, no file is read.

    Raises:
        ConfigError: with every mistake, each as `file: place: what is wrong and what to do [line]`.
    """
    look = "schema-watchdog check --dsn URL --baseline FILE"
    return parse(
        read(path, f"; name one with --config, or look without one: {look}"), str(path), environment, secrets=secrets
    )


def names_in(path: Path) -> tuple[str, ...]:
    """The names that a configuration gives its databases, whatever else is wrong; none where it is unreadable."""
    try:
        # A pipe would hold up whoever reads it, here a shell that wants to complete a word.
        data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        return ()
    return tuple(name for name in names_of_databases(data) if isinstance(name, str) and re.fullmatch(NAME, name))


def parse(text: str, source: str, environment: Mapping[str, str], *, secrets: bool = True) -> Config:
    """Check the text of a configuration; `source` names it in mistakes, `secrets` as of `load`. Raises ConfigError."""

    def prepared(data: object, found: Mistakes) -> object:
        if not secrets:
            data = without_secrets(data, environment)
        data = _expanded(data, (), environment, found)
        found += mistaken_names(data)
        return data

    return checked(Config, text, source, prepared)


def _expanded(value: object, place: Place, environment: Mapping[str, str], found: Mistakes) -> object:
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
        hint = f", or give {place[-1]}_file" if place and place[-1] in secret_fields() else ""
        found.append((place, f"{name} is not set (export it{hint})"))
        return match[0]

    return VARIABLE.sub(replacement, value)
