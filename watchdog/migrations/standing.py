"""Where production stands between the migrations of a folder, by what the tool's table notes."""

from collections.abc import Container, Iterable, Mapping, Sequence

import msgspec

from watchdog.migrations.formats.format import Format
from watchdog.migrations.migration import Applied, Migration


class Edited(msgspec.Struct, frozen=True):
    """A migration whose file is no longer the one that ran, and what was noted when it ran."""

    migration: Migration
    applied: Applied


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What has run and what has not: each migration is in one of `applied`, `pending` and `replaced`.

    Attributes:
        applied: those to replay for what production should be, in the order in which it applied them where the tool
            notes that, else in the folder's.
        pending: those that are to run, in the folder's order; one that failed half-way is among them.
        replaced: those that never run here, as a baseline stands for them, or as a baseline came after they had run.
        again: those of `pending` that ran before with another content, which is no longer known.
        unknown: what was applied and has no file.
        squashed: the same of what is older than all files, in the table's order: history that was put together.
        edited: those of `applied` whose file has changed since.
        out_of_order: those of `pending` that come before the newest of `applied`.
        newest: the newest of `applied` that has a version, in the folder's order.
        failed: what failed half-way or has not ended.
    """

    applied: tuple[Migration, ...]
    pending: tuple[Migration, ...]
    replaced: tuple[Migration, ...] = ()
    again: tuple[Migration, ...] = ()
    unknown: tuple[Applied, ...] = ()
    squashed: tuple[Applied, ...] = ()
    edited: tuple[Edited, ...] = ()
    out_of_order: tuple[Migration, ...] = ()
    newest: Migration | None = None
    failed: tuple[Applied, ...] = ()


def stand(migrations: Sequence[Migration], applied: Sequence[Applied], tool: Format) -> Standing:
    """What follows from a folder's migrations, in its order, and from what the tool notes, in the table's order."""
    files = {each.version: each for each in migrations}
    place = {each.version: number for number, each in enumerate(migrations)}
    # Where a table notes one version twice, the last row is what holds.
    noted = {each.version: each for each in applied}
    done = [each for each in noted.values() if each.succeeded]
    replaced = _replaced(migrations, noted)
    ran = [files[each.version] for each in done if each.version in files and each.version not in replaced]
    again = {each.version for each in ran if each.repeatable and _differs(each, noted[each.version])}
    held = [each for each in ran if each.version not in again]
    if not tool.knows_order:
        held.sort(key=lambda each: place[each.version])
    settled = {each.version for each in held} | replaced
    pending = tuple(each for each in migrations if each.version not in settled)
    newest = max((each for each in held if not each.repeatable), key=lambda each: place[each.version], default=None)
    strangers = [each for each in done if each.version not in files]
    squashed = _older(strangers, migrations, tool)
    return Standing(
        applied=tuple(held),
        pending=pending,
        replaced=tuple(each for each in migrations if each.version in replaced),
        again=tuple(each for each in pending if each.version in again),
        unknown=tuple(each for each in strangers if each not in squashed),
        squashed=squashed,
        edited=tuple(
            Edited(each, noted[each.version])
            for each in held
            if not each.repeatable and _differs(each, noted[each.version])
        ),
        out_of_order=_late(pending, newest, noted, place, tool),
        newest=newest,
        failed=tuple(each for each in noted.values() if not each.succeeded),
    )


def _differs(migration: Migration, noted: Applied) -> bool:
    """Whether both have a checksum, and not the same."""
    return None not in (migration.checksum, noted.checksum) and migration.checksum != noted.checksum


def _replaced(migrations: Sequence[Migration], noted: Mapping[str, Applied]) -> set[str]:
    """The versions that a baseline stands for, and the baselines that nothing needs.

    A baseline runs only where no versioned one has: the newest one, and all that it stands for never run.
    """
    versioned = [each for each in migrations if not each.repeatable]
    baselines = [each for each in versioned if each.baseline]
    began = bool(noted.keys() - {each.version for each in migrations if each.repeatable})
    standing = [each for each in baselines if each.version in noted] if began else baselines[-1:]
    reach = versioned.index(standing[-1]) if standing else 0
    return {each.version for each in [*versioned[:reach], *baselines] if each not in standing[-1:]}


def _older(strangers: Iterable[Applied], migrations: Sequence[Migration], tool: Format) -> tuple[Applied, ...]:
    """Those that are older than all files; without an order of versions, what others follow is older."""
    if tool.age is None:
        return tuple(strangers)
    first = min((tool.age(each.version) for each in migrations if not each.repeatable), default=None)
    return tuple(each for each in strangers if first is not None and tool.age(each.version) < first)


def _late(
    pending: Iterable[Migration],
    newest: Migration | None,
    noted: Container[str],
    place: Mapping[str, int],
    tool: Format,
) -> tuple[Migration, ...]:
    """Those that have never run though one after them has; a graph has no older and newer."""
    if newest is None or tool.age is None:
        return ()
    return tuple(
        each
        for each in pending
        if not each.repeatable and each.version not in noted and place[each.version] < place[newest.version]
    )
