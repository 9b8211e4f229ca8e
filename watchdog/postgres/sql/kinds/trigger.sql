-- $1 and $2 are relations. A partition's clone (tgparentid) follows its parent; internal ones belong to constraints.
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, t.tgname as trigger,
  case when c.oid <> all($2) then pg_get_triggerdef(t.oid) end as definition,
  case t.tgenabled when 'O' then 'origin' when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end
    as enabled
from pg_trigger t
-- OFFSET 0 has each looked up by the index: few of the relations have triggers, and few triggers are not internal.
cross join lateral (
  select tableoid, oid, relname, relkind, relnamespace from pg_class where oid = t.tgrelid offset 0
) c
join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and t.tgparentid = 0 and c.relkind in ('r', 'p', 'v', 'f')
  and ($1::oid[] is null or t.tgrelid = any($1))
  and :is_own
  and not exists (
    select from pg_depend d
    where d.refclassid = 'pg_extension'::regclass and d.classid = 'pg_trigger'::regclass and d.objid = t.oid
      and d.deptype = 'e'
  )
