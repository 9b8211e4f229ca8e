"""The sections of channels: what is refused, in words that hold no secret."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from watchdog.config.load import parse
from watchdog.config.settings import Config
from watchdog.errors import ConfigError

SECRET = "hunter2-of-some-length"
ALERTMANAGER = {"type": "alertmanager", "urls": ["http://a:9093"]}
EMAIL = {"type": "email", "host": "smtp.example.com", "from": "w@example.com", "to": "ops@example.com"}


def parsed(channel: dict[str, Any]) -> Config:
    whole = {
        "databases": [{"name": "a", "dsn": "postgresql://h", "baseline": "b.json"}],
        "alerts": {"channels": {"ops": channel}},
    }
    return parse(yaml.safe_dump(whole, sort_keys=False), "f.yaml", {})


def mistake(channel: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(channel)
    assert SECRET not in str(caught.value)
    [only] = caught.value.mistakes
    return only


@pytest.mark.parametrize(
    "channel",
    [
        {"type": "webhook", "url": "https://h", "secret": SECRET},
        {"type": "slack", "webhook_url": "https://h"},
        {"type": "slack", "token": SECRET, "channel": "#ops"},
        {**ALERTMANAGER, "username": "ada", "password": SECRET, "labels": {"env": "prod"}, "resend": "10s"},
        {**ALERTMANAGER, "bearer_token": SECRET},
        {"type": "pagerduty", "routing_key": SECRET},
        {**EMAIL, "to": ["Ops Team <ops@example.com>", '"odd one"@example.com']},
        {**EMAIL, "tls": "none"},
        {**EMAIL, "username": "w", "password": SECRET},
        {"type": "apprise", "url": f"json://localhost/{SECRET}"},
    ],
    ids=str,
)
def test_a_channel_may_be_written_so(channel: dict[str, Any]) -> None:
    assert SECRET not in repr(parsed(channel))


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({"type": "webhook", "url": "https://h", "secret": "short"}, "secret: should have at least 16 characters"),
        ({"type": "slack", "token": SECRET}, "token and channel go together"),
        ({"type": "slack", "webhook_url": "https://h", "token": SECRET, "channel": "c"}, "give webhook_url, or token"),
        ({"type": "alertmanager", "urls": []}, ": is empty"),
        ({**ALERTMANAGER, "urls": ["a:9093"]}, "must begin with https:// or http://"),
        ({**ALERTMANAGER, "username": "ada"}, "username and password go together"),
        ({**ALERTMANAGER, "username": "a", "password": SECRET, "bearer_token": SECRET}, "not both"),
        ({**ALERTMANAGER, "labels": {"severity": "x"}}, "each alert has this label already"),
        ({**ALERTMANAGER, "labels": {"alertname": "x"}}, "each alert has this label already"),
        ({**ALERTMANAGER, "labels": {"a-b": "x"}}, "a label's name is letters, digits and _"),
        ({**ALERTMANAGER, "labels": {"__x": "x"}}, "a label's name is letters, digits and _"),
        ({**ALERTMANAGER, "labels": {"env": ""}}, "at least 1 character"),
        ({**EMAIL, "username": "w"}, "username and password go together"),
        ({**EMAIL, "tls": "none", "username": "w", "password": SECRET}, "a password is not sent without TLS"),
        ({**EMAIL, "to": []}, ": is empty"),
        ({**EMAIL, "to": "ops"}, "write one address"),
        ({**EMAIL, "to": "a@example.com, b@example.com"}, "write one address"),
        ({**EMAIL, "to": "a@example.com\nBcc: eve@example.com"}, "write one address"),
        ({**EMAIL, "from": "@example.com"}, "write one address"),
        ({**EMAIL, "from": "w@"}, "write one address"),
        ({**EMAIL, "from": "<>"}, "write one address"),
        ({"type": "apprise", "url": f"pigeon://{SECRET}"}, "Apprise knows no such service"),
        ({"type": "apprise", "url_file": "/nonexistent"}, "url_file: /nonexistent cannot be read"),
        ({"type": "pagerduty", "routing_key_file": "/nonexistent"}, "routing_key_file: /nonexistent cannot be read"),
        ({**EMAIL, "username": "w", "password_file": "/nonexistent"}, "password_file: /nonexistent cannot be read"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_what_to_do(channel: dict[str, Any], words: str) -> None:
    assert words in mistake(channel)


def test_secrets_of_channels_may_stand_in_files(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    for channel, field in (
        ({"type": "webhook", "url": "https://h", "secret_file": str(file)}, "secret"),
        ({"type": "slack", "token_file": str(file), "channel": "c"}, "token"),
        ({**ALERTMANAGER, "bearer_token_file": str(file)}, "bearer_token"),
        ({"type": "pagerduty", "routing_key_file": str(file)}, "routing_key"),
        ({**EMAIL, "username": "w", "password_file": str(file)}, "password"),
    ):
        section = parsed(channel).alerts.channels["ops"]
        assert getattr(section, field).get_secret_value() == SECRET
