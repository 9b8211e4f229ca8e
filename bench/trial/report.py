"""What a trial showed, as tables for a terminal."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table

from bench.trial.fleet import KINDS, Year
from bench.trial.judge import Delay, Opened, Record
from bench.trial.run import ENGINE, Outcome
from bench.trial.stage import WARN_SHARE, Loss
from bench.trial.world import moment

# One look that suspects, and one that confirms.
IN_TIME = 2
SHOWN = 20


def is_great(loss: Loss) -> bool:
    """As much as a watchdog has to tell."""
    return loss.due is not None and loss.share >= WARN_SHARE


def in_time(delay: Delay | None) -> bool:
    return delay is not None and delay.looks <= IN_TIME


def by_scenario(outcomes: Sequence[Outcome]) -> Table:
    table = Table("scenario", "lost", *outcomes[0].records, title="found after how many looks, and false alarms")
    for outcome in outcomes:
        losses = outcome.records[ENGINE].losses
        lost = ", ".join(f"{loss.rows:,} ({loss.share:.0%})" for loss in losses) or "nothing"
        table.add_row(outcome.scenario.name, lost, *(_cell(record) for record in outcome.records.values()))
    return table


def _cell(record: Record) -> str:
    parts = [_found(delay, loss) for delay, loss in zip(record.found, record.losses, strict=True)]
    if record.false:
        parts.append(f"[red]{len(record.false)} false[/red]")
    if record.learning:
        parts.append(f"[dim]{len(record.learning)} learning[/dim]")
    return ", ".join(parts) or "[green]quiet[/green]"


def _found(delay: Delay | None, loss: Loss) -> str:
    if delay is None:
        return "[red]missed[/red]" if is_great(loss) else "[dim]not told[/dim]"
    words = f"{delay.looks} {'look' if delay.looks == 1 else 'looks'}, {delay.minutes:.0f} min"
    return f"[green]{words}[/green]" if in_time(delay) else f"[yellow]{words}[/yellow]"


def totals(outcomes: Sequence[Outcome]) -> Table:
    years = sum(outcome.table_days for outcome in outcomes) / 365
    table = Table(
        "",
        "losses of 20 % or more found",
        f"within {IN_TIME} looks",
        "lesser losses told",
        "false alarms",
        "a table-year",
        "while learning",
        "median delay",
        "longest",
        title=f"{len(outcomes)} scenarios, {years:.1f} table-years after three weeks of learning",
    )
    for name in outcomes[0].records:
        records = [outcome.records[name] for outcome in outcomes]
        pairs = [pair for record in records for pair in zip(record.losses, record.found, strict=True)]
        great = [found for loss, found in pairs if is_great(loss)]
        lesser = [found for loss, found in pairs if not is_great(loss)]
        minutes = [found.minutes for found in great if found is not None]
        false = sum(len(record.false) for record in records)
        table.add_row(
            name,
            _share(sum(found is not None for found in great), len(great)),
            _share(sum(map(in_time, great)), len(great)),
            _share(sum(found is not None for found in lesser), len(lesser)),
            f"{false:,}",
            f"{false / years:.2f}" if years else "",
            f"{sum(len(record.learning) for record in records):,}",
            f"{statistics.median(minutes):.1f} min" if minutes else "",
            f"{max(minutes):,.1f} min" if minutes else "",
        )
    return table


def _share(some: int, of: int) -> str:
    return f"{some} of {of} ({some / of:.0%})" if of else ""


def price(outcomes: Iterable[Outcome] | Iterable[Year]) -> str:
    """What the engine's own work cost, and what it had the server read."""
    seconds = looks = counts = pages = 0.0
    for each in outcomes:
        seconds += each.engine_seconds
        looks += each.table_looks
        counts += each.counts
        pages += each.counted_pages
    return (
        f"engine: {seconds / max(looks, 1) * 1e6:.0f} µs a table and look, {looks:,.0f} of them; "
        f"{counts:,.0f} counts that read {pages:,.0f} pages"
    )


def in_words(outcome: Outcome) -> str:
    """All that the engine said in one scenario."""
    record = outcome.records[ENGINE]
    told = [
        f"  loss of {loss.table[1]}: {words or 'MISSED'}"
        for loss, words in zip(record.losses, record.of_loss, strict=True)
    ]
    false = [f"  FALSE at {said(each)}" for each in record.false[:SHOWN]]
    learning = [f"  learning at {said(each)}" for each in record.learning[:SHOWN]]
    return "\n".join([outcome.scenario.name, *told, *false, *learning])


def said(opened: Opened) -> str:
    return f"{moment(opened.at):%a %d %b %H:%M:%S}: {opened.alarm.words}"


def year(result: Year) -> RenderableType:
    """False alarms by behaviour and watch, and the first of the engine's in words."""
    table = Table(
        "behaviour",
        "tables",
        *(f"{name}" for name in result.records),
        title=f"false alarms in {result.table_years:,.0f} table-years after three weeks of learning (while learning)",
    )
    by_kind = {
        name: (_kinds(record.false, result), _kinds(record.learning, result)) for name, record in result.records.items()
    }
    for kind in KINDS:
        table.add_row(
            kind,
            f"{result.kinds.get(kind, 0):,}",
            *(f"{false[kind]:,} ({learning[kind]:,})" for false, learning in by_kind.values()),
        )
    table.add_section()
    sums = {name: len(record.false) for name, record in result.records.items()}
    learning_sums = {name: len(record.learning) for name, record in result.records.items()}
    table.add_row("all", "", *(f"{sums[name]:,} ({learning_sums[name]:,})" for name in sums))
    if result.table_years:
        table.add_row("a table-year", "", *(f"{false / result.table_years:.3f}" for false in sums.values()))
    engine = result.records[ENGINE]
    firsts = [f"{result.kind_of.get(each.alarm.table[1], '')}: {said(each)}" for each in engine.false[:SHOWN]]
    return Group(table, *firsts, price([result]))


def _kinds(opened: Sequence[Opened], result: Year) -> Mapping[str, int]:
    return Counter(result.kind_of.get(each.alarm.table[1], "") for each in opened)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    console.print(by_scenario(outcomes))
    console.print(totals(outcomes))
    console.print(price(outcomes))
