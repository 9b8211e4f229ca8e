"""Messages as Slack's Block Kit, within Slack's limits. Pure.

Limits: 50 blocks a message and 3,000 characters a section (https://docs.slack.dev/reference/block-kit/blocks), and a
total near 13,000 that Slack does not document but refuses beyond (slackapi/bolt-js issue 2509).
"""

from collections.abc import Iterable

import msgspec

from watchdog.alerts.alert import Message
from watchdog.alerts.message import ending, in_words, one_line, tally
from watchdog.alerts.words import closing, codes, facts
from watchdog.finding import Finding, Severity

FINDINGS_SHOWN = 20
SECTION_CHARACTERS = 2_900
FINDING_CHARACTERS = 390
NOTE_CHARACTERS = 200
FACT_CHARACTERS = 120
NOTES_SHOWN = 5
TOTAL_BYTES = 12_000
CLOSING_BYTES = 900  # kept free for the last lines
LINK_CHARACTERS = 400
FENCE = "```"
TITLES = {"mend": "", "verify": "Verify:\n", "revert": "Revert:\n"}
MARKS = {
    Severity.CRITICAL: ":red_circle:",
    Severity.WARNING: ":large_orange_circle:",
    Severity.INFO: ":large_blue_circle:",
}
# What stands on a line of its own.
ADVICE = frozenset({"price", "to do", "if meant", "in hand"})
OVER = ":white_check_mark:"

Block = dict[str, object]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One finding as it is shown, in Slack's markup.

    Attributes:
        sql: what of its SQL has room; empty when there is none.
        is_over: it is no longer open.
    """

    fingerprint: str
    mark: str
    sentence: str
    facts: str = ""
    sql: str = ""
    is_over: bool = False

    @property
    def blocks(self) -> list[Block]:
        if self.is_over:
            return [_section(f"{OVER} {self.sentence}")]
        line = _section("\n".join(filter(None, (f"{self.mark} {self.sentence}", self.facts))))
        return [line, _section(self.sql)] if self.sql else [line]


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """The first message of a thread, with all that is needed to write it anew.

    Attributes:
        channel: the ID of where it stands.
        ts: its time stamp there, which is its name.
        parts: the findings that it shows.
        by: who has them in hand, in words; empty when nobody has.
    """

    channel: str
    ts: str
    parts: tuple[Part, ...] = ()
    by: str = ""


def render(message: Message) -> dict[str, object]:
    """The payload of chat: `text` for notifications and old clients, `blocks` for the rest."""
    return payload(message, parts(message))


def parts(message: Message) -> tuple[Part, ...]:
    """The findings that have room, the worst first.

    Every finding shown has its line before the first SQL is given room: to know what is wrong comes before how to mend
    it. SQL is shown whole or not at all, for half a statement is a trap to whoever pastes it.
    """
    room = TOTAL_BYTES - CLOSING_BYTES - _bytes([_head(message), *_notes(message)]) - len(_json(_text(message)))
    shown: list[Part] = []
    for finding in message.findings[:FINDINGS_SHOWN]:
        part = _part(finding, message)
        room -= _bytes(part.blocks)
        if room < 0:
            break
        shown.append(part)
    if message.status != "firing":
        return tuple(shown)
    for index, part in enumerate(shown):
        sql = _sql(message.findings[index], room)
        if sql:
            shown[index] = msgspec.structs.replace(part, sql=sql)
            room -= _bytes([_section(sql)])
    return tuple(shown)


def payload(message: Message, shown: tuple[Part, ...]) -> dict[str, object]:
    """A message, with the findings that have room."""
    with_sql = zip(message.findings, shown, strict=False)
    is_cut = message.status == "firing" and any(
        part.sql.count(FENCE) < 2 * len(codes(finding)) for finding, part in with_sql
    )
    unshown = len(message.findings) - len(shown) + message.more
    end = [*closing(message, unshown, unshown_sql=is_cut), *_link(message)]
    blocks = [_head(message), *_notes(message), *(block for part in shown for block in part.blocks)]
    return {"text": _text(message), "blocks": [*blocks, *([_section("\n".join(end))] if end else [])]}


def after(root: Root, message: Message) -> Root:
    """The thread's first message after another one of the thread."""
    told = {finding.fingerprint for finding in message.findings}
    by = root.by
    if message.status == "acknowledged":
        by = _escaped("; ".join(message.notes), NOTE_CHARACTERS)
    elif message.occasion == "unacknowledged" or not message.standing:
        by = ""

    def part(each: Part) -> Part:
        is_over = not message.standing or (message.status == "resolved" if each.fingerprint in told else each.is_over)
        return msgspec.structs.replace(each, is_over=is_over)

    return msgspec.structs.replace(root, by=by, parts=tuple(part(each) for each in root.parts))


