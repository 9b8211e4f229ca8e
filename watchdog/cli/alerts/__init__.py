"""`alerts`: what stands and who was told, and what people say about it."""

import typer

from watchdog.cli.alerts import acceptances, channels, explain, outbox, silences, standing

app = typer.Typer(
    help="See what stands and who was told, and say what is known of it.", no_args_is_help=True, rich_markup_mode=None
)

app.command("list")(standing.list_alerts)
app.command("ack")(standing.ack)
app.command("unack")(standing.unack)
app.command("silence")(silences.silence)
app.command("silences")(silences.silences)
app.command("unsilence")(silences.unsilence)
app.command("accept")(acceptances.accept)
app.command("unaccept")(acceptances.unaccept)
app.command("accepted")(acceptances.accepted)
app.command("explain")(explain.explain)
app.command("test")(channels.try_channel)
app.command("outbox")(outbox.outbox)
