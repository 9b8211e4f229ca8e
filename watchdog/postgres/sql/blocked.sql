-- Objects that cannot be rendered now without waiting: relations with a granted or awaited ACCESS EXCLUSIVE lock (an
-- index stands for its table), and the views, routines and policies whose text names them. A prepared transaction's
-- lock has no pid.
with locked as (
  select coalesce(i.indrelid, l.relation) as oid
  from pg_locks l
  left join pg_index i on i.indexrelid = l.relation
  where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid is distinct from pg_backend_pid()
    and l.database = (select oid from pg_database where datname = current_database())
)
select oid from locked
union
select coalesce(r.ev_class, d.objid)
from pg_depend d
left join pg_rewrite r on d.classid = r.tableoid and d.objid = r.oid
where d.refclassid = 'pg_class'::regclass and d.refobjid in (select oid from locked)
  and d.classid in ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)
