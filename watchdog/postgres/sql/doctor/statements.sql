-- Where the extension pg_stat_statements is, when it is in this database.
select n.nspname::text as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
where e.extname = 'pg_stat_statements'
