"""Names of types as people write them, brought to what the server prints (`format_type`), so that they compare."""

import re

from watchdog.sqltext import name_parts, qualified

# pg_type of 13 to 18, as format_type prints it without a modifier: what a bare name may be.
BUILT_IN = frozenset(
    (
        *"""
        aclitem anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray
        anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange bigint bit boolean box bpchar bytea
        character cid cidr circle cstring date datemultirange daterange event_trigger fdw_handler gtsvector
        index_am_handler inet int2vector int4multirange int4range int8multirange int8range integer internal interval
        json jsonb jsonpath language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid
        oidvector path pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_ddl_command pg_dependencies pg_lsn
        pg_mcv_list pg_ndistinct pg_node_tree pg_snapshot point polygon real record refcursor regclass regcollation
        regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype smallint
        table_am_handler text tid trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector
        txid_snapshot unknown uuid void xid xid8 xml
        """.split(),
        '"any"',
        '"char"',
        "bit varying",
        "character varying",
        "double precision",
        "time with time zone",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
    )
)
_ALSO = {
    "bigserial": "bigint",
    "bool": "boolean",
    "char": "character",
    "char varying": "character varying",
    "dec": "numeric",
    "decimal": "numeric",
    "float": "double precision",
    "float4": "real",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "national character": "character",
    "national character varying": "character varying",
    "nchar": "character",
    "serial": "integer",
    "serial2": "smallint",
    "serial4": "integer",
    "serial8": "bigint",
    "smallserial": "smallint",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
}
# `time` and `timestamp` carry their modifier in the middle, an interval may name its fields.
_MODIFIED_WITHIN = re.compile(r"(?P<first>time|timestamp)(?P<rest> with(?:out)? time zone)")
_FIELDS = re.compile(r"interval (?:year|month|day|hour|minute|second)(?: to (?:month|hour|minute|second))?")
# How long they are where nothing is said.
_OF_ONE = frozenset(("bit", "character"))
_MOST_DIGITS_OF_REAL = 24

_QUOTED = re.compile(r'("(?:[^"]|"")*")')
_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)'
_FORM = re.compile(
    rf"""(?P<name>{_NAME}(?:\.{_NAME}|(?:[ ][a-z0-9_]+)*?))
        [ ]?(?:\((?P<modifier>[^()]+)\))?
        (?P<zone>[ ]with(?:out)?[ ]time[ ]zone)?
        (?P<array>(?:[ ]?\[\d*\])+|[ ]array(?:[ ]?\[\d+\])?)?""",
    re.VERBOSE | re.ASCII,
)


def type_name(text: str, *, modifiers: bool = True) -> str:
    """The name as `format_type` prints it: `int8` is bigint, `decimal(8)` numeric(8,0), `timestamptz[]` an array.

    Without `modifiers` as it prints the argument of a function, which has no length.

    Raises:
        ValueError: for what is no name of a type, or one that only its schema would tell.
    """
    folded = (part if part[:1] == '"' else part.lower() for part in _parts(text))
    form = _FORM.fullmatch("".join(folded).strip())
    if form is None:
        raise ValueError(_no_type(text))
    modifier = "".join((form["modifier"] or "").split())
    written = form["name"] + (form["zone"] or "")
    if "." in written or '"' in written:
        name = _own(written, text)
    elif written == "float" and modifier.isdecimal():
        name, modifier = "real" if int(modifier) <= _MOST_DIGITS_OF_REAL else "double precision", ""
    else:
        name = _ALSO.get(written, written)
        if name not in BUILT_IN and not _FIELDS.fullmatch(name):
            raise ValueError(_no_type(text))
    return (_modified(name, modifier) if modifiers else _argument(name)) + ("[]" if form["array"] else "")


def _parts(text: str) -> list[str]:
    """What stands within and between double quotes, the white space between them made one space."""
    return [part if part[:1] == '"' else re.sub(r"\s+", " ", part) for part in _QUOTED.split(text)]


def _own(written: str, text: str) -> str:
    """A name with its schema, or one of the server's own two that need quotes."""
    if written in BUILT_IN:
        return written
    match name_parts(written):
        case ("pg_catalog", name):
            return _ALSO.get(name, name)
        case (_, _) as names:
            return qualified(names)
    raise ValueError(_no_type(text))


def _modified(name: str, modifier: str) -> str:
    if not modifier:
        return f"{name}(1)" if name in _OF_ONE else name
    if name == "numeric" and modifier.isdecimal():
        modifier += ",0"
    if within := _MODIFIED_WITHIN.fullmatch(name):
        return f"{within['first']}({modifier}){within['rest']}"
    return f"{'character' if name == 'bpchar' else name}({modifier})"


def _argument(name: str) -> str:
    return "character" if name == "bpchar" else "interval" if _FIELDS.fullmatch(name) else name


def _no_type(text: str) -> str:
    return f"{text!r} is no type of the server's own; of another say the schema too, such as public.mood"
