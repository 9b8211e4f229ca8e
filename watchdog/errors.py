"""Every error that a user can meet, as one tree.

WatchdogError
├── UsageError             exit 2: what was asked cannot be done as asked
│   └── ConfigError        exit 2: the configuration is wrong; carries every mistake
└── UnverifiedError        exit 3: the look itself failed, so nothing may be concluded
    ├── UnreachableError   no connection, or it broke
    ├── CaptureError       the catalogs could not be read whole: locked, raced, timed out
    ├── BaselineError      the expectation is missing, damaged or foreign
    ├── ScratchError       the throw-away server or the SQL applied to it failed
    │   └── ScriptError    a script failed there; it carries which, and the place
    ├── MigrationsError    a folder of migrations, or what a tool noted of them, cannot be read as that tool would
    │   └── UndecidedError nothing tells which of several tools a folder belongs to
    └── StateError         the watchdog's own state cannot be read or written

DeliveryError              a channel did not take a message; it is tried again and never reaches a user
"""

from collections.abc import Sequence


class WatchdogError(Exception):
    """Root of what is the user's to see: the text says what, where and what to do."""

    exit_code = 1


class UsageError(WatchdogError):
    exit_code = 2


class ConfigError(UsageError):
    """Holds every mistake found, one sentence each, so that one run is enough to mend them all."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class UnverifiedError(WatchdogError):
    exit_code = 3


class UnreachableError(UnverifiedError):
    pass


class CaptureError(UnverifiedError):
    pass


class BaselineError(UnverifiedError):
    pass


class ScratchError(UnverifiedError):
    pass


class ScriptError(ScratchError):
    """A script failed.

    Attributes:
        number: of it among the scripts, from 0.
        file, line: of the statement that failed.
    """

    def __init__(self, number: int, file: str, line: int, words: str) -> None:
        super().__init__(f"{file}:{line}: {words}")
        self.number = number
        self.file = file
        self.line = line


class MigrationsError(UnverifiedError):
    pass


class UndecidedError(MigrationsError):
    pass


class StateError(UnverifiedError):
    pass


class ForeignStateError(StateError):
    """The file is another program's: a mistake of whoever named it."""


class DeliveryError(Exception):
    """A message was not taken.

    Attributes:
        retry_after: seconds that the receiver asked us to wait, or None.
        is_final: the receiver will never take this message, whoever mends what: it must not hold up those behind it.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.is_final = is_final
