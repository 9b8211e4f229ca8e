-- Schemas that are not the system's and not an extension's.
select
  n.tableoid as class_oid, n.oid as object_oid, 0 as sub_id, n.oid = any($2::oid[]) as blocked,
  n.nspname as schema,
  case when n.nspname = 'public' then exists (
    select from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    where a.grantee = 0 and a.privilege_type = 'CREATE'
  ) end as create_by_public,
  -- Of the two owners that initdb gives, which facets/owner.sql does not tell apart.
  case when n.nspname = 'public' then n.nspowner = 10 end as owned_by_bootstrap_superuser
from pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or n.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = n.tableoid and d.objid = n.oid and d.deptype = 'e'
  )
