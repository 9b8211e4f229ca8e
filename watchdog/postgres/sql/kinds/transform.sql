select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  'FOR ' || format_type(t.trftype, null) || ' LANGUAGE ' || quote_ident(l.lanname) as transform,
  case when t.trffromsql <> 0 then t.trffromsql::regprocedure::text end as from_sql_function,
  case when t.trftosql <> 0 then t.trftosql::regprocedure::text end as to_sql_function
from pg_transform t
join pg_language l on l.oid = t.trflang
where t.oid >= 16384
  and ($1::oid[] is null or t.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype = 'e'
  )
