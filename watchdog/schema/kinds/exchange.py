"""What ties a database to others: extensions, replication and foreign data."""

from watchdog.schema.kind import COMMENT, CRITICAL, INFO, LABELS, OWNER, PRIVILEGES, WARNING, Kind
from watchdog.schema.kind import Attribute as A  # noqa: N817 one line an attribute

KINDS = (
    Kind(
        "extension",
        ("extension",),
        None,
        (
            # Each major ships its own.
            A("version", WARNING, "version {}", within="major"),
            A("schema", INFO),
            A("available_version", compared=False, kept=False),
        ),
        (COMMENT,),
    ),
    Kind(
        "publication",
        ("publication",),
        None,
        (
            A("all_tables", CRITICAL, "FOR ALL TABLES", "for some tables", "for all tables"),
            A("publishes", CRITICAL, "of {}"),
            A("via_root", WARNING, None, "publishing partitions as such", "publishing partitions as their root"),
            A("generated_columns", WARNING),
            A("schemas", CRITICAL, "FOR TABLES IN SCHEMA {}"),
            A("tables_without_identity", compared=False, kept=False),
        ),
        (OWNER, COMMENT, LABELS),
    ),
    Kind(
        "publication_table",
        ("publication", "schema", "relation"),
        "publication",
        (A("column_list", CRITICAL, "{}", parts=True), A("row_filter", CRITICAL, "WHERE {}", sql=True)),
        word="published table",
        phrase="entry of publication {0} for table {1}.{2}",
        composed=True,
    ),
    Kind(
        "subscription",
        ("subscription",),
        None,
        (
            A("enabled", CRITICAL, None, "disabled", "enabled"),
            A("publications", CRITICAL, "PUBLICATION {}"),
            A("slot_name", WARNING),
            # 13 shows these two to nobody but superusers.
            A("synchronous_commit", WARNING, since=14),
            # 18 has another default.
            A("streaming", INFO, since=14, within="major"),
            A("options", WARNING),
        ),
        (OWNER, COMMENT, LABELS),
    ),
    Kind(
        "foreign_data_wrapper",
        ("foreign_data_wrapper",),
        None,
        (A("handler", CRITICAL, "HANDLER {}"), A("validator", WARNING), A("options", WARNING)),
        (OWNER, PRIVILEGES, COMMENT),
    ),
    Kind(
        "foreign_server",
        ("foreign_server",),
        None,
        (
            A("foreign_data_wrapper", CRITICAL, "FOREIGN DATA WRAPPER {}"),
            A("type", INFO),
            A("version", INFO),
            A("options", CRITICAL),
        ),
        (OWNER, PRIVILEGES, COMMENT),
    ),
    Kind(
        "user_mapping",
        ("foreign_server", "user"),
        "foreign_server",
        (A("options", CRITICAL, veiled=True),),
        composed=True,
    ),
    Kind(
        "foreign_table",
        ("schema", "relation"),
        "relation",
        (A("server", CRITICAL, "SERVER {}"), A("options", CRITICAL)),
    ),
)
