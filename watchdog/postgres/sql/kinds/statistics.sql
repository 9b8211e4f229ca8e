-- Extended statistics. $2 are relations or statistics.
select
  s.tableoid as class_oid, s.oid as object_oid, 0 as sub_id, s.stxrelid = any($2::oid[]) or s.oid = any($2) as blocked,
  n.nspname as schema, s.stxname as statistics,
  case when s.stxrelid <> all($2) and s.oid <> all($2) then pg_get_statisticsobjdef(s.oid) end as definition,
  nullif(s.stxstattarget, -1)::int as statistics_target
from pg_statistic_ext s
join pg_namespace n on n.oid = s.stxnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or s.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = s.tableoid and d.objid = s.oid and d.deptype = 'e'
  )
