-- Tables that a publication names one by one. $1 are publications, $2 relations.
-- The order of the columns is nobody's choice: the server keeps them as a set.
select
  r.tableoid as class_oid, r.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  p.pubname as publication, n.nspname as schema, c.relname as relation,
  (
    select '(' || string_agg(quote_ident(a.attname), ', ' order by a.attname collate "C") || ')'
    from pg_attribute a where a.attrelid = r.prrelid and a.attnum = any(r.prattrs::int2[])
  ) as column_list,
  case when c.oid <> all($2) then pg_get_expr(r.prqual, r.prrelid) end as row_filter
from pg_publication_rel r
join pg_publication p on p.oid = r.prpubid
join pg_class c on c.oid = r.prrelid
join pg_namespace n on n.oid = c.relnamespace
where ($1::oid[] is null or p.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = p.tableoid and d.objid = p.oid and d.deptype = 'e'
  )
