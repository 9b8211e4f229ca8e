"""The incident with everything real, from DROP COLUMN to a page and back, by the watchdog's own word and by a rule."""

from pathlib import Path

from tests.acceptance.station import replay


def test_the_incident_pages_people_once_by_either_way_and_is_over_for_them(tmp_path: Path, database: str) -> None:
    said: list[str] = []
    seen = replay(database, tmp_path, said.append, quick=True, patience=90)
    assert len(said) == 1 + len(seen.broken) + len(seen.mended)
    assert seen.remedy.count("ADD COLUMN IF NOT EXISTS token_group") == 2
    for way, events in seen.pages.items():
        # PagerDuty makes one incident of all that have one key, however often its text is told anew.
        assert list(dict.fromkeys(event["event_action"] for event in events)) == ["trigger", "resolve"], way
        assert events[-1]["event_action"] == "resolve"
        assert len({event["dedup_key"] for event in events}) == 1
    own, counted = (seen.pages[way][0]["payload"] for way in ("direct", "ruled"))
    assert "ALTER TABLE public.sealed_epochs" in own["custom_details"]["firing"]
    assert "2 critical findings" in counted["custom_details"]["firing"]
