"""Secrets that come from the environment or from files, and configurations of which nobody needs them."""

import re
from collections.abc import Iterator, Mapping

from watchdog.config.fields import MOST_GUESSABLE, Section

VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
# They hold secrets, and have no file of their own.
_MORE_FIELDS = frozenset({"urls", "api_url"})
_MADE_UP = {"dsn": "postgresql://unset", "scratch_url": "postgresql://unset"}
_MADE_UP_APPRISE = "json://unset"


def secret_fields() -> frozenset[str]:
    """Those that may be given as `<field>_file`, of any section."""
    return frozenset(field for section in _sections(Section) for field in section.secrets)


def without_secrets(data: object, environment: Mapping[str, str]) -> object:
    """What was read, with something valid in the place of each secret that is not set, or stands in a file.

    It is for whoever needs none of them: nothing may be connected to with the result.
    """
    return _without(data, secret_fields(), environment)


def _without(value: object, fields: frozenset[str], environment: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_without(item, fields, environment) for item in value]
    if not isinstance(value, dict):
        return value
    is_apprise = value.get("type") == "apprise"
    filled: dict[object, object] = {}
    for key, item in value.items():
        field = key.removesuffix("_file") if isinstance(key, str) and isinstance(item, str) else key
        if field != key and field in fields and field not in value:
            filled[field] = _made_up(str(field), is_apprise=is_apprise)
        elif key in fields | _MORE_FIELDS:
            instead = _made_up(str(key), is_apprise=is_apprise)
            items = item if isinstance(item, list) else [item]
            kept = [instead if _lacks(each, environment) else _without(each, fields, environment) for each in items]
            filled[key] = kept if isinstance(item, list) else kept[0]
        else:
            filled[key] = _without(item, fields, environment)
    return filled


def _lacks(value: object, environment: Mapping[str, str]) -> bool:
    """Whether it names a variable that is not set."""
    return isinstance(value, str) and any(
        not environment.get(found["name"]) and found["default"] is None for found in VARIABLE.finditer(value)
    )


def _made_up(field: str, *, is_apprise: bool) -> str:
    if is_apprise:
        return _MADE_UP_APPRISE
    return _MADE_UP.get(field, "http://unset" if "url" in field else "x" * MOST_GUESSABLE)


def _sections(above: type[Section]) -> Iterator[type[Section]]:
    for section in above.__subclasses__():
        yield section
        yield from _sections(section)
