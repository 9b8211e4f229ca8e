"""What people say about alerts, against the real process: told, acknowledged, told again, accepted, written for git."""

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest
import yaml

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, Receiver, poll, watchdog, watched, watcher_of, webhook
from tests.servers.query import sql

TOKEN = "a-token-that-nobody-guesses"
DRIFT = "ALTER TABLE sealed_epochs ALTER COLUMN token_group DROP DEFAULT;"
# Told at once, and again every second as long as nobody has said anything.
EVERY_SECOND = {"name": "all", "group_wait": "0s", "group_interval": "0s", "repeat": "1s"}


def told_often(folder: Path, database: str, receiver: Receiver) -> Daemon:
    milo.make(database)
    accepted = str(folder / "accepted.yaml")
    daemon = Daemon(
        folder,
        watched(watcher_of(database), folder, accepted=accepted),
        channels={"ops": webhook(receiver.url("/ops"))},
    )
    daemon.config["alerts"]["routes"] = [EVERY_SECOND]
    daemon.config["api"] = {"token": TOKEN}
    return daemon


def said(daemon: Daemon, *words: str) -> CompletedProcess[str]:
    return watchdog("alerts", *words, "--config", str(daemon.path), cwd=daemon.folder)


def done(daemon: Daemon, *words: str) -> str:
    result = said(daemon, *words)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout


def occasions(receiver: Receiver) -> list[str]:
    return [body["occasion"] for body in receiver.received.get("/ops", [])]


def repeats(daemon: Daemon, receiver: Receiver) -> None:
    """Wait until the receiver is told again."""
    before = occasions(receiver).count("repeat")
    daemon.until("a repetition", lambda: occasions(receiver).count("repeat") > before)


def is_quiet(daemon: Daemon, receiver: Receiver) -> None:
    """What was said holds: while the daemon looks twice more, which takes longer than a repetition, nobody is told."""
    daemon.until_checked()  # what was on its way when it was said has come
    before = list(occasions(receiver))
    daemon.until_checked(times=3)
    assert occasions(receiver) == before


def drifted(daemon: Daemon, database: str) -> str:
    """The fingerprint of the one finding, once it is told."""
    daemon.start()
    daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
    sql(database, DRIFT)
    [finding] = daemon.until("the drift", lambda: len(daemon.findings()) == 1 and daemon.findings())
    return str(finding["fingerprint"])


