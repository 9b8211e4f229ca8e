"""What a kind of object is: how it is named, what of it is compared, and how bad a difference is."""

from typing import Literal

import msgspec

from watchdog.finding import Severity

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL

# What a user may leave out as a whole; see `compare` in the configuration.
Group = Literal["structure", "order", "partitions", "owners", "privileges", "comments", "labels", "roles", "settings"]
# How far apart two servers may be for a value of one to say something about the other.
Within = Literal["anywhere", "major", "cluster"]


class Attribute(msgspec.Struct, frozen=True):
    """One property of a kind.

    Attributes:
        severity: of a change of it, where no rule of `watchdog.schema.severity` knows better.
        summary: how it reads in a one-line description, with `{}` for its value; None leaves it out.
        false, true: how a boolean reads in a sentence; `unset` how NULL does.
        said: values, each with how it reads in a sentence after "is", where that is not how it is kept.
        compared: False for what is kept only to write the object anew, or to judge its state.
        kept: False for what a baseline does not keep, because it moves by itself.
        ordered: True for a list of which only the order is compared, of what both sides have.
        sql: True for the server's rendering of SQL, of which several texts may say the same.
        parts: True where it names parts of its own relation, bare.
        veiled: True where NULL may mean that this role may not see it; then it is hidden, not none. A facet is hidden
            where its query says NULL, and none where it says nothing.
        since: the first major that has it; older servers do not cover it.
        within: compared only where both servers are that close.
        gathered: True for what its columns tell of a relation, and not its own query.
    """

    name: str
    severity: Severity = WARNING
    summary: str | None = None
    false: str = "false"
    true: str = "true"
    unset: str = "none"
    said: tuple[tuple[str, str], ...] = ()
    compared: bool = True
    kept: bool = True
    ordered: bool = False
    sql: bool = False
    parts: bool = False
    veiled: bool = False
    since: int = 0
    within: Within = "anywhere"
    group: Group = "structure"
    gathered: bool = False


# When a trigger, a rule, or what is held up by triggers, does what it is there for.
SWITCHED = (
    ("origin", "enabled"),
    ("disabled", "disabled"),
    ("replica", "enabled on replicas only"),
    ("always", "enabled on replicas too"),
)
# What objects of many kinds have alike. Each is read once for all kinds (`postgres/sql/facets/`) and joined by address.
OWNER = Attribute("owner", WARNING, group="owners")
PRIVILEGES = Attribute("privileges", WARNING, group="privileges")
# A privilege that 17 brought: all owners have it there and nobody has it before.
MAINTAIN = Attribute("maintain_privileges", WARNING, group="privileges", since=17)
COMMENT = Attribute("comment", INFO, group="comments")
LABELS = Attribute("security_labels", WARNING, group="labels")
# The extensions that would take it along when they are dropped.
DEPENDS = Attribute("depends_on_extensions", INFO)
# Of a sequence, and of a column by the sequence of its identity: no definition, it moves with every row.
USED = Attribute("used_percent", compared=False, kept=False, veiled=True)


class Kind(msgspec.Struct, frozen=True):
    """One kind of object.

    Attributes:
        identity: the parts of its name; none for what there is only one of. The parent's name is a prefix of it.
        parent: the kind it belongs to; a child of a missing parent is not a finding of its own.
        own: its own attributes, in the order of its query's columns, but for what is gathered.
        facets: what it has like other kinds.
        missing, unexpected: the severity of its absence, and of its unexpected presence.
        signature: True when the last part of the name is SQL already, such as `area(integer, "my type")`.
        composed: True when its name is made of the names of other objects, such as a routine's of its arguments' types.
        doubtful: True where it may not be there when its value is hidden: then it is neither missing nor unexpected.
        since: the first major that has such objects.
        within: compared only where both servers are that close.
        word: what people call such an object, where its name does not say it.
        phrase: how a sentence names it, with `{0}` and so on for the parts of its name, where that is no plain name.

    An attribute `<kind>_kind` holds the noun by which people call an object: table, view, primary key.
    """

    name: str
    identity: tuple[str, ...]
    parent: str | None
    own: tuple[Attribute, ...]
    facets: tuple[Attribute, ...] = ()
    missing: Severity = CRITICAL
    unexpected: Severity = WARNING
    signature: bool = False
    composed: bool = False
    doubtful: bool = False
    since: int = 0
    within: Within = "anywhere"
    group: Group = "structure"
    word: str = ""
    phrase: str = ""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Its own, then its facets."""
        return self.own + self.facets

    def known_to(self, major: int) -> tuple[Attribute, ...]:
        """The attributes that a server of that major has."""
        return tuple(attribute for attribute in self.attributes if attribute.since <= major)

    def is_text(self, attribute: Attribute) -> bool:
        """Whether a value of it is text for sure, or a list of it: SQL, a noun, or what many kinds have alike."""
        return (
            attribute.sql or attribute.name == f"{self.name}_kind" or (attribute in self.facets and attribute != USED)
        )
