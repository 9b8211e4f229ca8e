-- MAINTAIN, which came with 17, in the form of privileges.sql. $1 are relations; only they have it.
-- Apart from the other privileges because an owner has it from 17 on and nobody before: there it is not compared.
with relation as (
  select tableoid as class_oid, oid, relacl as acl, relowner as owner
  from pg_class
  where relacl is not null and relkind in ('r', 'p', 'v', 'm', 'f') and oid >= 16384
    and ($1::oid[] is null or oid = any($1))
),
-- What many have alike is put in words once.
worded as materialized (
  select c.acl, c.owner, w.value
  from (select distinct acl, owner from relation) c
  cross join lateral (
    select array_agg(text order by text collate "C") as value
    from (
      select
        'MAINTAIN to ' || case h.grantee when 0 then 'PUBLIC' else coalesce(quote_ident(r.rolname), 'a dropped role') end
          || case when h.grantable then ' with grant option' else '' end as text
      from (
        select a.grantee, bool_or(a.is_grantable) as grantable
        from aclexplode(c.acl) a where a.privilege_type = 'MAINTAIN' group by a.grantee
      ) h
      left join pg_roles r on r.oid = h.grantee
      where h.grantee <> c.owner
      union all
      select 'not MAINTAIN to the owner'
      where not exists (
        select from aclexplode(c.acl) a where a.privilege_type = 'MAINTAIN' and a.grantee = c.owner
      )
    ) item
  ) w
  where w.value is not null
)
select c.class_oid, c.oid as object_oid, 0 as sub_id, w.value
from relation c join worded w using (acl, owner)
