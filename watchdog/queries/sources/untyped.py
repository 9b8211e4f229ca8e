"""TypeScript's arguments of types between a tag and its template, which the grammar does not know, taken out."""

import re

from watchdog.queries.sources.tree import Source

# sql<Row[]>`...`; in a string it may stand too.
_TYPED = re.compile(r">\s*`")
_LONGEST = 2_000
_NAME = re.compile(rb"[\w$]")
_SEEN = re.compile(rb"[^\n]")


def untyped(text: str, grammar: str) -> str:
    """The same source, on the same lines and as long, with white space where each tag has arguments of types.

    With them the grammar reads a comparison, a function that is called, or what is broken, depending on what stands
    around it; the templates it finds all the same. Raises UsageError where the parsers are not installed.
    """
    if not _TYPED.search(text):
        return text
    content = bytearray(text.encode(errors="replace"))
    waiting = [Source(text, "", grammar).root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        if node.type == "template_string":
            before = content[max(node.start_byte - _LONGEST, 0) : node.start_byte]
            end = node.start_byte - len(before) + len(before.rstrip())
            start = _opening(content, end)
            if start is not None:
                content[start:end] = _SEEN.sub(b" ", content[start:end])
    return content.decode(errors="replace")


def _opening(content: bytearray, end: int) -> int | None:
    """Where the `<` stands that the `>` before `end` closes, right behind a name; None where that is no such pair."""
    depth = 0
    for at in range(end - 1, max(end - _LONGEST, 0), -1) if content[end - 1 : end] == b">" else ():
        match content[at : at + 1]:
            case b">" if content[at - 1 : at] != b"=":  # of a function's type
                depth += 1
            case b"<":
                depth -= 1
            case b"`":
                return None
        if depth <= 0:
            return at if content[at : at + 1] == b"<" and _NAME.match(content, at - 1) else None
    return None
