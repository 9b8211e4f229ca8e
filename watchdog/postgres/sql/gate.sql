-- What was counted in the catalogs, and what makes counters begin anew. No table is read, nothing is locked, no
-- transaction is needed: all names are written out. :'catalogs' are their oids, :database is the database's: as text of
-- the query they cost nothing to be read each time. The background writer's reset time moves with a crash too, which
-- sets all counters to 0 and leaves that of the database NULL. Arrays come as text: asyncpg looks types up in the
-- catalogs, and for that changes a setting of the session.
select
  pg_catalog.pg_postmaster_start_time() as started_at,
  pg_catalog.pg_is_in_recovery() as in_recovery,
  pg_catalog.current_setting('track_counts') operator(pg_catalog.=) 'on' as counting,
  greatest(
    pg_catalog.pg_stat_get_bgwriter_stat_reset_time(), pg_catalog.pg_stat_get_db_stat_reset_time(:database)
  ) as since,
  pg_catalog.array_agg(
    pg_catalog.pg_stat_get_tuples_inserted(catalog) operator(pg_catalog.+) pg_catalog.pg_stat_get_tuples_updated(catalog)
  )::pg_catalog.text as written,
  pg_catalog.array_agg(pg_catalog.pg_stat_get_tuples_deleted(catalog))::pg_catalog.text as deleted
from pg_catalog.unnest(:'catalogs'::pg_catalog.oid[]) catalog
