"""What stands, what was told, and what people said: all that decides who hears of what."""

from collections.abc import Mapping

import msgspec

from watchdog.alerts.alert import Standing
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.told import Told


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """As they stand in one moment.

    Attributes:
        standing: fingerprint -> every open alert.
        told: channel -> fingerprint -> what it was told.
        acknowledgements: by fingerprint.
    """

    standing: Mapping[str, Standing] = {}
    told: Mapping[str, Mapping[str, Told]] = {}
    acknowledgements: Mapping[str, Acknowledgement] = {}
    silences: tuple[Silence, ...] = ()
