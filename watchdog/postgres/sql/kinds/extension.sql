select
  e.tableoid as class_oid, e.oid as object_oid, 0 as sub_id, e.oid = any($2::oid[]) as blocked,
  e.extname as extension,
  e.extversion as version,
  n.nspname as schema
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
where $1::oid[] is null or e.oid = any($1)
