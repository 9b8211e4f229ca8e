"""The shipped Alertmanager, whose receivers are a test's."""

import re
from pathlib import Path

from tests.acceptance.alertmanager import Alertmanager
from tests.acceptance.support import Receiver
from tests.monitoring.shipped import ALERTMANAGER

SECRET = "T0/B0/hunter2-of-the-webhook"
KEY = "hunter2ofpagerduty0123456789abcd"


def shipped(folder: Path, receiver: Receiver, *, quick: bool) -> Alertmanager:
    """With the shipped configuration, its secrets and receivers those of the test, and waits of a second if `quick`."""
    text = ALERTMANAGER.read_text()
    folder.mkdir(exist_ok=True)
    (folder / "slack").write_text(receiver.url(f"/slack/{SECRET}"))
    (folder / "key").write_text(KEY)
    own = {
        "/run/secrets/slack_webhook_url": str(folder / "slack"),
        "/run/secrets/pagerduty_routing_key": str(folder / "key"),
        "http://dead-man.example.com/": receiver.url("/dead-man"),
        "templates/*.tmpl": str(ALERTMANAGER.parent / "templates" / "*.tmpl"),
        "\nglobal:\n": f"\nglobal:\n  pagerduty_url: {receiver.url('/pagerduty')}\n",
    }
    for theirs, ours in own.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    if quick:
        text = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", text)
    return Alertmanager(folder, text)
