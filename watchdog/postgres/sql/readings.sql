-- Everything that is known of every table's rows without reading a row: one row a table, leaf, root or materialized view.
-- Statistics come from functions by oid, at half the price of the views; none of the functions locks a relation.
select
  n.nspname::pg_catalog.text as schema,
  c.relname::pg_catalog.text as table,
  c.oid::pg_catalog.int8 as oid,
  c.relkind::pg_catalog.text as relkind,
  c.relpersistence = 'u' as unlogged,
  c.relfilenode::pg_catalog.int8 as relfilenode,
  c.relpages,
  -- What no table can hold, infinity and NaN too, is no estimate: from 18 on whoever restores statistics may write any.
  case when c.reltuples < 1e15 then c.reltuples::pg_catalog.float8::pg_catalog.int8 else -1 end as reltuples,
  pg_catalog.pg_stat_get_live_tuples(c.oid) as live,
  pg_catalog.pg_stat_get_tuples_inserted(c.oid) as inserted,
  pg_catalog.pg_stat_get_tuples_updated(c.oid) as updated,
  pg_catalog.pg_stat_get_tuples_deleted(c.oid) as deleted,
  greatest(
    pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)
  ) as analyzed_at,
  pg_catalog.pg_stat_get_vacuum_count(c.oid) + pg_catalog.pg_stat_get_autovacuum_count(c.oid)
    + pg_catalog.pg_stat_get_analyze_count(c.oid) + pg_catalog.pg_stat_get_autoanalyze_count(c.oid) as maintained,
  rn.nspname::pg_catalog.text as root_schema,
  r.relname::pg_catalog.text as root_table,
  c.relispopulated as populated,
  c.relrowsecurity and pg_catalog.row_security_active(c.oid) as row_security,
  coalesce(
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_any_column_privilege(c.oid, 'SELECT'), false
  ) as may_select
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
-- Asked of partitions only, as it walks up the tree. A partition whose detachment is pending is its own root already.
left join pg_catalog.pg_class r
  on r.oid = case when c.relispartition then nullif(pg_catalog.pg_partition_root(c.oid), c.oid) end
left join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
where (c.relkind in ('r', 'm') or c.relkind = 'f' and r.oid is not null or c.relkind = 'p' and r.oid is null)
  and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  -- From the extensions down, not from each table up: they have few members.
  and c.oid not in (
    select d.objid from pg_catalog.pg_depend d
    where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'e'
  )
order by n.nspname, c.relname
