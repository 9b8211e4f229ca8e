-- Columns of tables, partitioned tables, views, materialized views and foreign tables. $1 and $2 are relations.
-- Position counts the columns that are left, because attnum keeps a gap for each dropped one.
select
  a.tableoid as class_oid, c.oid as object_oid, a.attnum as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, a.attname as column,
  format_type(a.atttypid, a.atttypmod) as data_type,
  case when a.attcollation <> t.typcollation then (
    select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
    from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = a.attcollation
  ) end as collation,
  case when a.attgenerated = '' and c.oid <> all($2) then pg_get_expr(d.adbin, d.adrelid) end as default,
  a.attnotnull as not_null,
  case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' end as identity,
  case when a.attgenerated <> '' and c.oid <> all($2)
    then format('(%s) %s', pg_get_expr(d.adbin, d.adrelid), case a.attgenerated when 's' then 'STORED' else 'VIRTUAL' end)
  end as generated,
  (row_number() over (partition by a.attrelid order by a.attnum))::int as position
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
