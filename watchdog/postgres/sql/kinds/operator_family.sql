-- Operator families with their loose members: those that tie two operator classes of theirs, or belong to none.
with member as (
  select
    o.amopfamily as family, o.amoplefttype as lefttype, o.amoprighttype as righttype, 1 as part,
    o.amopstrategy as number,
    format('OPERATOR %s %s', o.amopstrategy, o.amopopr::regoperator::text) || coalesce((
      select ' FOR ORDER BY ' || quote_ident(fn.nspname) || '.' || quote_ident(f.opfname)
      from pg_opfamily f join pg_namespace fn on fn.oid = f.opfnamespace
      where f.oid = o.amopsortfamily
    ), '') as text
  from pg_amop o
  where o.oid >= 16384
  union all
  select
    p.amprocfamily, p.amproclefttype, p.amprocrighttype, 2, p.amprocnum,
    format(
      'FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, null),
      format_type(p.amprocrighttype, null), p.amproc::oid::regprocedure::text
    )
  from pg_amproc p
  where p.oid >= 16384
)
select
  f.tableoid as class_oid, f.oid as object_oid, 0 as sub_id, f.oid = any($2::oid[]) as blocked,
  n.nspname as schema, quote_ident(f.opfname) || ' USING ' || quote_ident(a.amname) as operator_family,
  nullif(array(
    select m.text from member m
    where m.family = f.oid and (
      not exists (select from pg_opclass c where c.opcfamily = f.oid and c.opcintype = m.lefttype)
      or m.lefttype <> m.righttype
      and exists (select from pg_opclass c where c.opcfamily = f.oid and c.opcintype = m.righttype)
    )
    order by m.part, m.number, m.text collate "C"
  ), '{}') as members
from pg_opfamily f
join pg_am a on a.oid = f.opfmethod
join pg_namespace n on n.oid = f.opfnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or f.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = f.tableoid and d.objid = f.oid and d.deptype = 'e'
  )
