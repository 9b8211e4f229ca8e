-- The catalogs whose changes may be somebody's DDL: all but what moves by itself (statistics, large objects, the state
-- of replication, and pg_shdepend, which repeats what others say); which of them this role may read, and whether it may
-- ask what was counted in them.
select
  c.oid, c.relname::text as name, has_table_privilege(c.oid, 'select') as may_read,
  (select oid from pg_database where datname = current_database()) as database,
  has_function_privilege('pg_stat_get_tuples_inserted(oid)', 'execute')
    and has_function_privilege('pg_stat_get_tuples_updated(oid)', 'execute')
    and has_function_privilege('pg_stat_get_tuples_deleted(oid)', 'execute')
    and has_function_privilege('pg_stat_get_db_stat_reset_time(oid)', 'execute')
    and has_function_privilege('pg_stat_get_bgwriter_stat_reset_time()', 'execute') as may_count
from pg_class c
where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' and c.oid < 16384
  and c.relname not in (
    'pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_subscription_rel',
    'pg_replication_origin', 'pg_shdepend'
  )
order by c.oid
