-- Definitions of views and materialized views. The rendering locks every relation that the view names.
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation,
  case when c.oid <> all($2) then rtrim(ltrim(pg_get_viewdef(c.oid)), ';') end as definition,
  case when c.relkind = 'm' then c.relispopulated end as populated
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
