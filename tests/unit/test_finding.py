import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from watchdog.errors import BaselineError, ConfigError, DeliveryError, UnverifiedError, UsageError, WatchdogError
from watchdog.finding import Coverage, Finding, Severity, fingerprint

NAMES = st.lists(st.text('ab".,[]\\\n🦊', max_size=4), max_size=3).map(tuple)


def test_severities_rank_from_info_to_critical() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [Severity.INFO, Severity.WARNING, Severity.CRITICAL]
    assert f"{Severity.CRITICAL}" == "critical"


def test_a_fingerprint_is_the_same_on_every_machine_and_in_every_release() -> None:
    group = ("public", "sealed_epochs", "token_group")
    assert fingerprint("production", "column", group, "missing", None) == "f6d25d50f824a64f"
    assert fingerprint("ä🦊", "column", group, "changed", "default") == "6cc46d36f7b206ef"


@given(NAMES, NAMES)
def test_two_identities_never_share_a_fingerprint(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    prints = {fingerprint("d", "k", name, "missing", None) for name in (one, other)}
    assert len(prints) == len({one, other})
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in prints)


def test_every_part_of_a_change_is_part_of_its_fingerprint() -> None:
    parts = [
        ("a", "b", ("c",), "missing", None),
        ("x", "b", ("c",), "missing", None),
        ("a", "x", ("c",), "missing", None),
        ("a", "b", ("c", ""), "missing", None),
        ("a", "b", ("c",), "unexpected", None),
        ("a", "b", ("c",), "missing", "x"),
        ("a", "b", ("c",), "missing", "None"),
    ]
    assert len({fingerprint(*each) for each in parts}) == len(parts)


def test_a_finding_is_encoded_with_the_names_and_values_of_the_interface() -> None:
    found = Finding(
        fingerprint="f", kind="column", identity=("s", "t"), change="missing", severity=Severity.CRITICAL, message="m"
    )
    assert json.loads(msgspec.json.encode(found)) == {
        "fingerprint": "f", "kind": "column", "identity": ["s", "t"], "change": "missing", "attribute": None,
        "expected": None, "actual": None, "severity": "critical", "state": "open", "message": "m", "components": [],
        "origin": "unknown", "locations": [], "remedy": None, "accepted": None,
    }  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(found), type=Finding) == found


def test_a_migration_that_has_not_run_yet_is_no_drift_and_what_is_wrong_about_one_is() -> None:
    waits = Finding(
        fingerprint="f", kind="migration", identity=("2",), change="missing", severity=Severity.INFO,
        origin="pending-migration", message="migration 2 is pending",
    )  # fmt: skip
    replaced = msgspec.structs.replace
    assert not waits.is_drift
    assert not replaced(waits, severity=Severity.WARNING, state="accepted").is_drift
    assert replaced(waits, severity=Severity.WARNING).is_drift, "as --fail-on-pending judges it"
    assert replaced(waits, change="changed", attribute="state").is_drift, "it fails"
    assert replaced(waits, origin="out-of-band").is_drift


def test_what_is_covered_says_nothing_unless_told() -> None:
    assert Coverage() == Coverage(kinds=(), compared=0, unmodelled={}, hidden=(), stale=(), not_in_baseline=())


def test_errors_carry_the_exit_code_of_what_they_mean() -> None:
    assert (WatchdogError.exit_code, UsageError.exit_code, ConfigError.exit_code) == (1, 2, 2)
    assert {each.exit_code for each in UnverifiedError.__subclasses__()} == {UnverifiedError.exit_code} == {3}
    assert BaselineError in UnverifiedError.__subclasses__()
    assert not issubclass(DeliveryError, WatchdogError)


def test_a_configuration_error_holds_every_mistake_and_shows_each_on_its_line() -> None:
    error = ConfigError(["one", "two"])
    assert (error.mistakes, str(error)) == (("one", "two"), "one\ntwo")


def test_a_delivery_error_says_how_long_to_wait() -> None:
    assert DeliveryError("busy", 2.5).retry_after == 2.5
    assert DeliveryError("busy").retry_after is None
