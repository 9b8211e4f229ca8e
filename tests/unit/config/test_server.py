"""A server's address, as a connection string or field by field."""

from pathlib import Path

import pytest

from tests.unit.config.test_load import SECRET, mistakes, parsed

HEAD = "databases: [{name: a, baseline: b, "


def dsn(connection: str, **environment: str) -> str:
    return parsed(f"{HEAD}connection: {connection}}}]", **environment).databases[0].dsn.get_secret_value()


def test_fields_become_the_connection_string_of_the_same_meaning(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p:@#/ \r\n", encoding="utf-8-sig")
    assert dsn(
        f"{{host: db, port: 5433, dbname: my db, user: ada, password_file: {tmp_path}/password, sslmode: verify-full, "
        "sslrootcert: config/ca.crt}"
    ) == ("postgresql://ada:p%3A%40%23%2F@db:5433/my%20db?sslmode=verify-full&sslrootcert=config%2Fca.crt")
    assert dsn("{host: [a, 'b'], port: [1, 2], target_session_attrs: read-write}") == (
        "postgresql://a:1,b:2/?target_session_attrs=read-write"
    )
    assert dsn("{host: /run/postgresql, user: ada}") == "postgresql://ada@%2Frun%2Fpostgresql/"
    assert dsn("{service: production, sslpassword: '${P}'}", P="a b") == (
        "postgresql:///?service=production&sslpassword=a%20b"
    )


def test_the_replica_that_counts_may_be_given_so_too() -> None:
    config = parsed(HEAD + "dsn: postgresql://h, rows: {counting: {connection: {host: replica}}}}]")
    replica = config.databases[0].rows.counting.dsn
    assert replica is not None
    assert replica.get_secret_value() == "postgresql://replica/"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("connection: {}", ["connection: leads nowhere: give host, or service"]),
        ("connection: ", ["connection: leads nowhere: give host, or service"]),
        ("connection: db", ["connection: should be a mapping, key: value"]),
        (
            "dsn: postgresql://h, connection: {host: h}",
            ["dsn: give dsn or connection, not both"],
        ),
        (
            f"connection: {{hst: a, port: 70000, sslmode: bogus, password: {SECRET}, password_file: /x}}",
            [
                "connection.port: Input should be less than or equal to 65535",
                "connection.password: give password or password_file, not both",
                "connection.sslmode: Input should be 'disable', 'allow', 'prefer',",
                "connection.hst: is not a setting known here (a typing error, or its indentation?)",
            ],
        ),
        (
            "connection: {host: [a, b], port: [1, 2, 3]}",
            ["connection: port: 3 ports for 2 hosts: give one for all, or one for each"],
        ),
        (
            "connection: {host: h, sslrootcert: system, sslmode: require}",
            ["connection: sslmode: sslrootcert=system goes with verify-full only"],
        ),
        (
            "connection: {host: h, password: '${P}'}",
            ["connection.password: P is not set (export it, or give password_file)"],
        ),
        (
            f"dsn: 'postgresql://u:{SECRET}@h/x?sslmode=bogus'",
            ["dsn: sslmode: must be one of disable, allow, prefer, require, verify-ca, verify-full"],
        ),
        (
            f"dsn: 'postgresql://u:{SECRET}@h/x?channel_binding=require'",
            ["dsn: channel_binding: the watchdog cannot do what it asks for (leave it out"],
        ),
    ],
)
def test_every_mistake_of_an_address_is_told_with_its_place(given: str, told: list[str]) -> None:
    found = mistakes(f"{HEAD}{given}}}]")
    assert [each.startswith(f"f.yaml: databases[0].{words}") for each, words in zip(found, told, strict=True)] == [
        True for _ in told
    ], found


def test_no_password_of_a_connection_is_in_any_form_of_the_configuration() -> None:
    config = parsed(f"{HEAD}connection: {{host: h, password: {SECRET}, sslpassword: {SECRET}}}}}]")
    for form in (str(config), repr(config), str(config.model_dump()), config.model_dump_json()):
        assert SECRET not in form
