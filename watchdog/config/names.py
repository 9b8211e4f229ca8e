"""Names that have to be of something else in the file, or of nothing else: judged whatever else is wrong there."""

import re
from collections.abc import Iterator

from watchdog.config.document import Place
from watchdog.config.fields import NAME


def names_of_databases(data: object) -> list[object]:
    """The name of each database, None for one that has none."""
    return [_dict(section).get("name") for section in _list(_dict(data).get("databases"))]


def mistaken_names(data: object) -> Iterator[tuple[Place, str]]:
    """Databases, and routes, that are called alike, and channels that there are none of; each at its own place."""
    yield from _repeated(
        (("databases", index, "name"), name, "database") for index, name in enumerate(names_of_databases(data))
    )
    alerts = _dict(_dict(data).get("alerts"))
    routes = list(_routes(alerts.get("routes"), ("alerts", "routes")))
    yield from _repeated(((*place, "name"), route.get("name"), "route") for place, route in routes)
    letters = ((("alerts", name), _dict(alerts.get(name))) for name in ("all_clear", "digest"))
    channels = alerts.get("channels") or {}
    if not isinstance(channels, dict):
        return
    # What is no name may be a secret in its place, and has a mistake of its own.
    known = ", ".join(str(name) for name in channels if _is_name(name)) or "none"
    for place, section in (*routes, *letters):
        for index, name in enumerate(_list(section.get("channels"))):
            if _is_name(name) and name not in channels:
                yield (*place, "channels", index), f"there is no channel {name} (there are: {known})"


def _repeated(names: Iterator[tuple[Place, object, str]]) -> Iterator[tuple[Place, str]]:
    seen: list[object] = []
    for place, name, what in names:
        if name is not None and name in seen:
            yield place, f"is the name of another {what} above too"
        seen.append(name)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(NAME, value) is not None


def _routes(routes: object, place: Place) -> Iterator[tuple[Place, dict[str, object]]]:
    for index, route in enumerate(_list(routes)):
        section = _dict(route)
        yield (*place, index), section
        yield from _routes(section.get("routes"), (*place, index, "routes"))


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
