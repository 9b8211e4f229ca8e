-- Range types. Constructors, casts and the multirange type (14 and up) come with them.
with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  n.nspname as schema, t.typname as range,
  format_type(r.rngsubtype, null) as subtype,
  (
    select quote_ident(opn.nspname) || '.' || quote_ident(op.opcname)
    from pg_opclass op join pg_namespace opn on opn.oid = op.opcnamespace
    where op.oid = r.rngsubopc and not op.opcdefault
  ) as subtype_operator_class,
  case when r.rngcollation <> sub.typcollation then (
    select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
    from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = r.rngcollation
  ) end as collation,
  (select name from function f where f.oid = r.rngcanonical) as canonical_function,
  (select name from function f where f.oid = r.rngsubdiff) as subtype_diff_function,
  (
    select quote_ident(mn.nspname) || '.' || quote_ident(m.typname)
    from pg_type m join pg_namespace mn on mn.oid = m.typnamespace
    where m.oid = (to_jsonb(r) ->> 'rngmultitypid')::oid
  ) as multirange_type
from pg_range r
join pg_type t on t.oid = r.rngtypid
left join pg_type sub on sub.oid = r.rngsubtype
join pg_namespace n on n.oid = t.typnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or t.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype = 'e'
  )
