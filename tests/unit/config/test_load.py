import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchdog.config.channels import Slack, Webhook
from watchdog.config.load import load, names_in, parse
from watchdog.config.settings import Config, Database, Migrations
from watchdog.errors import ConfigError
from watchdog.finding import Severity

SHIPPED = Path(__file__).parents[3] / "config" / "watchdog.yaml"
SECRET = "hunter2"
DSN = f"postgresql://ada:{SECRET}@db.example/milo"
DATABASE = f"databases:\n  - name: production\n    dsn: {DSN}\n    baseline: b.json\n"


def parsed(text: str, **environment: str) -> Config:
    return parse(text, "f.yaml", environment)


def mistakes(text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parsed(text, **environment)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    cause: BaseException | None = caught.value
    while cause is not None:
        assert SECRET not in str(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return list(caught.value.mistakes)


def test_the_shipped_configuration_is_one() -> None:
    config = load(SHIPPED, {"DATABASE_URL": DSN})
    [database] = config.databases
    assert (database.name, database.dsn.get_secret_value()) == ("production", DSN)
    assert (database.every.probe, database.every.schema_, database.every.rows) == (5.0, 300.0, 60.0)
    assert config.listen == "127.0.0.1:9723"


def test_the_shipped_configuration_says_the_defaults() -> None:
    bare = parsed(DATABASE.replace("b.json", "config/baselines/production.json"))
    shipped = load(SHIPPED, {"DATABASE_URL": DSN})
    assert shipped.databases[0].model_dump() == bare.databases[0].model_dump()
    assert shipped.log == bare.log
    assert shipped.alerts.minimum_severity is bare.alerts.minimum_severity is Severity.WARNING


def test_every_mistake_is_named_at_once_with_its_place_and_line() -> None:
    text = """\
databases:
  - name: a b
    dsn: ${NOWHERE}
    baseline: b.json
    bogus: 1
    every: {probe: 5, schema: 0s, rows: soon}
  - name: ok
    dsn: mysql://hunter2@h
    timeouts: {look: true}
alerts:
  channels:
    team: {type: slak, webhook_url: https://hooks.example/hunter2}
    ops: {type: webhook, url: hunter2}
    bad name: {type: webhook, url: https://hunter2}
    slack: {type: slack}
log: {level: loud}
listen: 127.0.0.1:70000
surplus: 1
"""
    assert sorted(mistakes(text)) == sorted(
        [
            "f.yaml: databases[0].dsn: NOWHERE is not set (export it, or give dsn_file) [line 3]",
            "f.yaml: databases[0].name: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$' [line 2]",
            "f.yaml: databases[0].bogus: is not a setting known here (a typing error, or its indentation?) [line 5]",
            "f.yaml: databases[0].every.probe: write the unit too, such as 5s [line 6]",
            "f.yaml: databases[0].every.schema: must be 1ms to 366d [line 6]",
            "f.yaml: databases[0].every.rows: write a number and a unit, such as 500ms, 5s, 10m, 4h or 1d [line 6]",
            (
                "f.yaml: databases[1].dsn: must begin with postgresql:// "
                "(its value is not shown, it holds a password) [line 8]"
            ),
            "f.yaml: databases[1].timeouts.look: write a number and a unit, such as 500ms, 5s, 10m, 4h or 1d [line 9]",
            (
                "f.yaml: alerts.channels.team: its type must be one of 'webhook', 'slack', 'alertmanager', "
                "'pagerduty', 'email', 'apprise' [line 12]"
            ),
            (
                "f.yaml: alerts.channels.ops.url: must begin with https:// or http:// "
                "(its value is not shown, it may be a secret) [line 13]"
            ),
            ("f.yaml: alerts.channels.bad name: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$' [line 14]"),
            "f.yaml: alerts.channels.slack: give webhook_url, or token and channel [line 15]",
            "f.yaml: log.level: Input should be 'debug', 'info', 'warning' or 'error' [line 16]",
            "f.yaml: listen: the port must be 1 to 65535 [line 17]",
            "f.yaml: surplus: is not a setting known here (a typing error, or its indentation?) [line 18]",
        ]
    )


EITHER = (
    "f.yaml: databases[0]: give baseline or migrations, not both: each says what the whole schema should be [line 1]"
)
NOTHING = "f.yaml: databases[0]: expects nothing: give one of baseline, migrations, contracts and queries [line 1]"
NO_STATEMENTS = (
    "f.yaml: databases[0].queries: names no statements: give paths, or recorded: 1000 for those of pg_stat_statements "
    "[line 1]"
)


@pytest.mark.parametrize(
    ("expectation", "mistake"),
    [
        ("", NOTHING),
        ("contracts: []", NOTHING),
        ("baseline: b.json, migrations: db", EITHER),
        ("baseline: b.json, migrations: {path: db}", EITHER),
        ("queries: {}", NO_STATEMENTS),
        ("queries: {exclude: [a], search_path: app}", NO_STATEMENTS),
        ("migrations: {path: db, format: liquibase}", "format: Input should be 'alembic', 'dbmate', 'flyway'"),
        ("migrations: {format: flyway}", "databases[0].migrations.path: is missing"),
        ("migrations: {path: db, scratch_url: 'mysql://u:hunter2@h'}", "scratch_url: must begin with postgresql://"),
        ("queries: {recorded: -1}", "databases[0].queries.recorded: Input should be greater than or equal to 0"),
    ],
)
def test_what_should_be_there_is_said_once_and_whole(expectation: str, mistake: str) -> None:
    found = mistakes("databases: [{name: a, dsn: postgresql://h, " + expectation + "}]")
    assert len(found) == 1
    assert mistake in found[0]
    assert "hunter2" not in found[0]


def test_migrations_are_a_folder_alone_or_all_that_is_to_be_said_of_it() -> None:
    def of(written: str) -> Migrations | None:
        return (
            parsed("databases: [{name: a, dsn: postgresql://h, migrations: " + written + "}]").databases[0].migrations
        )

    assert of("db/migrations") == of("{path: db/migrations}") == Migrations(path=Path("db/migrations"))
    whole = of("{path: db, format: flyway, table: ops.history, scratch_url: 'postgresql://h/s', scratch_timeout: 5m}")
    assert whole is not None
    assert (whole.path, whole.format, whole.table, whole.scratch_timeout) == (Path("db"), "flyway", "ops.history", 300)
    assert whole.scratch_url is not None
    assert whole.scratch_url.get_secret_value() == "postgresql://h/s"


@pytest.mark.parametrize("alone", ["contracts: [c.yaml]", "queries: {paths: [src]}", "queries: {recorded: 5}"])
def test_each_expectation_is_enough_by_itself(alone: str) -> None:
    (database,) = parsed("databases: [{name: a, dsn: postgresql://h, " + alone + "}]").databases
    assert database.baseline is None
    assert database.migrations is None


def test_a_name_of_two_databases_is_named_beside_other_mistakes() -> None:
    again = DATABASE.removeprefix("databases:\n").replace("b.json", "b.json\n    bogus: 1")
    found = mistakes(DATABASE + again)
    assert found[0] == "f.yaml: databases[1].name: is the name of another database above too [line 5]"
    assert "bogus" in found[1]


def test_a_key_that_is_given_twice_is_a_mistake_at_any_depth() -> None:
    assert mistakes(DATABASE + "    every: {probe: 1s, probe: 2s}\nstate: a\nstate: b\n") == [
        "f.yaml: state: is given twice; only one can hold [line 7]",
        "f.yaml: databases[0].every.probe: is given twice; only one can hold [line 5]",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.yaml: should be a mapping, key: value"),
        ("[]", "f.yaml: should be a mapping, key: value [line 1]"),
        ("databases: []", "f.yaml: databases: is empty [line 1]"),
        (DATABASE + "    schemas: {include: []}", "f.yaml: databases[0].schemas.include: is empty [line 5]"),
        ("{}", "f.yaml: databases: is missing [line 1]"),
        ("databases: {}", "f.yaml: databases: Input should be a valid tuple [line 1]"),
        (f"dsn: '{SECRET}", "f.yaml: not YAML: found unexpected end of stream [line 1]"),
        (f"a: 1\n b: {SECRET}: 3", "f.yaml: not YAML: mapping values are not allowed here [line 2]"),
        (f"a: \x00{SECRET}", "f.yaml: not YAML: it holds a character that YAML does not allow"),
        (
            f"a: !password {SECRET}",
            "f.yaml: not YAML: could not determine a constructor for the tag '!password' [line 1]",
        ),
        ("? [a]\n: b", "f.yaml: not YAML: found unhashable key [line 1]"),
    ],
)
def test_what_is_no_configuration_is_refused_in_a_sentence(text: str, told: str) -> None:
    assert mistakes(text) == [told]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]", "a: 2020-99-99", f"a: !!int {SECRET}", f"a: !!timestamp {SECRET}", f"a: !!float {SECRET}",
        "a: " + "[" * 500, "a: " + "9" * 5000, "a: &a {b: *a}",
    ],
)  # fmt: skip
def test_what_the_yaml_reader_trips_over_is_a_mistake_and_no_crash(text: str) -> None:
    [told] = mistakes(text)
    assert told.startswith("f.yaml: not YAML: ")


