-- Who is in which role. $1 and $2 are roles, of either side. Before 16 a membership has no options but ADMIN, is
-- inherited as the member is made (rolinherit), lets SET ROLE, and is told once whoever granted it; what departs from
-- that is said, and by whom it was granted where several did.
with grants as (
  select m.roleid, m.member, g.rolname as grantor,
    count(*) over (partition by m.roleid, m.member) as number,
    concat_ws(', ',
      case when m.admin_option then 'ADMIN TRUE' end,
      case
        when (to_jsonb(m) ->> 'inherit_option')::bool <> member.rolinherit
        then 'INHERIT ' || upper(to_jsonb(m) ->> 'inherit_option')
      end,
      case when not (to_jsonb(m) ->> 'set_option')::bool then 'SET FALSE' end
    ) as options
  from pg_auth_members m
  join pg_roles member on member.oid = m.member
  left join pg_roles g on g.oid = m.grantor
)
select
  'pg_auth_members'::regclass::oid as class_oid, role.oid as object_oid, member.oid::int4 as sub_id,
  role.oid = any($2::oid[]) or member.oid = any($2) as blocked,
  role.rolname as role, member.rolname as member,
  nullif(array(
    select case when g.number = 1 then g.options
      else concat_ws(' ', nullif(g.options, ''), 'GRANTED BY ' || quote_ident(g.grantor))
    end collate "C"
    from grants g
    where g.roleid = role.oid and g.member = member.oid and (g.options <> '' or g.number > 1)
    order by 1
  ), '{}') as options
from (select distinct roleid, member from pg_auth_members) m
join pg_roles role on role.oid = m.roleid
join pg_roles member on member.oid = m.member
where ($1::oid[] is null or role.oid = any($1) or member.oid = any($1))
