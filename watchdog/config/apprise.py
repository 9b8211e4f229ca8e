"""Apprise, where it is installed: what its URLs name, and silence about them."""

import importlib
import logging
from collections.abc import Iterator
from typing import Protocol

# Apprise logs URLs, and so does what it speaks HTTP with. A URL of its holds passwords and tokens.
for _logger in ("apprise", "urllib3", "requests_oauthlib"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL + 1)


class Notifier(Protocol):
    """What is used of `apprise.Apprise`: its services, and one call to all of them, which blocks."""

    def __iter__(self) -> Iterator[object]: ...

    def notify(self, *, body: str, title: str, notify_type: str, body_format: str) -> object: ...


def notifier(url: str) -> Notifier:
    """What sends to a URL of Apprise's, or to several, with commas between them.

    Raises:
        ValueError: Apprise is not installed, or knows no such URL. The text does not hold it.
    """
    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        raise ValueError("Apprise is not installed; get it with: pip install 'schema-watchdog[apprise]'") from None
    made: Notifier = apprise.Apprise()
    if not made.add(url) or not list(made):  # type: ignore[attr-defined]
        raise ValueError(
            "Apprise knows no such service, or misses a part of its URL (which is not shown, it is a secret)"
        )
    return made