def test_a_variable_is_taken_from_the_environment_and_may_have_a_default() -> None:
    text = DATABASE.replace(DSN, "postgresql://${USER_NAME:-ada}:${PASSWORD}@${HOST:-}/milo")
    dsn = parsed(text, PASSWORD="p%40${X}", USER_NAME="").databases[0].dsn.get_secret_value()
    assert dsn == "postgresql://ada:p%40${X}@/milo"
    assert parsed(text + "state: ${DIR:-state}/x\n", PASSWORD="p", DIR="/var").state == Path("/var/x")


def test_a_variable_that_is_not_set_is_told_once_and_where_a_file_would_do_so_is_said() -> None:
    assert mistakes(DATABASE.replace(DSN, "${A}${B:-x}") + "state: ${C}\n", A="") == [
        "f.yaml: databases[0].dsn: A is not set (export it, or give dsn_file) [line 3]",
        "f.yaml: state: C is not set (export it) [line 5]",
    ]


def test_what_only_looks_like_a_variable_stays_as_it_is() -> None:
    dsn = parsed(DATABASE.replace(DSN, "postgresql://u:$X{1}$$@h/${}")).databases[0].dsn.get_secret_value()
    assert dsn == "postgresql://u:$X{1}$$@h/${}"


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text(f"{DSN}\n")
    (tmp_path / "url").write_text(f"https://hooks.example/{SECRET}\n")
    text = DATABASE.replace(f"dsn: {DSN}", f"dsn_file: {tmp_path}/dsn") + (
        f"alerts:\n  channels:\n    a: {{type: slack, webhook_url_file: {tmp_path}/url}}\n"
        f"    b: {{type: webhook, url_file: {tmp_path}/url}}\n"
    )
    config = parsed(text)
    assert config.databases[0].dsn.get_secret_value() == DSN
    slack, webhook = config.alerts.channels["a"], config.alerts.channels["b"]
    assert isinstance(slack, Slack)
    assert isinstance(webhook, Webhook)
    assert slack.webhook_url is not None
    assert slack.webhook_url.get_secret_value() == webhook.url.get_secret_value() == f"https://hooks.example/{SECRET}"


