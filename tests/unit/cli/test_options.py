import getpass
import os

import pytest

from watchdog.cli.options import who


def test_whoever_has_no_name_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert who() == f"user {os.getuid()}"
