import pytest

from watchdog.cli.alerts.outbox import retried


@pytest.mark.parametrize(
    ("waiting", "revived", "words"),
    [
        (0, 0, "nothing was given up, and nothing waits"),
        (1, 0, "nothing was given up; 1 message that waits is tried at once"),
        (2, 0, "nothing was given up; 2 messages that wait are tried at once"),
        (0, 1, "1 message to be sent again, by the daemon within half a minute"),
        (
            2,
            3,
            "3 messages to be sent again, by the daemon within half a minute; 2 messages that wait are tried at once",
        ),
    ],
)
def test_a_retry_says_what_is_sent_again_and_what_waits_no_longer(waiting: int, revived: int, words: str) -> None:
    assert retried(waiting=waiting, revived=revived) == words