def state(root: Root, message: Message) -> dict[str, object]:
    """The thread's first message written anew: how things stand now that `message` is told."""
    database = _escaped(message.database, NOTE_CHARACTERS)
    open_now = sum(message.standing.values())
    if not open_now:
        symbol, words = OVER, "accepted" if message.occasion == "accepted" else "resolved"
    elif root.by:
        symbol, words = ":eyes:", f"open: {in_words(message.standing)}; {root.by}"
    else:
        symbol, words = ":rotating_light:", f"still open: {in_words(message.standing)}"
    below = open_now - sum(not part.is_over for part in root.parts)
    end = [*([f"and {below:,} more: in this thread"] if below > 0 else []), *_link(message)]
    shown = root.parts
    while True:
        blocks = [_section(f"{symbol} *{database}*: {words}"), *(block for part in shown for block in part.blocks)]
        blocks += [_section("\n".join(end))] if end else []
        made: dict[str, object] = {"text": f"{database}: {words}", "blocks": blocks}
        with_sql = [place for place, part in enumerate(shown) if part.sql]
        if len(_json(made)) <= TOTAL_BYTES or not with_sql:
            return made
        shown = tuple(
            msgspec.structs.replace(part, sql="") if place == with_sql[-1] else part for place, part in enumerate(shown)
        )


def _head(message: Message) -> Block:
    symbol = {"firing": ":rotating_light:", "acknowledged": ":eyes:"}.get(message.status, OVER)
    ended = "accepted: " if message.occasion == "accepted" else "resolved: "
    said = {"firing": "", "acknowledged": "acknowledged: "}.get(message.status, ended)
    # A message without findings, such as that all is well, is its one line.
    words = f"{said}{tally(message.findings)}" if message.findings else _escaped(message.message, FINDING_CHARACTERS)
    return _section(f"{symbol} *{_escaped(message.database, NOTE_CHARACTERS)}*: {words}")


def _notes(message: Message) -> list[Block]:
    notes = [_escaped(note, NOTE_CHARACTERS) for note in message.notes[:NOTES_SHOWN]]
    return [_section("\n".join(notes))] if any(notes) else []


def _part(finding: Finding, message: Message) -> Part:
    is_over = message.status == "resolved"
    known = facts(
        finding,
        message.since.get(finding.fingerprint),
        message.database,
        is_over=is_over,
        is_in_hand=message.status == "acknowledged",
    )
    short = [f"{fact.label}: {_escaped(fact.text, FACT_CHARACTERS)}" for fact in known if fact.label not in ADVICE]
    advice = [f"{fact.label}: {_escaped(fact.text, FINDING_CHARACTERS)}" for fact in known if fact.label in ADVICE]
    return Part(
        fingerprint=finding.fingerprint,
        mark=OVER if is_over else MARKS[finding.severity],
        sentence=f"*{finding.severity}* {ending(finding) if is_over else ''}"
        f"{_escaped(finding.message, FINDING_CHARACTERS)}",
        facts="\n".join(filter(None, (" · ".join(short), *advice))),
    )


def _sql(finding: Finding, room: int) -> str:
    """As much of the remedy, the proof and the way back as fits, in this order."""
    text = ""
    for code in codes(finding):
        longer = f"{text}{TITLES[code.title]}{FENCE}\n{_entities(code.sql)}\n{FENCE}\n"
        # Backticks could end the block of code early, and any stand-in for them would change what is pasted.
        if FENCE in code.sql or len(longer) > SECTION_CHARACTERS or _bytes([_section(longer)]) > room:
            break
        text = longer
    return text


def _link(message: Message) -> list[str]:
    address = message.link
    for character in "<>|&":
        address = address.replace(character, f"%{ord(character):02X}" if character != "&" else "&amp;")
    return [f"<{address}|the watchdog's page>"] if 0 < len(address) <= LINK_CHARACTERS else []


def _section(text: str) -> Block:
    # Verbatim: Slack shall make no links, channels or mentions out of names.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _text(message: Message) -> str:
    return _escaped(message.message, SECTION_CHARACTERS)


def _bytes(blocks: Iterable[Block]) -> int:
    return sum(len(_json(block)) + 1 for block in blocks)


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)


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
