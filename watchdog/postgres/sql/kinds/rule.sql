-- Rewrite rules, but a view's own. $1 are relations; $2 relations, or those that a rule names.
select
  r.tableoid as class_oid, r.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, r.rulename as rule,
  case when c.oid <> all($2) then pg_get_ruledef(r.oid) end as definition,
  case r.ev_enabled when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end
    as enabled
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
join pg_namespace n on n.oid = c.relnamespace
where r.rulename <> '_RETURN'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d
    where d.deptype = 'e' and (d.classid, d.objid) in ((r.tableoid, r.oid), (c.tableoid, c.oid))
  )
