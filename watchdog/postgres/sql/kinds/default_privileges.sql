-- What ALTER DEFAULT PRIVILEGES says of objects yet to be made. $1 and $2 are roles; schema '' is everywhere.
-- As for privileges of objects (facets/privileges.sql) what differs from the server's own default is said, "the
-- owner" is the role that will own them, and MAINTAIN, of 17, stands apart. Within a schema there is no default: what
-- is said there only adds.
with held as (
  select d.oid, d.defaclrole, a.grantee, a.privilege_type, bool_or(a.is_grantable) as grantable
  from pg_default_acl d, aclexplode(d.defaclacl) a
  group by d.oid, d.defaclrole, a.grantee, a.privilege_type
),
initial as (
  select d.oid, d.defaclrole, a.grantee, a.privilege_type
  from pg_default_acl d,
    aclexplode(acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end::"char", d.defaclrole)) a
  where d.defaclnamespace = 0
),
item as (
  select oid, privilege_type = 'MAINTAIN' as maintain,
    case when h.grantable is null then 'not ' else '' end || privilege_type || ' to '
      || case grantee
        when 0 then 'PUBLIC' when defaclrole then 'the owner' else coalesce(quote_ident(r.rolname), 'a dropped role')
      end
      || case when h.grantable and grantee <> defaclrole then ' with grant option' else '' end collate "C" as text
  from held h
  full join initial i using (oid, defaclrole, grantee, privilege_type)
  left join (select oid as role, rolname from pg_roles) r on r.role = grantee
  where h.grantable is null or i.oid is null or h.grantable and grantee <> defaclrole
)
select
  d.tableoid as class_oid, d.oid as object_oid, 0 as sub_id, d.defaclrole = any($2::oid[]) as blocked,
  r.rolname as role, coalesce(n.nspname, '') as schema,
  case d.defaclobjtype
    when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'routines' when 'T' then 'types'
    when 'n' then 'schemas' when 'L' then 'large objects' else d.defaclobjtype::text
  end as object_type,
  nullif(array(select i.text from item i where i.oid = d.oid and not i.maintain order by 1), '{}') as privileges,
  nullif(array(select i.text from item i where i.oid = d.oid and i.maintain order by 1), '{}') as maintain_privileges
from pg_default_acl d
join pg_roles r on r.oid = d.defaclrole
left join pg_namespace n on n.oid = d.defaclnamespace
where ($1::oid[] is null or d.defaclrole = any($1))
