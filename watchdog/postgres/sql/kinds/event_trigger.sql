with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  e.tableoid as class_oid, e.oid as object_oid, 0 as sub_id, e.oid = any($2::oid[]) as blocked,
  e.evtname as event_trigger,
  e.evtevent::text as event,
  nullif(array(select tag collate "C" from unnest(e.evttags) tag order by 1), '{}') as tags,
  (select name from function f where f.oid = e.evtfoid) as function,
  case e.evtenabled when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end
    as enabled
from pg_event_trigger e
where e.oid >= 16384
  and ($1::oid[] is null or e.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = e.tableoid and d.objid = e.oid and d.deptype = 'e'
  )
