-- The system catalogs that other sessions have locked against reading; a shared one is in no database.
select distinct relation::regclass::text as name
from pg_locks
where locktype = 'relation' and mode = 'AccessExclusiveLock' and granted and pid is distinct from pg_backend_pid()
  and relation < 16384
  and database in (0, (select oid from pg_database where datname = current_database()))
order by 1
