-- Indexes. $1 and $2 are relations. What carries a constraint is told there; a partition's index follows its parent.
-- To have the server render a definition costs several times what all else of an index does. That of the ordinary index
-- is put together here, in the very words of pg_get_indexdef: of one to three plain columns, each with the collation of
-- its column and the operator class that its type has by default.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (select false as indnullsnotdistinct),
-- What few columns of indexes have: a target of their own, or parameters of their operator class.
particular as (
  select attrelid, array_agg(attnum || ': ' || attstattarget order by attnum) filter (where attstattarget >= 0) as targets,
    bool_or(attoptions is not null) as has_options
  from pg_attribute
  where (attstattarget >= 0 or attoptions is not null)
    and ($1::oid[] is null or attrelid = any(array(select indexrelid from pg_index where indrelid = any($1))))
  group by attrelid
)
select
  ic.tableoid as class_oid, ic.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, ic.relname as index,
  case when c.oid <> all($2) then coalesce(
    case
      when i.indnatts <= 3 and i.indnatts = i.indnkeyatts and i.indexprs is null and i.indpred is null
        and ic.relkind = 'i' and ic.reloptions is null and not coalesce(particular.has_options, false)
        and not i.indnullsnotdistinct
      then 'CREATE ' || case when i.indisunique then 'UNIQUE ' else '' end || 'INDEX ' || quote_ident(ic.relname)
        || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' USING ' || quote_ident(am.amname)
        || ' (' || :index_key_0
        || case when i.indnatts > 1 then ', ' || :index_key_1 else '' end
        || case when i.indnatts > 2 then ', ' || :index_key_2 else '' end
        || ')'
    end,
    pg_get_indexdef(ic.oid)
  ) end as definition,
  i.indisvalid and i.indisready as valid,
  i.indisunique as unique,
  ts.spcname as tablespace,
  i.indisclustered as clustered,
  particular.targets as statistics_targets
from older
cross join lateral (
  select indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisclustered, indisvalid,
    indisready, indkey, indcollation, indclass, indoption, indexprs, indpred
  from pg_index
) i
join pg_class ic on ic.oid = i.indexrelid
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_am am on am.oid = ic.relam
left join particular on particular.attrelid = ic.oid
left join pg_tablespace ts on ts.oid = ic.reltablespace
where not ic.relispartition
  and c.relkind in ('r', 'p', 'm')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_constraint con
    where con.conrelid = c.oid and con.conindid = ic.oid and con.contype in ('p', 'u', 'x')
  )
  and not exists (
    select from pg_depend d
    where d.refclassid = 'pg_extension'::regclass and d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.deptype = 'e'
  )
