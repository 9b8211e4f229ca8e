-- $1 are relations; $2 relations or policies. A policy's subquery locks the relations that it names.
-- To render an expression the server opens the policy's table, which is most of the cost. Without a subquery, which names
-- the table too, an expression's text is told by the expression and by the names of the columns in it, so those of one
-- policy are rendered for all that have both alike. A whole row, column 0, has no name and is never alike.
with written as materialized (
  select p.oid, p.polrelid, coalesce(p.polqual::text, '') as qual, coalesce(p.polwithcheck::text, '') as with_check
  from pg_policy p
  -- Of whose tables nothing is told is no measure: what is gone has no text, and another session's is passing.
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where p.polrelid <> all($2) and p.oid <> all($2)
    and :is_own
),
repeated as (
  select qual, with_check,
    array(select distinct n[1]::int from regexp_matches(qual || with_check, ':varattno (-?\d+)', 'g') n) as numbers
  from written
  group by qual, with_check
  having count(*) > 1 and strpos(qual || with_check, '{SUBLINK') = 0
),
alike as (
  select array_agg(w.oid) as oids, min(w.oid) as oid
  from repeated r
  join written w on w.qual = r.qual and w.with_check = r.with_check
  cross join lateral (
    select array(
      select a.attname::text from unnest(r.numbers) number
      join pg_attribute a on a.attrelid = w.polrelid and a.attnum = number
      order by number
    ) as names
    offset 0
  ) columns
  where cardinality(columns.names) = cardinality(r.numbers)
  group by r.qual, r.with_check, columns.names
  having count(*) > 1
),
rendered as materialized (
  select unnest(each.oids) as oid, each.qual, each.with_check
  from (
    select a.oids, pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as with_check
    from alike a join pg_policy p on p.oid = a.oid
    offset 0
  ) each
)
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
  case when c.oid <> all($2) and p.oid <> all($2) then coalesce(rendered.qual, pg_get_expr(p.polqual, p.polrelid)) end
    as using_expression,
  case when c.oid <> all($2) and p.oid <> all($2)
    then coalesce(rendered.with_check, pg_get_expr(p.polwithcheck, p.polrelid))
  end as check_expression
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
left join rendered on rendered.oid = p.oid
where :is_own
