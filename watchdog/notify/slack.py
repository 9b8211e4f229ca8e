"""Slack's incoming webhook: a message as Block Kit, within Slack's limits.

Limits: 50 blocks a message and 3,000 characters a section (https://docs.slack.dev/reference/block-kit/blocks), and a
total near 13,000 that Slack does not document but refuses beyond (slackapi/bolt-js issue 2509).
"""

import httpx
import msgspec

from watchdog.alerts.alert import Message
from watchdog.alerts.message import one_line, tally
from watchdog.finding import Finding, Remedy, Severity
from watchdog.notify.channel import post_json

FINDINGS_SHOWN = 20
SECTION_CHARACTERS = 2_900
FINDING_CHARACTERS = 400
NOTE_CHARACTERS = 200
TOTAL_BYTES = 12_000
CLOSING_BYTES = 600  # kept free for the last line
FENCE = "```"
MARKS = {
    Severity.CRITICAL: ":red_circle:",
    Severity.WARNING: ":large_orange_circle:",
    Severity.INFO: ":large_blue_circle:",
}

Block = dict[str, object]


class SlackChannel:
    """Posts messages to an incoming webhook, whose URL is a secret."""

    def __init__(self, name: str, url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self._url = url
        self._client = client

    async def send(self, message: Message, receipt: str | None) -> str | None:  # noqa: ARG002 it keeps none
        await post_json(self._client, self._url, msgspec.json.encode(render(message)))
        return None


def render(message: Message) -> dict[str, object]:
    """The payload of chat: `text` for notifications and old clients, `blocks` for the rest.

    Every finding shown has its line before the first SQL is given room: to know what is wrong comes before how to mend
    it. SQL is shown whole or not at all, for half a statement is a trap to whoever pastes it.
    """
    text = _escaped(message.message, SECTION_CHARACTERS)
    head = _section(f"{_symbol(message)} *{_escaped(message.database, NOTE_CHARACTERS)}*: {_headline(message)}")
    room = TOTAL_BYTES - CLOSING_BYTES - _bytes(head) - len(msgspec.json.encode(text))
    lines: list[Block] = []
    for finding in message.findings[:FINDINGS_SHOWN]:
        line = _section(_sentence(finding, message.status))
        room -= _bytes(line)
        if room < 0:
            break
        lines.append(line)
    blocks = [head]
    unshown_sql = False
    for finding, line in zip(message.findings, lines, strict=False):
        blocks.append(line)
        if finding.remedy is None or message.status == "resolved":
            continue
        sql, whole = _remedy(finding.remedy, room)
        unshown_sql |= not whole
        if sql is not None:
            room -= _bytes(sql)
            blocks.append(sql)
    closing = _closing(len(message.findings) - len(lines), unshown_sql)
    return {"text": text, "blocks": [*blocks, *closing]}


def _symbol(message: Message) -> str:
    return ":rotating_light:" if message.status == "firing" else ":white_check_mark:"


def _headline(message: Message) -> str:
    return tally(message.findings) if message.status == "firing" else f"resolved: {tally(message.findings)}"


def _sentence(finding: Finding, status: str) -> str:
    """One finding in words; the remedy's price stands here, since only SQL belongs into the block of SQL."""
    text = f"{MARKS[finding.severity]} *{finding.severity}* {_escaped(finding.message, FINDING_CHARACTERS)}"
    remedy = finding.remedy
    if remedy is None or status == "resolved":
        return text
    rewrite = "rewrites the table" if remedy.rewrites_table else "does not rewrite the table"
    price = f"{remedy.safety}; lock: {remedy.lock}; {rewrite}"
    return f"{text}\nRemedy: {_escaped(price, NOTE_CHARACTERS)}"


def _remedy(remedy: Remedy, room: int) -> tuple[Block | None, bool]:
    """As many of the remedy, the proof and the way back as fit, in this order, and whether that is all of them."""
    parts = (
        ("", "\n".join(sql for sql in (remedy.before_sql, remedy.sql) if sql)),
        ("Verify:\n", remedy.verify_sql),
        ("Revert:\n", remedy.revert_sql),
    )
    text = ""
    block = None
    for title, sql in parts:
        if not sql.strip():
            continue
        longer = f"{text}{title}{FENCE}\n{_entities(sql)}\n{FENCE}\n"
        candidate = _section(longer)
        # Backticks could end the block of code early, and any stand-in for them would change what is pasted.
        if FENCE in sql or len(longer) > SECTION_CHARACTERS or _bytes(candidate) > room:
            return block, False
        text, block = longer, candidate
    return block, True


def _closing(unshown: int, unshown_sql: bool) -> list[Block]:
    notes = [f"and {unshown} more: see the watchdog's page or `schema-watchdog check`"] if unshown else []
    notes += ["SQL that has no room here: `schema-watchdog plan`"] if unshown_sql else []
    return [_section("\n".join(notes))] if notes else []


def _section(text: str) -> Block:
    # Verbatim: Slack shall make no links, channels or mentions out of names.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _bytes(block: Block) -> int:
    return len(msgspec.json.encode(block))


def _entities(text: str) -> str:
    """The three characters that Slack gives a meaning (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(text: str, characters: int) -> str:
    """One line of at most so many characters after escaping; no entity is cut in two."""
    whole = _entities(one_line(text, characters))
    if len(whole) <= characters:
        return whole
    cut = whole[: characters - 1]
    entity = cut.rfind("&")
    return (cut[:entity] if entity >= 0 and ";" not in cut[entity:] else cut) + "…"
