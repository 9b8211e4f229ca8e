with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  n.nspname as schema, t.tmplname as text_search_template,
  (select name from function f where f.oid = t.tmplinit) as init_function,
  (select name from function f where f.oid = t.tmpllexize) as lexize_function
from pg_ts_template t
join pg_namespace n on n.oid = t.tmplnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or t.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype = 'e'
  )
