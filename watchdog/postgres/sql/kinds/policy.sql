-- $1 are relations; $2 relations or policies. A policy's subquery locks the relations that it names.
select
  p.tableoid as class_oid, p.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) or p.oid = any($2) as blocked,
  n.nspname as schema, c.relname as relation, p.polname as policy,
  case p.polcmd
    when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL'
  end as command,
  p.polpermissive as permissive,
  array(
    select coalesce(quote_ident(r.rolname), 'PUBLIC') collate "C"
    from unnest(p.polroles) role
    left join pg_roles r on r.oid = role
    order by 1
  ) as roles,
  case when c.oid <> all($2) and p.oid <> all($2) then pg_get_expr(p.polqual, p.polrelid) end as using_expression,
  case when c.oid <> all($2) and p.oid <> all($2) then pg_get_expr(p.polwithcheck, p.polrelid) end as check_expression
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
