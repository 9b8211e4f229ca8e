"""Data types that people make, and collations."""

from watchdog.schema.kind import COMMENT, CRITICAL, INFO, LABELS, OWNER, PRIVILEGES, WARNING, Kind
from watchdog.schema.kind import Attribute as A  # noqa: N817 one line an attribute

_FACETS = (OWNER, PRIVILEGES, COMMENT, LABELS)

KINDS = (
    Kind(
        "collation",
        ("schema", "collation"),
        "schema",
        (
            A("provider", CRITICAL, "PROVIDER {}"),
            A("locale", CRITICAL, "LOCALE {}"),
            A("lc_collate", CRITICAL, "LC_COLLATE {}"),
            A("lc_ctype", CRITICAL, "LC_CTYPE {}"),
            A("rules", CRITICAL, "RULES {}"),
            A("deterministic", CRITICAL, None, "not deterministic", "deterministic"),
            A("encoding", INFO),
            A("version", WARNING, within="cluster"),
            A(
                "version_mismatch",
                CRITICAL,
                None,
                "of the version that the operating system provides",
                "of another version than the operating system provides",
                compared=False,
                kept=False,
            ),
        ),
        (OWNER, COMMENT),
    ),
    Kind("enum", ("schema", "enum"), "schema", (A("labels", CRITICAL, "({})"),), _FACETS),
    Kind(
        "domain",
        ("schema", "domain"),
        "schema",
        (
            A("data_type", CRITICAL, "{}"),
            A("collation", WARNING, "COLLATE {}"),
            A("default", WARNING, "DEFAULT {}", sql=True),
            A("not_null", CRITICAL, "NOT NULL", "nullable", "NOT NULL"),
            A("constraints", CRITICAL, "{}", sql=True),
            A("constraint_comments", INFO, group="comments"),
        ),
        _FACETS,
    ),
    Kind(
        "composite",
        ("schema", "composite"),
        "schema",
        (A("fields", CRITICAL, "({})", sql=True), A("field_comments", INFO, group="comments")),
        _FACETS,
        word="composite type",
    ),
    Kind(
        "range",
        ("schema", "range"),
        "schema",
        (
            A("subtype", CRITICAL, "of {}"),
            A("subtype_operator_class", CRITICAL, "SUBTYPE_OPCLASS {}"),
            A("collation", WARNING, "COLLATION {}"),
            A("canonical_function", CRITICAL, "CANONICAL {}"),
            A("subtype_diff_function", WARNING, "SUBTYPE_DIFF {}"),
            A("multirange_type", CRITICAL, since=14),
        ),
        _FACETS,
        word="range type",
    ),
    Kind(
        "base_type",
        ("schema", "type"),
        "schema",
        (
            A("defined", CRITICAL, None, "only a shell", "defined"),
            A("input_function", CRITICAL, "INPUT {}"),
            A("output_function", CRITICAL, "OUTPUT {}"),
            A("receive_function", WARNING),
            A("send_function", WARNING),
            A("type_modifier_input_function", WARNING),
            A("type_modifier_output_function", WARNING),
            A("analyze_function", INFO),
            A("subscript_function", WARNING),
            A("internal_length", CRITICAL),
            A("passed_by_value", CRITICAL, None, "passed by reference", "passed by value"),
            A("alignment", CRITICAL),
            A("storage", INFO),
            A("category", WARNING),
            A("preferred", WARNING, None, "not preferred in its category", "preferred in its category"),
            A("default", WARNING, "DEFAULT {}"),
            A("element", CRITICAL),
            A("delimiter", CRITICAL),
            A("collatable", CRITICAL, None, "not collatable", "collatable"),
        ),
        _FACETS,
    ),
)
