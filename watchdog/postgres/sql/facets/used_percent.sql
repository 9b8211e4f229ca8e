-- How much of a sequence's range is used up, by its own address or by that of the identity column it serves. NULL: this
-- role may not ask, or an ALTER SEQUENCE has it locked. One that cycles cannot run out and is left out. $1 are sequences.
-- Asking locks the sequence in ROW EXCLUSIVE mode until the transaction ends, which no savepoint shortens.
select
  'pg_class'::regclass::oid as class_oid, coalesce(d.refobjid, c.oid) as object_oid, coalesce(d.refobjsubid, 0) as sub_id,
  case
    when not has_sequence_privilege(c.oid, 'SELECT, USAGE') or c.relpersistence = 'u' and pg_is_in_recovery()
      or c.oid in (
        select l.relation from pg_locks l
        where l.locktype = 'relation' and l.pid is distinct from pg_backend_pid()
          and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          and l.database = (select oid from pg_database where datname = current_database())
      ) then null
    else floor(100 * coalesce(
      abs(pg_sequence_last_value(c.oid)::numeric - case when s.seqincrement > 0 then s.seqmin else s.seqmax end), 0
    ) / greatest(s.seqmax::numeric - s.seqmin, 1))::int
  end as value
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
left join pg_depend d
  on d.classid = c.tableoid and d.objid = c.oid and d.refclassid = c.tableoid and d.deptype = 'i'
-- Asked of both, as the server would go through the whole of the other catalog else.
where not s.seqcycle and ($1::oid[] is null or c.oid = any($1) and s.seqrelid = any($1))
