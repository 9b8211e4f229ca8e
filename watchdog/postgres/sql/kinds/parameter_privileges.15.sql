-- Who but superusers may SET or ALTER SYSTEM a setting. Granted on 15 and later only, and by default to nobody.
-- $1 and $2 are rows of pg_parameter_acl.
select
  p.tableoid as class_oid, p.oid as object_oid, 0 as sub_id, p.oid = any($2::oid[]) as blocked,
  p.parname as parameter,
  nullif(array(
    select
      a.privilege_type || ' to '
        || case when a.grantee = 0 then 'PUBLIC' else coalesce(quote_ident(r.rolname), 'a dropped role') end
        || case when bool_or(a.is_grantable) then ' with grant option' else '' end collate "C"
    from aclexplode(p.paracl) a
    left join pg_roles r on r.oid = a.grantee
    where a.grantee <> 10 -- the bootstrap superuser, who owns all of them
    group by a.privilege_type, a.grantee, r.rolname
    order by 1
  ), '{}') as privileges
from pg_parameter_acl p
where $1::oid[] is null or p.oid = any($1)
