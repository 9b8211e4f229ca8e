-- Conversions. The function is told by name: 14 gave the server's own one argument more.
with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.conname as conversion,
  pg_encoding_to_char(c.conforencoding)::text as source_encoding,
  pg_encoding_to_char(c.contoencoding)::text as destination_encoding,
  (select name from function f where f.oid = c.conproc) as function,
  c.condefault as default
from pg_conversion c
join pg_namespace n on n.oid = c.connamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
