with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  p.tableoid as class_oid, p.oid as object_oid, 0 as sub_id, p.oid = any($2::oid[]) as blocked,
  n.nspname as schema, p.prsname as text_search_parser,
  (select name from function f where f.oid = p.prsstart) as start_function,
  (select name from function f where f.oid = p.prstoken) as get_token_function,
  (select name from function f where f.oid = p.prsend) as end_function,
  (select name from function f where f.oid = p.prslextype) as lexeme_types_function,
  (select name from function f where f.oid = p.prsheadline) as headline_function
from pg_ts_parser p
join pg_namespace n on n.oid = p.prsnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or p.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = p.tableoid and d.objid = p.oid and d.deptype = 'e'
  )
