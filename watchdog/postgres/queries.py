"""The queries, a file each. A kind or a facet may have files for a version and up: the closest lower one is used."""

from functools import cache
from importlib.resources import files

_SQL = files("watchdog.postgres") / "sql"

# What queries share, each called as psql calls a variable. That an option is a secret is told, as name=value, by its
# name or by an address with a password in its value; of an option `o` that is one only the name is shown.
_SUSPECT_NAME = "'^[^=]*(pass(?!word_(required|encryption))|pwd|secret|token|key|credential|conninfo|auth=)'"
_SUSPECT_VALUE = "'=.*(://[^/@ ]*:[^/@ ]*@|pass[a-z]* *=)'"
# Of a relation `c` in `n` that it is asked for by $1, and is neither the system's nor an extension's. What belongs to
# extensions is few, and found once.
_IS_OWN = """n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and ($1::oid[] is null or c.oid = any($1))
    and not exists (
      select from pg_depend d
      where d.refclassid = 'pg_extension'::regclass and d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.deptype = 'e'
    )"""
# What pg_get_indexdef begins with, of an index that is not a partitioned table's.
_INDEX_HEAD = (
    "case when i.indisunique then 'CREATE UNIQUE INDEX ' else 'CREATE INDEX ' end"
    " || quote_ident(ic.relname) || ' ON ' || c.qualified"
)
# That nothing but its key and predicate follows: no storage parameters, and none of an operator class. Those stand with
# a column, so columns are asked only where a class may take any, which one of btree or hash does by a support function;
# and one by one, which `offset` brings about, as the planner would read those of all relations.
_INDEX_IS_ORDINARY = """ic.relkind = 'i' and ic.reloptions is null and not case
        when ic.relam <> all(array(select oid from pg_am where amname in ('btree', 'hash')))
          or i.indclass::oid[] && array(
            select o.oid from pg_opclass o
            join pg_am am on am.oid = o.opcmethod
            join pg_amproc p on p.amprocfamily = o.opcfamily
            where (am.amname, p.amprocnum) in (('btree', 5), ('hash', 3))
          )
        then exists (
          select from pg_attribute where attrelid = ic.oid and attnum > 0 and attoptions is not null offset 0
        )
        else false
      end"""
# Its key at a place, as printed with nothing to add; NULL where there is something. The class is the type's by default
# if it says so itself, and names that very type; varchar has by default that of text.
_INDEX_KEY = """
  case
    when (i.indcollation[#] = 0 or i.indcollation[#] = c.collations[i.indkey[#]])
      and (c.types[i.indkey[#]], i.indclass[#]) in (
        select o.opcintype, o.oid from pg_opclass o where o.opcdefault
        union all
        select 'varchar'::regtype, o.oid from pg_opclass o
        where o.opcdefault and o.opcintype = 'text'::regtype
          and not exists (
            select from pg_opclass own
            where own.opcdefault and own.opcintype = 'varchar'::regtype and own.opcmethod = o.opcmethod
          )
      )
    then c.names[i.indkey[#]]
      || case i.indoption[#]
        when 0 then '' when 1 then ' DESC NULLS LAST' when 2 then ' NULLS FIRST' when 3 then ' DESC'
      end
  end
"""
# One column or two, of a table and of the one that it refers to.
_CONSTRAINT_KEY = (
    "case cardinality(con.conkey) when 1 then c.names[con.conkey[1]]"
    " else c.names[con.conkey[1]] || ', ' || c.names[con.conkey[2]] end"
)
_REFERENCED_KEY = _CONSTRAINT_KEY.replace("c.names", "f.names").replace("con.conkey", "con.confkey")
_SHARED = {
    # A key by which groups cannot be sorted: of the many rows of a large schema there are few groups.
    ":by_hash": "'0'::xid",
    ":is_own": _IS_OWN,
    ":constraint_key": _CONSTRAINT_KEY,
    ":referenced_key": _REFERENCED_KEY,
    ":index_head": _INDEX_HEAD,
    ":index_is_ordinary": _INDEX_IS_ORDINARY,
    **{f":index_key_{place}": _INDEX_KEY.replace("#", str(place)) for place in range(3)},
    ":'secret_option'": _SUSPECT_NAME,
    ":'secret_within'": _SUSPECT_VALUE,
    ":option_shown": (
        f"case when o ~* {_SUSPECT_NAME} or o ~* {_SUSPECT_VALUE} then split_part(o, '=', 1) || '=(hidden)' else o end"
    ),
}


@cache
def query(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    text = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    for call, shared in _SHARED.items():
        text = text.replace(call, shared)
    return text


def kind_query(kind: str, major: int) -> str:
    """The text of `sql/kinds/<kind>.<version>.sql`, the highest up to `major`, else of `sql/kinds/<kind>.sql`."""
    return _closest("kinds", kind, major)


def facet_query(facet: str, major: int) -> str:
    """The same in `sql/facets/`."""
    return _closest("facets", facet, major)


@cache
def _closest(folder: str, name: str, major: int) -> str:
    versions = [version for version, of in _versions(folder) if of == name and version <= major]
    return query(f"{folder}/{name}.{max(versions)}" if versions else f"{folder}/{name}")


@cache
def _versions(folder: str) -> tuple[tuple[int, str], ...]:
    names = [path.name.split(".") for path in (_SQL / folder).iterdir()]
    return tuple((int(parts[1]), parts[0]) for parts in names if len(parts) == 3)  # noqa: PLR2004 name, version, "sql"
