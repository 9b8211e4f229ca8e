"""What a change of a schema does, in words, from the findings of a comparison of before and after."""

from watchdog.finding import Finding
from watchdog.schema.kinds import noun, sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import visible


def effect(finding: Finding, before: Snapshot, after: Snapshot) -> str:
    """One clause, such as `adds column public.sealed_epochs.token_group`.

    The finding is one of a comparison in which `after` was expected and `before` was there.
    """
    subject = ObjectId(finding.kind, finding.identity)
    attributes = after.objects.get(subject) or before.objects.get(subject) or {}
    name = visible(f"{noun(subject, attributes)} {sql_name(subject)}".rstrip())
    match finding.change:
        case "missing":
            return f"adds {name}"
        case "unexpected":
            return f"drops {name}"
        case "renamed":
            return f"renames {visible(finding.actual or '')} to {visible(finding.expected or '')}"
        case _:
            return f"changes {(finding.attribute or '').replace('_', ' ')} of {name}"