def test_who_needs_no_secrets_is_not_kept_by_those_that_are_lacking() -> None:
    text = """\
databases:
  - {name: a, dsn: "postgresql://u:${PASSWORD}@h/db", baseline: b}
  - {name: b, dsn_file: /none, migrations: {path: db, scratch_url: "${SCRATCH}"}}
  - {name: c, dsn: "${GIVEN}", baseline: b}
alerts:
  channels:
    hook: {type: webhook, url: "${HOOK_URL}", secret_file: /none}
    chat: {type: slack, webhook_url_file: /none}
    bot: {type: slack, token: "${BOT}", channel: "#ops"}
    shown: {type: alertmanager, urls: ["${ONE}", "http://two"], bearer_token: "${BEARER}"}
    pages: {type: pagerduty, routing_key_file: /none}
    mail: {type: email, host: h, from: a@b.example, to: c@d.example, username: u, password: "${PASSWORD}"}
    any: {type: apprise, url_file: /none}
    token: {type: webhook, url: "${HOOK_URL}"}
  heartbeat: {url: "${BEAT}"}
api: {token: "${TOKEN}", read_token_file: /none}
"""
    config = parse(text, "f.yaml", {"GIVEN": DSN}, secrets=False)
    assert [each.dsn.get_secret_value() for each in config.databases] == [
        "postgresql://unset", "postgresql://unset", DSN,
    ]  # fmt: skip
    assert list(config.alerts.channels) == ["hook", "chat", "bot", "shown", "pages", "mail", "any", "token"]
    assert len(mistakes(text, GIVEN=DSN)) > len(config.alerts.channels)
    for wrong, said in (
        ('state: "${PLACE}"', "state: PLACE is not set (export it)"),
        ('api: {token: "${TOKEN}", token_file: x}', "give token or token_file, not both"),
        ("api: {token: short}", "api.token: should have at least 16 characters"),
        ('api: {read_token: ""}', "api.read_token: should have at least 16 characters"),
        ("https: {cert: tls.crt}", "https.key: is missing"),
    ):
        with pytest.raises(ConfigError) as caught:
            parse(f"{DATABASE}{wrong}\n", "f.yaml", {}, secrets=False)
        assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_told_beside_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text(" \n")
    base = DATABASE.replace(f"dsn: {DSN}", f"dsn_file: {tmp_path}/%s") + "    bogus: 1\n"
    for name, why in {
        "missing": "cannot be read: No such file or directory",
        "binary": "cannot be read: not a text file",
        "": "cannot be read: Is a directory",
        "empty": "holds nothing",
    }.items():
        found = mistakes(base % name)
        assert f"dsn_file: {tmp_path}/{name} {why} [line 2]" in found[0].replace("/ ", "/ ")
        assert "bogus" in found[1]