def test_an_alert_is_acknowledged_taken_back_and_accepted_for_good(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        fingerprint = drifted(daemon, database)
        repeats(daemon, receiver)

        assert "acknowledged by ada: on it" in done(daemon, "ack", fingerprint[:6], "--reason", "on it", "--by", "ada")
        # Another process said so; dispatch sees it when it looks next.
        is_quiet(daemon, receiver)
        assert "acknowledged by ada: on it" in done(daemon, "list")
        assert "acknowledged by ada: on it" in daemon.text("/")
        assert "held back now: acknowledged by ada: on it" in done(daemon, "explain", fingerprint)

        done(daemon, "unack", fingerprint, "--by", "bob")
        repeats(daemon, receiver)

        assert "in the watchdog's state only" in done(
            daemon, "accept", fingerprint, "--reason", "meant so", "--by", "ada"
        )
        daemon.until("it to be accepted", lambda: daemon.report()["status"] == "ok")
        [finding] = daemon.findings()
        assert (finding["state"], finding["accepted"]) == (
            "accepted",
            {"by": "ada", "reason": "meant so", "until": None, "recorded_in": "state"},
        )
        daemon.until("its end to be told", lambda: receiver.statuses("/ops")[-1] == "resolved")
        assert "accepted by ada: meant so (in the state only" in daemon.text("/")
        checked = watchdog("check", "--config", str(daemon.path), cwd=daemon.folder)
        assert (checked.returncode, "accepted by ada: meant so (in the state only" in checked.stdout) == (0, True)
        assert f"{fingerprint}  production" in done(daemon, "accepted")
        exported = yaml.safe_load(done(daemon, "accepted", "--export"))

        assert "put into git" in done(daemon, "accepted", "--write")
        assert done(daemon, "accepted") == "nothing is accepted in the state only\n"
        assert yaml.safe_load((tmp_path / "accepted.yaml").read_text()) == exported
        daemon.until("the file to be believed", lambda: daemon.findings()[0]["accepted"]["recorded_in"] == "file")
        assert daemon.report()["status"] == "ok"
        assert daemon.events() == ["firing", "acknowledged", "unacknowledged", "accepted", "accepted"]
        words = [event["message"] for event in daemon.api("events") if event["event"] == "acknowledged"]
        assert words == [f"{finding['message']} (by ada: on it)"]


def test_what_somebody_puts_into_the_file_is_forgotten_in_the_state_by_itself(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        fingerprint = drifted(daemon, database)
        done(daemon, "accept", fingerprint, "--reason", "meant so")
        daemon.until("it to be accepted", lambda: daemon.report()["status"] == "ok")
        (tmp_path / "accepted.yaml").write_text(done(daemon, "accepted", "--export"))
        daemon.until("the state to forget it", lambda: daemon.logged("acceptance.forgotten"))
        daemon.until("the file to be believed", lambda: daemon.findings()[0]["accepted"]["recorded_in"] == "file")
        unaccepted = said(daemon, "unaccept", fingerprint)
        assert (unaccepted.returncode, "no such acceptance is in the state" in unaccepted.stderr) == (2, True)


def test_what_is_not_accepted_any_more_is_open_again(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        fingerprint = drifted(daemon, database)
        done(daemon, "accept", fingerprint, "--reason", "meant so")
        daemon.until("it to be accepted", lambda: daemon.report()["status"] == "ok")
        done(daemon, "unaccept", fingerprint)
        daemon.until("it to be open again", lambda: daemon.report()["status"] == "drift")
        daemon.until("it to be told", lambda: receiver.statuses("/ops")[-1] == "firing")
        assert daemon.events() == ["firing", "accepted", "accepted", "unaccepted", "firing"]


def test_a_silence_holds_back_what_it_covers_until_it_is_ended(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        drifted(daemon, database)
        repeats(daemon, receiver)
        made = done(daemon, "silence", "name=public.sealed_*", "--for", "2h", "--reason", "maintenance", "--by", "ada")
        assert "holds back 1 alert now" in made
        is_quiet(daemon, receiver)
        assert "name public.sealed_* until " in daemon.text("/")
        number = made.split()[0]
        assert number in done(daemon, "silences")
        assert "is over: name public.sealed_*" in done(daemon, "unsilence", number)
        repeats(daemon, receiver)
        assert done(daemon, "silences") == "nothing is silenced\n"


def test_the_api_takes_words_of_those_who_have_the_token_and_acts_at_once(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        fingerprint = drifted(daemon, database)
        address = f"http://127.0.0.1:{daemon.port}/api/v1"
        body = {"fingerprint": fingerprint, "by": "ada", "reason": "on it", "for": "4h"}

        def post(headers: Mapping[str, str]) -> int:
            return httpx.post(f"{address}/acknowledgements", json=body, headers=headers).status_code

        assert post({}) == 401
        assert post({"Authorization": "Bearer wrong"}) == 401
        assert post({"Authorization": f"Bearer {TOKEN}"}) == 201
        [one] = httpx.get(f"{address}/alerts").json()["alerts"]
        assert (one["acknowledged"]["by"], one["told"][0]["channel"]) == ("ada", "ops")
        is_quiet(daemon, receiver)
        gone = httpx.delete(f"{address}/acknowledgements/{fingerprint}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert gone.status_code == 204
        repeats(daemon, receiver)
        assert TOKEN not in daemon.log() + daemon.text("/") + json.dumps(daemon.api("events"))


def test_a_drop_of_rows_is_accepted_as_the_command_for_rows_does_it(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        sql(database, "CREATE TABLE orders AS SELECT generate_series(1, 2000) AS id; ANALYZE orders;")
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        daemon.until_checked()
        sql(database, "DELETE FROM orders; ANALYZE orders;")
        [drop] = daemon.until("the drop", lambda: len(daemon.drops()) == 1 and daemon.drops())
        assert "accepted in production: " in done(daemon, "accept", drop["fingerprint"], "--reason", "meant so")
        daemon.until("it to be over", lambda: daemon.report()["status"] == "ok")
        refused = said(daemon, "accept", drop["fingerprint"], "--reason", "meant so")
        assert (refused.returncode, "no open alert" in refused.stderr) == (2, True)


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A configuration without a state or a server."""
    path = tmp_path / "watchdog.yaml"
    written: Json = {
        "databases": [{"name": "production", "dsn": "postgresql://u@127.0.0.1:1/db", "baseline": "b.json"}],
        "state": str(tmp_path / "state"),
    }
    path.write_text(yaml.safe_dump(written))
    return path


@pytest.mark.parametrize(
    ("words", "code", "out", "err"),
    [
        (["list"], 3, "", "no state at"),
        (["list", "--format", "json"], 3, "", "no state at"),
        (["list", "--database", "staging"], 2, "", "not configured"),
        (["list", "--format", "xml"], 2, "", "is not one of text, json"),
        (["silences"], 3, "", "no state at"),
        (["accepted"], 3, "", "no state at"),
        (["accepted", "--write"], 3, "", "no state at"),
        (["outbox"], 3, "", "no state at"),
        (["outbox", "--retry", "ops"], 3, "", "no state at"),
        (["ack", "abcd", "--reason", "x"], 3, "", "no state at"),
        (["ack", "abcd", "--reason", " "], 2, "", "say why"),
        (["ack", "abcd", "--reason", "x", "--for", "4"], 2, "", "write a number and a unit"),
        (["ack", "abcd"], 2, "", "--reason"),
        (["unack", "abcd"], 3, "", "no state at"),
        (["accept", "abcd", "--reason", "x"], 3, "", "no state at"),
        (["explain", "abcd"], 3, "", "no state at"),
        (["explain"], 2, "", "give the fingerprint"),
        (["explain", "--match", "severity=warning"], 0, "no routes are configured: every channel is told", ""),
        (["silence", "--for", "2h", "--reason", "x"], 2, "", "--all for everything"),
        (["silence", "name=a", "--reason", "x"], 2, "", "say for how long"),
        (["silence", "name=a", "--all", "--for", "2h", "--reason", "x"], 2, "", "leave out what is to match"),
        (["silence", "colour=red", "--for", "2h", "--reason", "x"], 2, "", "cannot be asked for it"),
        (["unsilence", "0123abcd"], 3, "", "no state at"),
        (["test"], 2, "", "no channel is configured"),
    ],
)
def test_without_a_state_nothing_is_said_of_it_and_what_means_nothing_is_refused(
    alone: Path, words: list[str], code: int, out: str, err: str
) -> None:
    result = watchdog("alerts", *words, "--config", str(alone), cwd=alone.parent)
    assert (result.returncode, out in result.stdout, err in result.stderr) == (code, True, True), result
    assert "Traceback" not in result.stderr
    assert not (alone.parent / "state").exists()


def test_a_silence_may_be_said_before_the_daemon_ever_ran(alone: Path) -> None:
    made = watchdog("alerts", "silence", "--all", "--for", "2h", "--reason", "moving house", "--config", str(alone))
    assert (made.returncode, "everything" in made.stdout) == (0, True), made.stderr
    shown = watchdog("alerts", "silences", "--config", str(alone))
    assert "everything (by " in shown.stdout
    for words, code, err in (
        (["list"], 0, ""),
        (["outbox", "--retry", "ops"], 2, "no channel of that name"),
        (["ack", "abcd", "--reason", "x"], 2, "no open alert has a fingerprint that begins with abcd"),
        (["unsilence", "0123abcd"], 2, "there is no silence"),
    ):
        result = watchdog("alerts", *words, "--config", str(alone))
        assert (result.returncode, err in result.stderr) == (code, True), result


def test_channels_are_tested_and_what_was_given_up_is_sent_again_or_let_go(tmp_path: Path, database: str) -> None:
    with Receiver() as receiver, told_often(tmp_path, database, receiver) as daemon:
        daemon.config["alerts"]["channels"]["ops"]["give_up"] = "1ms"
        daemon.config["alerts"]["routes"] = [{**EVERY_SECOND, "repeat": "never"}]
        daemon.write()
        assert "ops: delivered (routes: all)" in done(daemon, "test")
        [body] = receiver.received["/ops"]
        assert body["occasion"] == "test"
        receiver.answer = 503
        for words, code in ((["test"], 1), (["test", "--channel", "x"], 2), (["test", "--route", "x"], 2)):
            assert said(daemon, *words).returncode == code, words
        drifted(daemon, database)
        daemon.until("the message to be given up", lambda: "given up: 1 message" in done(daemon, "outbox"))
        assert "HTTP status 503" in done(daemon, "outbox")
        receiver.answer = 200
        # That the channel does not take messages may be one of them.
        assert "to be sent again" in done(daemon, "outbox", "--retry", "ops")
        poll("the message to come", lambda: "new" in occasions(receiver), seconds=60)
        assert "given up" not in done(daemon, "outbox")
        assert "ops: 0 messages let go of" in done(daemon, "outbox", "--drop", "ops")
