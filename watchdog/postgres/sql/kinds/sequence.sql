-- What a sequence hands out, not where it stands. The sequence behind an identity column is part of its column.
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation,
  format_type(s.seqtypid, null) as data_type,
  s.seqstart as start, s.seqincrement as increment, s.seqmin as minimum, s.seqmax as maximum, s.seqcache as cache,
  s.seqcycle as cycle,
  (
    select quote_ident(tn.nspname) || '.' || quote_ident(tc.relname) || '.' || quote_ident(a.attname)
    from pg_depend d
    join pg_class tc on tc.oid = d.refobjid
    join pg_namespace tn on tn.oid = tc.relnamespace
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = c.tableoid and d.objid = c.oid and d.refclassid = c.tableoid and d.deptype = 'a'
  ) as owned_by
from (
  -- First, as nearly all of a large schema are of identity columns. OFFSET 0 has each looked up by the index.
  select * from pg_sequence s
  where ($1::oid[] is null or s.seqrelid = any($1)) and not exists (
    select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = s.seqrelid and d.objsubid = 0 and d.deptype in ('e', 'i')
    offset 0
  )
  offset 0
) s
join pg_class c on c.oid = s.seqrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
