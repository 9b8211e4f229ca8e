"""A database of one table, and contracts with it."""

from collections.abc import Sequence

import msgspec

from tests.unit.schema.samples import column, relation, snapshot, whole
from watchdog.config.contract import parse
from watchdog.contracts.compare import compare
from watchdog.contracts.contract import Contract
from watchdog.finding import Finding
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value

NAME = ("public", "sealed_epochs")
SCHEMA = whole("schema", "public", owned_by_bootstrap_superuser=False)
TABLE = relation(*NAME, owner="milo_owner")
EPOCH = column(*NAME, "epoch", data_type="bigint", not_null=True)
GROUP = column(*NAME, "token_group", data_type="text", not_null=True, default="'MILO'::text", position=2)
KEY = whole(
    "constraint", *NAME, "sealed_epochs_pkey", constraint_kind="primary key",
    definition="PRIMARY KEY (epoch, token_group)", valid=True, validated=True,
)  # fmt: skip
ROLE = whole("role", "milo", inherit=True, superuser=False, login=True)
THERE = snapshot(SCHEMA, TABLE, EPOCH, GROUP, KEY, ROLE)


def contract(needs: str, component: str = "milo-aggregator", head: str = "") -> Contract:
    """A contract of what one table must be like, in YAML as it stands below the table's name."""
    return parse(f"component: {component}\n{head}\ntables:\n  public.sealed_epochs: {needs}\n", "f.yaml")


def found(needs: str, actual: Snapshot = THERE, head: str = "") -> tuple[Finding, ...]:
    """What a contract with one table finds; nothing may be left unjudged."""
    findings, unjudged = compare("production", [contract(needs, head=head)], actual)
    assert unjudged == ()
    return findings


def messages(findings: Sequence[Finding]) -> list[str]:
    return [finding.message for finding in findings]


def changed(subject: tuple[ObjectId, Attributes], **facts: Value) -> Snapshot:
    """The database with other facts of one of its objects."""
    name, attributes = subject
    return msgspec.structs.replace(THERE, objects={**THERE.objects, name: {**attributes, **facts}})
