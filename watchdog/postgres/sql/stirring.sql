-- Numbers that move with every row that is written in this database, of a catalog too. $1 is the database's oid. As
-- gate.sql it reads no table and needs no transaction.
select
  pg_catalog.pg_postmaster_start_time() as started_at,
  greatest(
    pg_catalog.pg_stat_get_bgwriter_stat_reset_time(), pg_catalog.pg_stat_get_db_stat_reset_time($1::pg_catalog.oid)
  ) as since,
  pg_catalog.pg_stat_get_db_tuples_inserted($1::pg_catalog.oid) as inserted,
  pg_catalog.pg_stat_get_db_tuples_updated($1::pg_catalog.oid) as updated,
  pg_catalog.pg_stat_get_db_tuples_deleted($1::pg_catalog.oid) as deleted,
  -- Where the numbers may not move, though a catalog's row did: see schema/gate.py.
  case
    when pg_catalog.pg_is_in_recovery() or pg_catalog.current_setting('track_counts') operator(pg_catalog.<>) 'on'
      or pg_catalog.current_setting('server_version_num')::pg_catalog.int4 operator(pg_catalog.<) 150000
    then pg_catalog.pg_current_snapshot()::pg_catalog.text
  end as snapshot
