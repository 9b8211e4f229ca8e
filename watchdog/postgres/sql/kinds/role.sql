-- Roles that are not the system's. $1 and $2 are roles. From pg_roles, which shows nobody a password.
select
  'pg_authid'::regclass::oid as class_oid, r.oid as object_oid, 0 as sub_id, r.oid = any($2::oid[]) as blocked,
  r.rolname as role,
  r.rolsuper as superuser,
  r.rolinherit as inherit,
  r.rolcreaterole as create_role,
  r.rolcreatedb as create_database,
  r.rolcanlogin as login,
  r.rolreplication as replication,
  r.rolbypassrls as bypass_rls,
  nullif(r.rolconnlimit, -1) as connection_limit,
  nullif(r.rolvaliduntil, 'infinity')::text as valid_until,
  nullif(array(
    select :option_shown collate "C"
    from unnest(r.rolconfig) o order by 1
  ), '{}') as settings
from pg_roles r
where r.rolname !~ '^pg_'
  and ($1::oid[] is null or r.oid = any($1))
