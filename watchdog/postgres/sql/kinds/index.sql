-- Indexes. $1 and $2 are relations. What carries a constraint is told there; a partition's index follows its parent.
select
  ic.tableoid as class_oid, ic.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, ic.relname as index,
  case when c.oid <> all($2) then pg_get_indexdef(ic.oid) end as definition,
  i.indisvalid and i.indisready as valid,
  i.indisunique as unique,
  ts.spcname as tablespace,
  i.indisclustered as clustered,
  nullif(array(
    select a.attnum || ': ' || a.attstattarget from pg_attribute a
    where a.attrelid = ic.oid and a.attstattarget >= 0
    order by a.attnum
  ), '{}') as statistics_targets
from pg_index i
join pg_class ic on ic.oid = i.indexrelid
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_tablespace ts on ts.oid = ic.reltablespace
where not ic.relispartition
  and c.relkind in ('r', 'p', 'm')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_constraint con where con.conindid = ic.oid and con.contype in ('p', 'u', 'x')
  )
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
