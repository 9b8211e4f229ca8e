-- What the role may change: of each relation, sequence, schema and of the database the privileges that do so, and those of
-- them that were granted to the role itself, not to everybody or to a group. The first thousand.
with thing as (
  select
    case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end as kind, c.oid, n.nspname::text as schema,
    c.relname::text as name, c.relacl as acl,
    array_remove(case c.relkind
      when 'S' then array[case when has_sequence_privilege(c.oid, 'UPDATE') then 'UPDATE' end,
        case when has_sequence_privilege(c.oid, 'USAGE') then 'USAGE' end]
      else array[case when has_table_privilege(c.oid, 'INSERT') or has_any_column_privilege(c.oid, 'INSERT') then 'INSERT' end,
        case when has_table_privilege(c.oid, 'UPDATE') or has_any_column_privilege(c.oid, 'UPDATE') then 'UPDATE' end,
        case when has_table_privilege(c.oid, 'DELETE') then 'DELETE' end,
        case when has_table_privilege(c.oid, 'TRUNCATE') then 'TRUNCATE' end,
        case when has_table_privilege(c.oid, 'TRIGGER') then 'TRIGGER' end]
    end, null) as may
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select 'SCHEMA', n.oid, n.nspname::text, '', n.nspacl,
    array_remove(array[case when has_schema_privilege(n.oid, 'CREATE') then 'CREATE' end], null)
  from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select 'DATABASE', d.oid, d.datname::text, '', d.datacl,
    array_remove(array[case when has_database_privilege(d.oid, 'CREATE') then 'CREATE' end], null)
  from pg_database d where d.datname = current_database()
)
select t.kind, t.schema, t.name, t.may,
  array(
    select distinct a.privilege_type from (
      select * from aclexplode(t.acl)
      -- To revoke a privilege from the table takes it from its columns too.
      union all select c.* from pg_attribute, aclexplode(attacl) c where t.kind = 'TABLE' and attrelid = t.oid
    ) a
    where a.grantee = (select oid from pg_roles where rolname = current_user) and a.privilege_type = any(t.may)
    order by 1
  ) as granted
from thing t
where t.may <> '{}'
order by t.kind, t.schema, t.name
limit 1000
