-- MAINTAIN, which came with 17, in the form of privileges.sql. $1 are relations; only they have it.
-- Apart from the other privileges because an owner has it from 17 on and nobody before: there it is not compared.
with held as (
  select c.tableoid as class_oid, c.oid, c.relowner as owner, a.grantee, bool_or(a.is_grantable) as grantable
  from pg_class c, aclexplode(c.relacl) a
  where c.relacl is not null and a.privilege_type = 'MAINTAIN' and c.oid >= 16384
    and ($1::oid[] is null or c.oid = any($1))
  group by c.tableoid, c.oid, c.relowner, a.grantee
),
item as (
  select h.class_oid, h.oid,
    'MAINTAIN to ' || case h.grantee when 0 then 'PUBLIC' else coalesce(quote_ident(r.rolname), 'a dropped role') end
      || case when h.grantable then ' with grant option' else '' end as text
  from held h
  left join pg_roles r on r.oid = h.grantee
  where h.grantee <> h.owner
  union all
  select c.tableoid, c.oid, 'not MAINTAIN to the owner'
  from pg_class c
  where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384
    and ($1::oid[] is null or c.oid = any($1))
    and not exists (select from held h where h.oid = c.oid and h.grantee = c.relowner)
)
select class_oid, oid as object_oid, 0 as sub_id, array_agg(text order by text collate "C") as value
from item
group by class_oid, oid
