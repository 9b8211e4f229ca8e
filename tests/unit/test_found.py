"""Rows of the catalogs become objects: what is locked, and what a role may not see."""

from watchdog.postgres.found import Found
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId

SETTING = KINDS["server_setting"]


def taken(*, is_blocked: bool) -> Found:
    """One setting, of which the query says NULL."""
    found = Found()
    row = (1260, 16384, 0, is_blocked, "work_mem", None, None)
    found.take(SETTING, [row], again=False)
    return found


def test_what_a_role_may_not_see_is_hidden_and_what_is_locked_is_only_that() -> None:
    setting = ObjectId("server_setting", ("work_mem",))
    unlocked, locked = taken(is_blocked=False), taken(is_blocked=True)
    assert (unlocked.hidden, unlocked.stale, unlocked.objects) == ({setting}, set(), {setting: {}})
    assert (locked.hidden, locked.stale, locked.objects) == (set(), {setting}, {setting: {}})
