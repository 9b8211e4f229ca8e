"""What asking a server may cost."""

import pytest

from watchdog.status.allowance import Allowance


def test_what_goes_beyond_it_is_waited_for_and_no_more_than_a_minute_is_saved_up() -> None:
    clock = [0.0]
    allowance = Allowance(6.0, lambda: clock[0])
    allowance.spend(5.9)
    assert allowance.wait() == 0
    allowance.spend(3.1)
    assert allowance.wait() == pytest.approx(30)
    clock[0] = 29
    assert allowance.wait() == pytest.approx(1)
    clock[0] = 31
    assert allowance.wait() == 0
    clock[0] = 10_000
    allowance.spend(7.0)
    assert allowance.wait() == pytest.approx(10)


def test_over_an_hour_the_server_gives_what_was_allowed_and_one_question_more() -> None:
    clock, spent = [0.0], 0.0
    allowance = Allowance(2.0, lambda: clock[0])
    while clock[0] < 3600:
        if allowance.wait() == 0:
            allowance.spend(0.7)
            spent += 0.7
        clock[0] += 1
    assert 2.0 * 60 <= spent <= 2.0 * 61 + 0.7
