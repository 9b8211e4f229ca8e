"""The trial of the row counts: losses and harmless events over simulated weeks, and a year of many tables without loss.

    .venv/bin/python -m bench.rows_trial                        all scenarios, beside three rules people have today
    .venv/bin/python -m bench.rows_trial --short                the same with fewer looks, as the tests run it
    .venv/bin/python -m bench.rows_trial --scenario crash       those with this in their name, and all that was said
    .venv/bin/python -m bench.rows_trial --tables 1000 --days 365

Every run of the same command gives the same figures, but for the times.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.trial import report
from bench.trial.fleet import play_year
from bench.trial.judge import Judge
from bench.trial.run import ENGINE, FULL, SCENARIOS, SHORT, Outcome, Pace, play
from bench.trial.scenario import Scenario
from bench.trial.world import DAY

CONSOLE = Console()


def main(
    *,
    short: Annotated[bool, typer.Option("--short", help="Fewer weeks, longer steps.")] = False,
    scenario: Annotated[str, typer.Option(help="Only those with this in their name.")] = "",
    tables: Annotated[int, typer.Option(min=0, help="Play a year of so many tables instead.")] = 0,
    days: Annotated[float, typer.Option(min=1, help="How long that year is.")] = 365,
    seed: Annotated[int, typer.Option(help="Another course of chance.")] = 1,
) -> None:
    """Play the scenarios, or a year of a fleet, and print what each watch made of it."""
    if tables:
        asyncio.run(_year(tables, days, seed))
        return
    chosen = [each for each in SCENARIOS if scenario.casefold() in each.name.casefold()]
    if not chosen:
        raise SystemExit(f"no scenario has {scenario!r} in its name; without --scenario all are played")
    outcomes = asyncio.run(_all(chosen, SHORT if short else FULL, seed))
    if scenario:
        for outcome in outcomes:
            CONSOLE.print(report.in_words(outcome), markup=False, highlight=False)
    report.show(CONSOLE, outcomes)


async def _all(scenarios: list[Scenario], pace: Pace, seed: int) -> list[Outcome]:
    outcomes = []
    with _progress() as bar:
        task = bar.add_task("scenarios", total=len(scenarios))
        for each in scenarios:
            bar.update(task, description=each.name)
            outcomes.append(await play(each, pace, seed))
            bar.advance(task)
    return outcomes


async def _year(tables: int, days: float, seed: int) -> None:
    with _progress() as bar:
        task = bar.add_task("day 0", total=days)

        def show(at: float, judges: Mapping[str, Judge]) -> None:
            opened = len(judges[ENGINE].opened)
            bar.update(task, completed=at / DAY, description=f"day {at / DAY:.0f}, {opened:,} false alarms")

        result = await play_year(tables, days, show, seed)
    CONSOLE.print(report.year(result), highlight=False)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=CONSOLE, transient=True)


if __name__ == "__main__":
    typer.run(main)
