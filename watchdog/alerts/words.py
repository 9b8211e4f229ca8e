"""A message in words for people: what, since when, whom it hits, what mends it. The channels share it. Pure."""

import shlex
from collections.abc import Mapping
from datetime import datetime

import msgspec

from watchdog.alerts.alert import Message
from watchdog.alerts.message import ending, in_words, one_line
from watchdog.alerts.said import moves
from watchdog.finding import Finding, Remedy
from watchdog.sqltext import visible

SENTENCE_CHARACTERS = 500
FACT_CHARACTERS = 300
# The kind of what a test message is about: nothing is to be done, and nothing to be taken in hand.
TEST = "test"
# Of a fingerprint, as many digits as a person types.
DIGITS = 8
PLACES_SHOWN = 5
# Kept free for the last lines beside the link: what is left out, and what is still open.
CLOSING_CHARACTERS = 250

# What to do where no SQL mends it, by kind.
ADVICE: Mapping[str, str] = {
    "rows": (
        "no SQL brings rows back: look for the job, migration or person that took them, or why none come; "
        "then restore them, or say that it was meant"
    ),
    "query": "look at the statement where it stands; it fails until schema and statement agree",
    "migration": "look at the migration, and at what the tool has noted of it: schema-watchdog check",
    "check": "look whether the server answers and the watchdog's role may read it; until then nothing is known",
    "channel": "look at the channel's receiver and its settings; what it was not told waits",
    "state": "see to the disk of the watchdog's state, its space and its rights; meanwhile it works from memory",
}


class Fact(msgspec.Struct, frozen=True):
    """One line about a finding: `affects: milo-aggregator`."""

    label: str
    text: str


class Code(msgspec.Struct, frozen=True):
    """SQL to be pasted, whole as it stands.

    Attributes:
        title: `mend`, `verify` or `revert`.
    """

    title: str
    sql: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of a letter.

    Attributes:
        head: its severity and its sentence, one line.
        codes: as much of its SQL as has room.
    """

    finding: Finding
    head: str
    facts: tuple[Fact, ...] = ()
    codes: tuple[Code, ...] = ()


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the order in which it is read.

    Attributes:
        line: what it is about.
        notes: what else a person should know.
        closing: what is left out, what is still open.
        link: the page that shows all; empty when there is none.
    """

    line: str
    notes: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    closing: tuple[str, ...] = ()
    link: str = ""


def subject(message: Message, characters: int = 120) -> str:
    """The message in one line of at most so many characters."""
    return one_line(message.message, characters)


def facts(
    finding: Finding, since: datetime | None, database: str, *, is_over: bool = False, is_in_hand: bool = False
) -> tuple[Fact, ...]:
    """What is known of a finding beside its sentence, the most urgent first.

    Args:
        finding: the finding.
        since: when it was first found, UTC.
        database: its configured name.
        is_over: what mends it is of no interest any more.
        is_in_hand: somebody has taken it, so nobody is asked to.
    """
    where = "in" if finding.kind == "migration" else "breaks"
    found = [
        ("since", f"{since:%Y-%m-%d %H:%M} UTC" if since else ""),
        ("affects", ", ".join(finding.components)),
        (where, listed([str(place) for place in finding.locations])),
    ]
    if not is_over:
        found += [
            ("expected", finding.expected or ""),
            ("actual", finding.actual or ""),
            ("origin", "" if finding.origin == "unknown" else finding.origin),
            _advice(finding),
            ("if meant", _acceptance(finding, database)),
            ("in hand", "" if is_in_hand or finding.kind == TEST else _said(finding, "ack")),
        ]
    return tuple(Fact(label, one_line(text, FACT_CHARACTERS)) for label, text in found if text)


def _advice(finding: Finding) -> tuple[str, str]:
    """What its remedy costs, or what to look at where it has none."""
    if finding.kind == TEST:
        return "to do", ""
    if finding.remedy is not None:
        return "price", price(finding.remedy)
    return "to do", ADVICE.get(finding.kind, "no safe SQL is known for it: see the page, or schema-watchdog check")


def _acceptance(finding: Finding, database: str) -> str:
    """What a person types who meant that rows went; what else was meant has its place in a file."""
    if not moves(finding):
        return _said(finding, "accept") if finding.kind == "rows" else ""
    table = ".".join(finding.identity)
    command = f"schema-watchdog rows --database {shlex.quote(database)} --accept {shlex.quote(table)} --reason WHY"
    # Of a name that cannot be shown as it is, or whole, a stand-in would name another table.
    return command if visible(command) == command and len(command) <= FACT_CHARACTERS else _said(finding, "accept")


def _said(finding: Finding, verb: str) -> str:
    """What a person types to answer."""
    return f"schema-watchdog alerts {verb} {finding.fingerprint[:DIGITS]} --reason WHY"


