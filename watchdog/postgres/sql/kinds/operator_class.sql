-- Operator classes with the members of their family that an index of theirs uses: those of its input type, but for
-- those that tie it to another class. Not by pg_depend: 14 changed on which of both a member depends.
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
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, quote_ident(c.opcname) || ' USING ' || quote_ident(a.amname) as operator_class,
  format_type(c.opcintype, null) as input_type,
  quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) as family,
  c.opcdefault as default,
  case when c.opckeytype <> 0 then format_type(c.opckeytype, null) end as storage_type,
  nullif(array(
    select m.text from member m
    where m.family = c.opcfamily and m.lefttype = c.opcintype and not exists (
      select from pg_opclass other
      where other.opcfamily = m.family and other.opcintype = m.righttype and m.righttype <> m.lefttype
    )
    order by m.part, m.number, m.text collate "C"
  ), '{}') as members
from pg_opclass c
join pg_am a on a.oid = c.opcmethod
join pg_opfamily f on f.oid = c.opcfamily
join pg_namespace fn on fn.oid = f.opfnamespace
join pg_namespace n on n.oid = c.opcnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
