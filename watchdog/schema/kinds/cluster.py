"""What stands above all else: the schemas, the database itself, and what it shares with its whole cluster.

Roles, tablespaces and settings are compared only within one cluster: another one, such as the scratch server on which
files are tried, has its own for good reasons.
"""

from watchdog.schema.kind import COMMENT, CRITICAL, INFO, LABELS, MAINTAIN, OWNER, PRIVILEGES, WARNING, Kind
from watchdog.schema.kind import Attribute as A  # noqa: N817 one line an attribute

KINDS = (
    Kind(
        "role",
        ("role",),
        None,
        (
            A("superuser", CRITICAL, "SUPERUSER", "no superuser", "a superuser", group="roles"),
            A("inherit", WARNING, None, "not inheriting privileges", "inheriting privileges", group="roles"),
            A("create_role", CRITICAL, "CREATEROLE", "not creating roles", "creating roles", group="roles"),
            A("create_database", WARNING, "CREATEDB", "not creating databases", "creating databases", group="roles"),
            A("login", CRITICAL, "LOGIN", "not allowed to log in", "allowed to log in", group="roles"),
            A("replication", CRITICAL, "REPLICATION", "not replicating", "replicating", group="roles"),
            A("bypass_rls", CRITICAL, "BYPASSRLS", "not above row security", "above row security", group="roles"),
            A("connection_limit", WARNING, "CONNECTION LIMIT {}", group="roles"),
            A("valid_until", WARNING, "VALID UNTIL {}", group="roles"),
            A("settings", WARNING, group="settings"),
        ),
        (COMMENT, LABELS),
        within="cluster",
        group="roles",
    ),
    Kind(
        "membership",
        ("role", "member"),
        "role",
        (A("options", WARNING, "{}", group="roles"),),
        unexpected=CRITICAL,
        within="cluster",
        group="roles",
        composed=True,
    ),
    Kind(
        "tablespace",
        ("tablespace",),
        None,
        (A("location", WARNING, "LOCATION {}"), A("options", INFO)),
        (OWNER, PRIVILEGES, COMMENT, LABELS),
        missing=WARNING,
        unexpected=INFO,
        within="cluster",
    ),
    Kind(
        "server_setting",
        ("setting",),
        None,
        (
            A("value", WARNING, "{}", veiled=True, group="settings"),
            A("pending_restart", compared=False, kept=False, veiled=True, group="settings"),
        ),
        missing=WARNING,
        doubtful=True,
        within="cluster",
        group="settings",
    ),
    Kind(
        "parameter_privileges",
        ("parameter",),
        None,
        (A("privileges", WARNING, "{}", group="privileges"),),
        missing=WARNING,
        since=15,
        within="cluster",
        group="privileges",
        word="privileges on the setting",
    ),
    Kind(
        "database",
        (),
        None,
        (
            A("encoding", CRITICAL, "ENCODING {}"),
            A("collate", WARNING, "LC_COLLATE {}"),
            A("ctype", WARNING, "LC_CTYPE {}"),
            A("locale_provider", WARNING, "LOCALE_PROVIDER {}"),
            A("locale", WARNING, "LOCALE {}"),
            A("icu_rules", WARNING, "ICU_RULES {}"),
            A("connection_limit", WARNING, within="cluster"),
            A("is_template", WARNING, None, "no template", "a template", within="cluster"),
            A("tablespace", INFO, within="cluster"),
            A("settings", WARNING, group="settings"),
            A("role_settings", WARNING, within="cluster", group="settings"),
            A("version_mismatch", compared=False, kept=False),
        ),
        (OWNER, PRIVILEGES, COMMENT, LABELS),
        group="settings",
    ),
    Kind(
        "default_privileges",
        ("role", "schema", "object_type"),
        None,
        (A("privileges", WARNING, "{}", group="privileges"), MAINTAIN),
        missing=WARNING,
        group="privileges",
        composed=True,
    ),
    Kind(
        "schema",
        ("schema",),
        None,
        (
            # Closed since 15, so that another major says nothing.
            A(
                "create_by_public",
                CRITICAL,
                None,
                "closed to new objects of PUBLIC",
                "open to new objects of PUBLIC",
                within="major",
            ),
            # As initdb makes it until 14, so that another major says nothing.
            A(
                "owned_by_bootstrap_superuser",
                WARNING,
                None,
                "not owned by the superuser that initdb made",
                "owned by the superuser that initdb made",
                within="major",
                group="owners",
            ),
        ),
        (OWNER, PRIVILEGES, COMMENT, LABELS),
    ),
)
