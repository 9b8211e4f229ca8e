-- Numbers that move with every row that is written in this database, of a catalog too; and what tells whether they can be
-- trusted to. $1 is the database's oid. As gate.sql it reads no table and needs no transaction.
select
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as version_num,
  pg_catalog.pg_postmaster_start_time() as started_at,
  pg_catalog.pg_is_in_recovery() as in_recovery,
  pg_catalog.current_setting('track_counts') operator(pg_catalog.=) 'on' as counting,
  pg_catalog.pg_current_snapshot()::pg_catalog.text as snapshot,
  greatest(
    pg_catalog.pg_stat_get_bgwriter_stat_reset_time(), pg_catalog.pg_stat_get_db_stat_reset_time($1::pg_catalog.oid)
  ) as since,
  pg_catalog.pg_stat_get_db_tuples_inserted($1::pg_catalog.oid) as inserted,
  pg_catalog.pg_stat_get_db_tuples_updated($1::pg_catalog.oid) as updated,
  pg_catalog.pg_stat_get_db_tuples_deleted($1::pg_catalog.oid) as deleted
