-- Types made by CREATE TYPE ... AS (...). Their order of fields is part of what they are.
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  n.nspname as schema, t.typname as composite,
  nullif(array(
    select quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || coalesce((
      select ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
      from pg_collation co
      join pg_namespace cn on cn.oid = co.collnamespace
      join pg_type at on at.oid = a.atttypid
      where co.oid = a.attcollation and a.attcollation <> at.typcollation
    ), '')
    from pg_attribute a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ), '{}') as fields,
  nullif(array(
    select a.attname || ': ' || d.description
    from pg_attribute a
    join pg_description d on d.classoid = c.tableoid and d.objoid = c.oid and d.objsubid = a.attnum
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ), '{}') as field_comments
from pg_type t
join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
join pg_namespace n on n.oid = t.typnamespace
where t.typtype = 'c'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or t.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype = 'e'
  )