def test_a_secret_in_a_file_that_is_too_short_is_told_with_the_files_place(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2")
    assert mistakes(f"{DATABASE}api:\n  token: {SECRET * 3}\n  read_token_file: {tmp_path}/token\n") == [
        "f.yaml: api.read_token_file: should have at least 16 characters [line 7]"
    ]


@pytest.mark.parametrize(
    "section",
    [
        "{type: slack, webhook_url:https://hooks.slack.com/hunter2}",
        "{type:slack, webhook_url:https://hooks.slack.com/hunter2}",
        "{type: 'slack, webhook_url:https://hooks.slack.com/hunter2'}",
        "{type: slack, webhook_url:https://hunter2/x: 1, webhook_url:https://hunter2/x: 2}",
    ],
)
def test_a_secret_that_a_missing_space_makes_a_key_is_not_shown(section: str) -> None:
    base = "databases: [{name: a, dsn:postgresql://u:hunter2@h/db, baseline: b}]\nalerts: {channels: {team: "
    told = "\n".join(mistakes(base + section + "}}"))
    assert "databases[0].dsn: is not a setting known here" in told
    assert "alerts.channels.team" in told
    assert "hunter2" not in told


def test_a_secret_put_where_its_path_belongs_is_not_shown() -> None:
    [told] = mistakes(DATABASE.replace("dsn:", "dsn_file:"))
    assert "dsn_file: its value, which is not shown" in told
    [told] = mistakes(DATABASE + f"alerts: {{channels: {{a: {{type: webhook, url_file: 'https://{SECRET}'}}}}}}\n")
    assert told.startswith("f.yaml: alerts.channels.a: url_file: its value, which is not shown")
    [told] = mistakes(DATABASE + "api: {token_file: hunter2hunter2hunter2}\n")
    assert told.startswith("f.yaml: api: token_file: its value, which is not shown")


def test_a_secret_given_twice_is_a_mistake() -> None:
    assert mistakes(DATABASE + "    dsn_file: /run/dsn\n") == [
        "f.yaml: databases[0].dsn: give dsn or dsn_file, not both [line 3]"
    ]


def test_no_secret_is_in_any_form_of_the_configuration() -> None:
    config = parsed(
        DATABASE + f"alerts: {{channels: {{a: {{type: slack, webhook_url: 'https://{SECRET}'}}, "
        f"b: {{type: webhook, url: 'https://{SECRET}'}}}}}}\n"
    )
    for form in (repr(config), str(config), config.model_dump_json(), repr(config.model_dump())):
        assert SECRET not in form


@pytest.mark.parametrize(
    ("written", "seconds"), [("500ms", 0.5), ("5s", 5.0), ("1.5m", 90.0), ("4 h", 14400.0), ("1d", 86400.0)]
)
def test_a_duration_has_a_unit(written: str, seconds: float) -> None:
    assert parsed(DATABASE + f"    every: {{probe: {written}}}\n").databases[0].every.probe == seconds


@pytest.mark.parametrize(
    "written",
    [
        "5",
        "1.5",
        "true",
        "null",
        "[]",
        "-5s",
        "5 parsecs",
        "5S",
        "''",
        ".inf",
        "0s",
        "s",
        "0.4ms",
        "367d",
        "99999999999d",
        "9" * 400 + "d",
    ],
)
def test_anything_else_is_no_duration(written: str) -> None:
    [told] = mistakes(DATABASE + f"    every: {{rows: {written}}}\n")
    assert told.startswith("f.yaml: databases[0].every.rows: ")


@pytest.mark.parametrize("listen", ["127.0.0.1:9723", "[::1]:1", "localhost:65535"])
def test_an_address_to_listen_on_has_a_host_and_a_port(listen: str) -> None:
    assert parsed(DATABASE + f"listen: '{listen}'\n").listen == listen


@pytest.mark.parametrize(
    "listen", ["9723", ":9723", "localhost", "localhost:0", "localhost:65536", "::1:80", "a:80\\n"]
)
def test_an_address_that_cannot_be_is_refused(listen: str) -> None:
    [told] = mistakes(DATABASE + f'listen: "{listen}"\n')
    range_only = listen.startswith("localhost:")
    what = "the port must be 1 to 65535" if range_only else "must be host:port, such as 127.0.0.1:9723"
    assert told == f"f.yaml: listen: {what} [line 5]"


def test_a_file_that_is_not_there_is_a_mistake_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "nowhere.yaml", {})
    assert str(caught.value) == (
        f"{tmp_path}/nowhere.yaml: no such file; name one with --config, "
        "or look without one: schema-watchdog check --dsn URL --baseline FILE"
    )
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name, why in {"binary.yaml": "not a text file", "": "Is a directory"}.items():
        with pytest.raises(ConfigError, match=rf"{name}: cannot be read: {why}$"):
            load(tmp_path / name, {})


