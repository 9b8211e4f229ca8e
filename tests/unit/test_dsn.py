import pytest

from watchdog.postgres.dsn import destination, hosts


@pytest.mark.parametrize(
    ("dsn", "told"),
    [
        ("postgresql://ada:pw@db.example:6432/milo?sslmode=require", " to db.example:6432/milo as ada"),
        ("postgres://ada@[::1]/milo", " to [::1]/milo as ada"),
        ("postgresql://a%40b:p%2Fw@h1:1,h2:2/my%20db", " to h1:1,h2:2/my db as a@b"),
        ("postgresql://postgres@/milo?host=%2Frun%2Fpg&port=5432&password=pw", " to /run/pg:5432/milo as postgres"),
        ("postgresql:///?dbname=milo&user=ada&password=pw", " to the default host/milo as ada"),
        ("postgresql://ada@h/a%0Ab", " to h/a\\u000ab as ada"),
        ("postgresql://", " to the default host"),
    ],
)
def test_a_destination_is_said_without_the_password(dsn: str, told: str) -> None:
    assert destination(dsn) == told


@pytest.mark.parametrize("dsn", ["", "mysql://u@h/d", "postgresql://u:a/b@h/d", "postgresql://u:p@p@h/d", "host=h"])
def test_what_cannot_be_taken_apart_for_sure_is_not_shown_at_all(dsn: str) -> None:
    assert destination(dsn) == ""


@pytest.mark.parametrize(
    ("dsn", "named"),
    [
        ("postgresql://ada:pw@a.example:1,b.example/milo", (("a.example", 1), ("b.example", None))),
        ("postgresql://ada@[::1]:1,h%2D2:2/milo?target_session_attrs=primary", (("::1", 1), ("h-2", 2))),
        ("postgresql://ada@/milo?host=a,b,c&port=1,2,3", (("a", 1), ("b", 2), ("c", 3))),
        ("postgresql://ada@a,b/milo?port=6432", (("a", 6432), ("b", 6432))),
        ("postgresql://ada@a:1/milo", ()),
        ("postgresql:///milo", ()),
        ("postgresql://ada@a,b/milo?target_session_attrs=prefer-standby", ()),
        ("postgresql://ada@a,b/milo?port=1,2,3", ()),
        ("postgresql://ada:p@w@a,b/milo", ()),
    ],
)
def test_several_hosts_are_told_apart(dsn: str, named: object) -> None:
    assert hosts(dsn) == named
