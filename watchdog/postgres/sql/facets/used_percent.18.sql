-- The same of servers that give a sequence's lock back at once: none is kept. Who may not SELECT it may have its USAGE.
with locked as materialized (
  select l.relation from pg_locks l
  where l.locktype = 'relation' and l.pid is distinct from pg_backend_pid()
    and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    and l.database = (select oid from pg_database where datname = current_database())
)
select
  'pg_class'::regclass::oid as class_oid, coalesce(d.refobjid, s.seqrelid) as object_oid,
  coalesce(d.refobjsubid, 0) as sub_id,
  case
    when s.readable is null or at.is_called is null and not has_sequence_privilege(s.seqrelid, 'SELECT, USAGE') then null
    else floor(100 * coalesce(abs(
      case when at.is_called then at.last_value when at.is_called is null then pg_sequence_last_value(s.seqrelid) end
        ::numeric - case when s.seqincrement > 0 then s.seqmin else s.seqmax end
    ), 0) / greatest(s.seqmax::numeric - s.seqmin, 1))::int
  end as value
from (
  select s.*,
    case
      when not (c.relpersistence = 'u' and pg_is_in_recovery()) and c.oid not in (select relation from locked) then c.oid
    end as readable
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  -- Asked of both, as the server would go through the whole of the other catalog else.
  where not s.seqcycle and ($1::oid[] is null or c.oid = any($1) and s.seqrelid = any($1))
) s
left join lateral pg_get_sequence_data(s.readable) at on true
left join pg_depend d
  on d.classid = 'pg_class'::regclass and d.objid = s.seqrelid and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