def price(remedy: Remedy) -> str:
    """What running it costs, in words: `additive; lock: ACCESS EXCLUSIVE, brief; does not rewrite the table`."""
    rewrite = "rewrites the table" if remedy.rewrites_table else "does not rewrite the table"
    return f"{remedy.safety}; lock: {remedy.lock}; {rewrite}"


def codes(finding: Finding) -> tuple[Code, ...]:
    """The SQL of a finding: what mends it, what shows that it worked, and the way back."""
    remedy = finding.remedy
    if remedy is None:
        return ()
    whole = (
        Code("mend", "\n".join(sql for sql in (remedy.before_sql, remedy.sql) if sql)),
        Code("verify", remedy.verify_sql),
        Code("revert", remedy.revert_sql),
    )
    return tuple(code for code in whole if code.sql.strip())


def listed(texts: list[str], most: int = PLACES_SHOWN) -> str:
    """The first ones, and how many more there are."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def letter(message: Message, characters: int) -> Letter:
    """A message as a letter whose plain text has at most so many characters.

    Every finding shown has its sentence and facts before the first SQL is given room: to know what is wrong comes
    before how to mend it. SQL is shown whole or not at all, for half a statement is a trap to whoever pastes it.
    """
    line = one_line(_headline(message), min(SENTENCE_CHARACTERS, characters))
    notes = tuple(one_line(note, SENTENCE_CHARACTERS) for note in message.notes)
    room = characters - CLOSING_CHARACTERS - len(message.link) - len(line) - 4
    if room < 0:
        return Letter(line=line)
    kept: list[str] = []
    for note in notes:
        room -= len(note) + 1
        if room < 0:
            break
        kept.append(note)
    items: list[Item] = []
    for finding in message.findings:
        item = _item(message, finding)
        cost = len(_of_item(item)) + 1
        if cost > room:
            break
        room -= cost
        items.append(item)
    unshown_sql = False
    if message.status == "firing":
        for index, item in enumerate(items):
            items[index], room = _with_codes(item, room)
            unshown_sql |= len(items[index].codes) < len(codes(item.finding))
    unshown = len(message.findings) - len(items) + message.more
    return Letter(
        line=line,
        notes=tuple(kept),
        items=tuple(items),
        closing=closing(message, unshown, unshown_sql=unshown_sql),
        link=message.link,
    )


def _headline(message: Message) -> str:
    """The message's line; where its one finding follows at once, without the sentence of that."""
    if len(message.findings) != 1 or message.more:
        return message.message
    [finding] = message.findings
    said = message.message.removesuffix(visible(finding.message))
    if said == message.message:
        return said
    return said.rstrip().removesuffix(ending(finding).rstrip()).rstrip(": ")


def closing(message: Message, unshown: int, *, unshown_sql: bool) -> tuple[str, ...]:
    """The last lines: what is left out, and what of the trouble is still open."""
    lines = [
        f"and {unshown:,} more: see the page, or schema-watchdog check" if unshown else "",
        "SQL that has no room here: schema-watchdog plan" if unshown_sql else "",
        f"still open: {in_words(message.standing)}" if message.standing and message.status != "firing" else "",
    ]
    return tuple(line for line in lines if line)


def plain(whole: Letter) -> str:
    """As text without any marks, of short lines: it is read on a phone."""
    parts = ["\n".join([whole.line, *whole.notes]), *(_of_item(item) for item in whole.items)]
    end = "\n".join(filter(None, (*whole.closing, whole.link)))
    return "\n\n".join(part.rstrip("\n") for part in [*parts, end] if part)


def _item(message: Message, finding: Finding) -> Item:
    is_over = message.status == "resolved"
    return Item(
        finding=finding,
        head=f"{finding.severity.upper()}: {ending(finding) if is_over else ''}"
        f"{one_line(finding.message, SENTENCE_CHARACTERS)}",
        facts=facts(
            finding,
            message.since.get(finding.fingerprint),
            message.database,
            is_over=is_over,
            is_in_hand=message.status == "acknowledged",
        ),
    )


def _with_codes(item: Item, room: int) -> tuple[Item, int]:
    fitting: list[Code] = []
    for code in codes(item.finding):
        cost = len(_of_code(code))
        if cost > room:
            break
        room -= cost
        fitting.append(code)
    return msgspec.structs.replace(item, codes=tuple(fitting)), room


def _of_item(item: Item) -> str:
    lines = [item.head, *(f"{fact.label}: {fact.text}" for fact in item.facts)]
    return "\n".join(lines) + "\n" + "".join(_of_code(code) for code in item.codes)


def _of_code(code: Code) -> str:
    return f"\n{code.title}:\n{code.sql}\n"
