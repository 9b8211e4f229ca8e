-- Casts, but for those that a range type brings.
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  '(' || format_type(c.castsource, null) || ' AS ' || format_type(c.casttarget, null) || ')' as cast,
  case c.castmethod
    when 'f' then 'WITH FUNCTION ' || c.castfunc::regprocedure::text when 'i' then 'WITH INOUT' else 'WITHOUT FUNCTION'
  end as method,
  case c.castcontext when 'a' then 'ASSIGNMENT' when 'i' then 'IMPLICIT' end as context
from pg_cast c
where c.oid >= 16384
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype in ('e', 'i')
  )
