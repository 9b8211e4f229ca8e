-- Facts of the server, and whether this role may ask for the cluster's identity.
select
  current_setting('server_version_num')::int as version_num,
  pg_is_in_recovery() as in_recovery,
  current_database() as database,
  has_function_privilege('pg_control_system()', 'execute') as may_identify
