select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  n.nspname as schema, t.typname as enum,
  nullif(
    array(select quote_literal(e.enumlabel) from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder), '{}'
  ) as labels
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
where t.typtype = 'e'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or t.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype = 'e'
  )