def accepts(schema: dict[str, Any], value: object, definitions: dict[str, Any]) -> bool:  # noqa: C901, PLR0911 its cases
    """As much of JSON Schema as our own says: references, alternatives, objects, arrays, types and choices."""
    if "$ref" in schema:
        return accepts(definitions[schema["$ref"].rpartition("/")[2]], value, definitions)
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema and not any(accepts(one, value, definitions) for one in schema[alternatives]):
            return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    match schema.get("type"), value:
        case "object", dict():
            properties = schema.get("properties", {})
            extra = schema.get("additionalProperties", True)
            known = all(
                accepts(properties[key], item, definitions)
                if key in properties
                else (isinstance(extra, dict) and accepts(extra, item, definitions))
                or extra is True
                or any(accepts(one, item, definitions) for one in schema.get("patternProperties", {}).values())
                for key, item in value.items()
            )
            return known and set(schema.get("required", [])) <= set(value)
        case "array", list():
            return all(accepts(schema.get("items", {}), item, definitions) for item in value)
        case "string", str():
            return True
        case (("number" | "integer"), int() | float()):
            return True
        case ("null", None) | (None, _):
            return True
    return False


def test_the_schema_for_editors_accepts_what_the_watchdog_accepts_and_no_more() -> None:
    schema = Config.model_json_schema()
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    assert accepts(schema, shipped, schema["$defs"])
    by_file = json.loads(json.dumps(shipped))
    by_file["databases"][0]["dsn_file"] = by_file["databases"][0].pop("dsn")
    by_file["alerts"]["channels"] = {"a": {"type": "slack", "webhook_url_file": "/run/x"}}
    assert accepts(schema, by_file, schema["$defs"])
    for place, key in ((shipped, "surplus"), (shipped["databases"][0], "basline"), (shipped["log"], "levl")):
        place[key] = "x"
        assert not accepts(schema, shipped, schema["$defs"])
        del place[key]
    shipped["databases"][0]["every"]["probe"] = 5
    assert not accepts(schema, shipped, schema["$defs"])


def test_the_schema_gives_no_default_that_is_a_secret_and_names_each_secrets_file() -> None:
    definitions = Config.model_json_schema()["$defs"]
    for section in (Database, Slack, Webhook):
        for field in section.secrets:
            properties = definitions[section.__name__]["properties"]
            assert properties[f"{field}_file"]["type"] == "string"
            # Of one that need not be given, what it is stands beside null.
            [secret] = [
                each for each in properties[field].get("anyOf", [properties[field]]) if each["type"] == "string"
            ]
            assert secret["format"] == "password"
            assert field not in definitions[section.__name__]["required"]


def test_a_path_that_cannot_be_is_refused() -> None:
    [told] = mistakes(DATABASE + 'state: "a\\0b"\n')
    assert told.startswith("f.yaml: state: holds a NUL")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("databases: [{name: a, dsn: '${NOT_SET}'}, {name: b}]\nunknown: 1", ("a", "b")),
        ("databases: [{name: a}, {name: 'b $(c)'}, {name: 3}, {}, 4, {name: d}]", ("a", "d")),
        ("databases: {name: a}", ()),
        ("databases: [", ()),
        ("- a", ()),
        ("", ()),
        ("a: 2020-99-99", ()),
    ],
)
def test_the_names_of_databases_are_known_whatever_else_is_wrong(
    tmp_path: Path, text: str, names: tuple[str, ...]
) -> None:
    path = tmp_path / "watchdog.yaml"
    path.write_text(text)
    assert names_in(path) == names


def test_a_configuration_that_cannot_be_read_names_nothing_and_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "pipe", tmp_path / "binary", tmp_path / "absent", tmp_path, Path("a\0b")):
        assert names_in(path) == ()
