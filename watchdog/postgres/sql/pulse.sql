-- Whether anybody committed anything: while the snapshot is the same, nobody did. As gate.sql it needs no transaction.
select
  pg_catalog.pg_postmaster_start_time() as started_at,
  pg_catalog.pg_is_in_recovery() as in_recovery,
  pg_catalog.current_setting('track_counts') operator(pg_catalog.=) 'on' as counting,
  pg_catalog.pg_current_snapshot()::pg_catalog.text as snapshot
