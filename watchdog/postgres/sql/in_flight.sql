-- What other sessions have under way: tables under ACCESS EXCLUSIVE (held or awaited; an index stands for its table),
-- tables on which an index is being built, and the keys of the advisory locks by which migration tools exclude each other.
select 'changing' as what, n.nspname::text as schema, c.relname::text as relation, 0::bigint as key
from pg_locks l
left join pg_index i on i.indexrelid = l.relation
join pg_class c on c.oid = coalesce(i.indrelid, l.relation)
join pg_namespace n on n.oid = c.relnamespace
where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid is distinct from pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
union
select 'building', n.nspname, c.relname, 0
from pg_stat_progress_create_index p
join pg_class c on c.oid = p.relid
join pg_namespace n on n.oid = c.relnamespace
where p.datname = current_database()
union
select 'advisory', '', '', l.classid::bigint << 32 | l.objid::bigint
from pg_locks l
where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
