-- NOT NULL is an attribute of the domain: 17 stores it as a constraint too.
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  n.nspname as schema, t.typname as domain,
  format_type(t.typbasetype, t.typtypmod) as data_type,
  case when t.typcollation <> b.typcollation then (
    select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
    from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = t.typcollation
  ) end as collation,
  case when t.oid <> all($2) then pg_get_expr(t.typdefaultbin, 0) end as default,
  t.typnotnull as not_null,
  nullif(array(
    select quote_ident(con.conname) || ' ' || pg_get_constraintdef(con.oid)
    from pg_constraint con
    where con.contypid = t.oid and con.contype = 'c' and t.oid <> all($2)
    order by con.conname collate "C"
  ), '{}') as constraints,
  nullif(array(
    select con.conname || ': ' || d.description
    from pg_constraint con
    join pg_description d on d.classoid = con.tableoid and d.objoid = con.oid
    where con.contypid = t.oid and con.contype = 'c'
    order by con.conname collate "C"
  ), '{}') as constraint_comments
from pg_type t
left join pg_type b on b.oid = t.typbasetype
join pg_namespace n on n.oid = t.typnamespace
where t.typtype = 'd'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or t.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype = 'e'
  )
