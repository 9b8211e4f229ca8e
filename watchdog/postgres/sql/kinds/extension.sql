-- $1 and $2 are extensions.
select
  e.tableoid as class_oid, e.oid as object_oid, 0 as sub_id, e.oid = any($2::oid[]) as blocked,
  e.extname as extension,
  e.extversion as version,
  n.nspname as schema,
  nullif(a.default_version, e.extversion) as available_version
from pg_extension e
left join pg_namespace n on n.oid = e.extnamespace
left join pg_available_extensions() a on a.name = e.extname
where $1::oid[] is null or e.oid = any($1)
