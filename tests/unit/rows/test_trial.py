"""The trial in short form: what is promised of row counts, held against a world whose true row counts are known."""

import asyncio

import pytest

from bench.trial.fleet import play_year
from bench.trial.report import IN_TIME, in_time, is_great, said
from bench.trial.run import ENGINE, SCENARIOS, SHORT, play
from bench.trial.scenario import Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_loss_of_a_fifth_is_found_in_time_and_nothing_else_is_an_alarm(scenario: Scenario) -> None:
    outcome = asyncio.run(play(scenario, SHORT))
    record = outcome.records[ENGINE]
    assert bool(record.losses) == scenario.loses
    assert [said(opened) for opened in record.false] == []
    if scenario.goal:
        late = [
            f"{loss.share:.0%} of {loss.table[1]}: {found or 'missed'}, where {IN_TIME} looks are allowed"
            for loss, found in zip(record.losses, record.found, strict=True)
            if is_great(loss) and not in_time(found)
        ]
        assert late == []


def test_a_fleet_without_losses_is_quiet_after_it_was_learnt() -> None:
    year = asyncio.run(play_year(100, 35, lambda *_: None))
    assert [f"{year.kind_of[each.alarm.table[1]]}: {said(each)}" for each in year.records[ENGINE].false] == []


def test_the_trial_shows_misses_and_false_alarms_of_the_rules_that_people_have_today() -> None:
    [purge] = [each for each in SCENARIOS if each.name.startswith("a staging table filled and purged")]
    [fifth] = [each for each in SCENARIOS if each.name == "DELETE of 20 % of a growing table"]
    alarmed, missed = (asyncio.run(play(each, SHORT)).records for each in (purge, fifth))
    assert alarmed["previous - 20 %"].false
    assert missed["mean - 3 sigma"].found == [None]
    assert missed["min_rows"].found == [None]
