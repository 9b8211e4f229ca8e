-- Languages that no extension brought: their functions are told by name, their arguments are always the same.
with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  l.tableoid as class_oid, l.oid as object_oid, 0 as sub_id, l.oid = any($2::oid[]) as blocked,
  l.lanname as language,
  l.lanpltrusted as trusted,
  (select name from function f where f.oid = l.lanplcallfoid) as handler,
  (select name from function f where f.oid = l.laninline) as inline_handler,
  (select name from function f where f.oid = l.lanvalidator) as validator
from pg_language l
where l.oid >= 16384
  and ($1::oid[] is null or l.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = l.tableoid and d.objid = l.oid and d.deptype = 'e'
  )
