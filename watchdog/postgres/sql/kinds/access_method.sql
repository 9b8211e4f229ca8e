with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  a.tableoid as class_oid, a.oid as object_oid, 0 as sub_id, a.oid = any($2::oid[]) as blocked,
  a.amname as access_method,
  case a.amtype when 't' then 'table access method' when 'i' then 'index access method' end as access_method_kind,
  (select name from function f where f.oid = a.amhandler) as handler
from pg_am a
where a.oid >= 16384
  and ($1::oid[] is null or a.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = a.tableoid and d.objid = a.oid and d.deptype = 'e'
  )
