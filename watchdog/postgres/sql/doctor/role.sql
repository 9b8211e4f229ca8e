-- Who asks, and what that role may do beyond looking.
select
  r.rolname::text as name,
  session_user::text as session_name,
  r.rolsuper as superuser,
  array_remove(array[
    case when r.rolcreaterole then 'CREATEROLE' end, case when r.rolcreatedb then 'CREATEDB' end,
    case when r.rolreplication then 'REPLICATION' end
  ], null) as attributes,
  r.rolconnlimit as connection_limit,
  case when isfinite(r.rolvaliduntil) then r.rolvaliduntil end as valid_until,
  pg_has_role('pg_monitor', 'USAGE') as monitor,
  pg_has_role('pg_read_all_stats', 'USAGE') as reads_statistics,
  pg_has_role('pg_read_all_settings', 'USAGE') as reads_settings,
  -- Servers have more of these from version to version.
  array(
    select p.rolname::text from pg_roles p
    where p.rolname in (
      'pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_read_server_files',
      'pg_signal_backend', 'pg_maintain', 'pg_create_subscription', 'pg_checkpoint'
    ) and not r.rolsuper and pg_has_role(p.oid, 'MEMBER')
    order by 1
  ) as powers,
  (
    select count(*) from pg_class c
    where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not r.rolsuper
      and pg_has_role(c.relowner, 'USAGE')
  ) as owned
from pg_roles r
where r.rolname = current_user
