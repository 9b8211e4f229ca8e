-- What is granted beyond the server's own default, and what of the default was taken away. $1 are objects of any
-- catalog, of columns the relations. No list of privileges and one that equals the default are the same: nothing. The
-- owner is called so, hence another owner changes no privileges. Who granted is not told.
-- MAINTAIN, which 17 brought, stands apart: maintain_privileges.
-- Schema public: its default is what initdb gives (an owner that does all, USAGE to PUBLIC), not what CREATE SCHEMA
-- gives. Initdb of 13 and 14 gives CREATE to PUBLIC too, that of later ones does not, and pg_upgrade keeps what was.
-- Neither can be the default on all majors, so this one privilege stands apart also: it is schema.create_by_public,
-- which is compared only within a major. There the grant that matters is seen, and so is its loss.
with object as (
  select tableoid as class_oid, oid, 0 as sub_id, relacl as acl, relowner as owner,
    acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner) as initial
  from pg_class where relacl is not null
  union all
  select c.tableoid, c.oid, a.attnum, a.attacl, c.relowner, acldefault('c', c.relowner)
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where a.attacl is not null and not a.attisdropped
  union all select tableoid, oid, 0, proacl, proowner, acldefault('f', proowner) from pg_proc
  union all select tableoid, oid, 0, typacl, typowner, acldefault('T', typowner) from pg_type
  union all
  select tableoid, oid, 0, coalesce(nspacl, acldefault('n', nspowner)), nspowner,
    acldefault('n', nspowner)
      || case when nspname = 'public' then array[makeaclitem(0, nspowner, 'USAGE', false)] else '{}' end
  from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
  union all select tableoid, oid, 0, lanacl, lanowner, acldefault('l', lanowner) from pg_language
  union all select tableoid, oid, 0, fdwacl, fdwowner, acldefault('F', fdwowner) from pg_foreign_data_wrapper
  union all select tableoid, oid, 0, srvacl, srvowner, acldefault('S', srvowner) from pg_foreign_server
  union all select tableoid, oid, 0, spcacl, spcowner, acldefault('t', spcowner) from pg_tablespace
  union all
  select tableoid, oid, 0, datacl, datdba, acldefault('d', datdba)
  from pg_database where datname = current_database()
),
chosen as (
  select *, class_oid = 'pg_namespace'::regclass and oid in (
    select n.oid from pg_namespace n where n.nspname = 'public'
  ) as is_public
  from object
  where acl is not null
    and (oid >= 16384 or class_oid in ('pg_namespace'::regclass, 'pg_database'::regclass))
    and ($1::oid[] is null or oid = any($1))
),
-- What many objects have alike is put in words once.
worded as materialized (
  select c.acl, c.initial, c.owner, c.is_public, w.value
  from (select distinct acl, initial, owner, is_public from chosen) c
  cross join lateral (
    select array_agg(text order by text collate "C") as value
    from (
      select
        case when h.grantable is null then 'not ' else '' end || privilege_type || ' to '
          || case grantee
            when 0 then 'PUBLIC' when c.owner then 'the owner' else coalesce(quote_ident(r.rolname), 'a dropped role')
          end
          || case when h.grantable and grantee <> c.owner then ' with grant option' else '' end as text
      from (
        select a.grantee, a.privilege_type, bool_or(a.is_grantable) as grantable
        from aclexplode(c.acl) a group by a.grantee, a.privilege_type
      ) h
      full join (select a.grantee, a.privilege_type, true as is_initial from aclexplode(c.initial) a) i
        using (grantee, privilege_type)
      left join (select oid as role, rolname from pg_roles) r on r.role = grantee
      where (h.grantable is null or i.is_initial is null or h.grantable and grantee <> c.owner)
        and privilege_type <> 'MAINTAIN'
        and not (c.is_public and grantee = 0 and privilege_type = 'CREATE')
    ) item
  ) w
  where w.value is not null
)
select c.class_oid, c.oid as object_oid, c.sub_id, w.value
from chosen c join worded w using (acl, initial, owner, is_public)
