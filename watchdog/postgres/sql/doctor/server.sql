-- The server, how busy it is, how it speaks with whoever is at the other end, and how far behind it is.
select
  clock_timestamp() as clock,
  pg_backend_pid() as pid,
  d.datconnlimit as database_limit,
  (select numbackends from pg_stat_database where datid = d.oid) as database_used,
  (select sum(numbackends)::int from pg_stat_database) as used,
  (select count(*)::int from pg_stat_activity where usename = current_user) as role_used,
  coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false) as tls,
  -- Nothing is replayed where nothing happens: then it is not behind.
  case
    when pg_is_in_recovery() and pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn()
    then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8
  end as lag_seconds
from pg_database d
where d.datname = current_database()
