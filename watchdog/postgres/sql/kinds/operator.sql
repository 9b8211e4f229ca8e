-- Operators; one without a function is a shell that another operator named as its commutator or negator.
with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  o.tableoid as class_oid, o.oid as object_oid, 0 as sub_id, o.oid = any($2::oid[]) as blocked,
  n.nspname as schema,
  format(
    '%s(%s, %s)', o.oprname,
    case when o.oprleft = 0 then 'NONE' else format_type(o.oprleft, null) end,
    case when o.oprright = 0 then 'NONE' else format_type(o.oprright, null) end
  ) as operator,
  (select name from function f where f.oid = o.oprcode) as function,
  case when o.oprresult <> 0 then format_type(o.oprresult, null) end as result,
  case when o.oprcom <> 0 then o.oprcom::regoperator::text end as commutator,
  case when o.oprnegate <> 0 then o.oprnegate::regoperator::text end as negator,
  (select name from function f where f.oid = o.oprrest) as restriction_estimator,
  (select name from function f where f.oid = o.oprjoin) as join_estimator,
  o.oprcanhash as hashes,
  o.oprcanmerge as merges
from pg_operator o
join pg_namespace n on n.oid = o.oprnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or o.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = o.tableoid and d.objid = o.oid and d.deptype = 'e'
  )
