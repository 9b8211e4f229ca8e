"""`alerts`: what stands and who was told, and what people say about it."""

from datetime import datetime
from typing import Annotated

import typer

from watchdog.cli.choices import TextOrJson, choice
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, who

app = typer.Typer(
    help="See what stands and who was told, and say what is known of it.", no_args_is_help=True, rich_markup_mode=None
)


def _said(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise typer.BadParameter("say why, for whoever reads the events")
    return words


def _somebody(by: str | None) -> str:
    return " ".join((by or "").split()) or who()


By = Annotated[
    str | None,
    typer.Option("--by", metavar="WHO", callback=_somebody, help="Who says so.", show_default="the login name"),
]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", callback=_said, help="For whoever reads the events.")]
For = Annotated[str | None, typer.Option("--for", metavar="DURATION", help="How long it holds, such as 4h or 2d.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="MOMENT", help="Until when it holds, such as 2026-12-01T22:00:00Z."),
]
Day = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day it holds, such as 2026-12-31.")
]
Everything = Annotated[bool, typer.Option("--all", help="Silence everything, instead of what matches.")]
Fingerprint = Annotated[
    str, typer.Argument(metavar="FINGERPRINT", help="Of an open alert, or its first digits, 4 at least.")
]
Fingerprints = Annotated[
    list[str], typer.Argument(metavar="FINGERPRINT...", help="Of open alerts, or their first digits, 4 at least.")
]
ListFormat = Annotated[
    TextOrJson, choice("--format", TextOrJson, "What is printed: text for people, json as /api/v1/alerts has it.")
]


@app.command("list")
def list_alerts(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    format: ListFormat = TextOrJson.TEXT,  # noqa: A002 the option's name
) -> None:
    """Print the open alerts, worst first: since when, who was told, who has them in hand."""
    from watchdog.cli.alerts.standing import list_alerts as run

    run(config=config, database=database, format=format)


@app.command("ack")
def ack(
    fingerprint: Fingerprints,
    reason: Reason,
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
    lasts: For = None,
    until: Until = None,
) -> None:
    """Say that somebody has alerts in hand: nobody is told of them again, unless one becomes worse or is over.

    Without --for and --until that holds as long as the alert stands.
    """
    from watchdog.cli.alerts.standing import ack as run

    run(fingerprint=fingerprint, reason=reason, config=config, by=by, lasts=lasts, until=until)


@app.command("unack")
def unack(fingerprint: Fingerprints, config: ConfigFile = DEFAULT_CONFIG, by: By = None) -> None:
    """Take an acknowledgement back: what still stands is told again when its route repeats it."""
    from watchdog.cli.alerts.standing import unack as run

    run(fingerprint=fingerprint, config=config, by=by)


@app.command("silence")
def silence(
    reason: Reason,
    match: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=PATTERN...", help="Which alerts, such as database=production 'name=public.t*'."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
    lasts: For = None,
    until: Until = None,
    everything: Everything = False,
) -> None:
    """Want quiet about some alerts for a time: all that is given must fit, of several patterns of one name one.

    They still stand, and are told afterwards if they do.
    """
    from watchdog.cli.alerts.silences import silence as run

    run(reason=reason, match=match, config=config, by=by, lasts=lasts, until=until, everything=everything)


@app.command("silences")
def silences(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Print the silences that hold now, the first to end first."""
    from watchdog.cli.alerts.silences import silences as run

    run(config=config)


@app.command("unsilence")
def unsilence(
    number: Annotated[str, typer.Argument(metavar="ID", help="Of a silence; see alerts silences.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
) -> None:
    """End a silence: what it held back and still stands is told."""
    from watchdog.cli.alerts.silences import unsilence as run

    run(number=number, config=config, by=by)


@app.command("accept")
def accept(
    fingerprint: Fingerprint,
    reason: Reason,
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
    until: Day = None,
) -> None:
    """Bear a finding as it is now, from the next look on, until it changes or its time is over.

    That stands in the watchdog's state until `alerts accepted --write` brings it into the file that `accepted` names. A
    drop or a silence of rows is accepted as `rows --accept` does it.
    """
    from watchdog.cli.alerts.acceptances import accept as run

    run(fingerprint=fingerprint, reason=reason, config=config, by=by, until=until)


@app.command("unaccept")
def unaccept(fingerprint: Fingerprint, config: ConfigFile = DEFAULT_CONFIG, by: By = None) -> None:
    """Take back what was accepted in the state: from the next look on the finding is open again."""
    from watchdog.cli.alerts.acceptances import unaccept as run

    run(fingerprint=fingerprint, config=config, by=by)


@app.command("accepted")
def accepted(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    export: Annotated[bool, typer.Option("--export", help="Print them as the file of acceptances has them.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write them into the file that `accepted` names, for git.")
    ] = False,
) -> None:
    """Print the acceptances that are in the state only, and no file in git yet."""
    from watchdog.cli.alerts.acceptances import accepted as run

    run(config=config, database=database, export=export, write=write)


@app.command("explain")
def explain(
    fingerprint: Annotated[
        str | None, typer.Argument(metavar="[FINGERPRINT]", help="Of an open alert, or its first digits, 4 at least.")
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(
            "--match",
            metavar="NAME=VALUE",
            help="Instead: an alert that is imagined, such as severity=critical; may be given several times.",
        ),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Print who hears of an alert and why: the routes that were asked, what holds it back, when it is told again."""
    from watchdog.cli.alerts.explain import explain as run

    run(fingerprint=fingerprint, match=match, config=config)


@app.command("test")
def try_channel(
    config: ConfigFile = DEFAULT_CONFIG,
    channel: Annotated[list[str] | None, typer.Option("--channel", metavar="NAME", help="Only this channel.")] = None,
    route: Annotated[
        list[str] | None, typer.Option("--route", metavar="NAME", help="Only the channels of this route.")
    ] = None,
    by: By = None,
) -> None:
    """Send a test message to each channel that a route leads to, now, and print which took it.

    Exits 0 when all took it, 1 when one did not.
    """
    from watchdog.cli.alerts.channels import try_channel as run

    run(config=config, channel=channel, route=route, by=by)


@app.command("outbox")
def outbox(
    config: ConfigFile = DEFAULT_CONFIG,
    retry: Annotated[
        str | None,
        typer.Option("--retry", metavar="CHANNEL", help="Send what was given up for this channel again, and at once."),
    ] = None,
    drop: Annotated[
        str | None, typer.Option("--drop", metavar="CHANNEL", help="Let go of what was given up for this channel.")
    ] = None,
) -> None:
    """Print what waits for each channel, since when and why, and what was given up."""
    from watchdog.cli.alerts.outbox import outbox as run

    run(config=config, retry=retry, drop=drop)
