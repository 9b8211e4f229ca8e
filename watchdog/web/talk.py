"""The JSON documents about alerts and silences, and what a client may ask to be noted. Pure."""

import msgspec

from watchdog.alerts.hush import Silence
from watchdog.alerts.overview import OpenAlert


class AlertsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every open alert, the worst first."""

    version: int = 1
    alerts: tuple[OpenAlert, ...]


class SilencesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The silences that hold now, which end soonest first."""

    version: int = 1
    silences: tuple[Silence, ...]
