-- Who owns what. $1 are objects of any catalog. Row types and array types go with what they are made for.
-- Schema public as initdb makes it is nobody's choice and says nothing: 13 and 14 give it to the bootstrap superuser,
-- whose oid is 10, later ones to pg_database_owner, and pg_upgrade keeps what was. Within a major
-- schema.owned_by_bootstrap_superuser tells the two apart.
with relation as materialized (
  select tableoid, oid, relkind, relowner from pg_class
  where relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    and ($1::oid[] is null or oid = any($1 || array(select typrelid from pg_type where oid = any($1))))
)
select o.class_oid, o.oid as object_oid, 0 as sub_id, r.rolname::text as value
from (
  select tableoid as class_oid, oid, relowner as owner from relation where relkind <> 'c'
  union all
  select t.tableoid, t.oid, t.typowner from pg_type t
  where t.typcategory <> 'A' and (t.typrelid = 0 or t.typrelid in (select oid from relation where relkind = 'c'))
  union all
  select tableoid, oid, nspowner from pg_namespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
    and (nspname <> 'public' or nspowner not in (
      select oid from pg_roles where oid = 10 or rolname = 'pg_database_owner'
    ))
  union all select tableoid, oid, proowner from pg_proc
  union all select tableoid, oid, oprowner from pg_operator
  union all select tableoid, oid, opcowner from pg_opclass
  union all select tableoid, oid, opfowner from pg_opfamily
  union all select tableoid, oid, collowner from pg_collation
  union all select tableoid, oid, conowner from pg_conversion
  union all select tableoid, oid, stxowner from pg_statistic_ext
  union all select tableoid, oid, cfgowner from pg_ts_config
  union all select tableoid, oid, dictowner from pg_ts_dict
  union all select tableoid, oid, lanowner from pg_language
  union all select tableoid, oid, evtowner from pg_event_trigger
  union all select tableoid, oid, fdwowner from pg_foreign_data_wrapper
  union all select tableoid, oid, srvowner from pg_foreign_server
  union all select tableoid, oid, pubowner from pg_publication
  union all
  -- On 13 not everybody may read a subscription's oid, see kinds/subscription.sql: so also those of its namesakes in
  -- other databases get this owner, at addresses that nothing of this database has.
  select distinct 'pg_subscription'::regclass, v.subid, s.subowner
  from pg_subscription s
  join pg_stat_subscription v on v.subname = s.subname
  where s.subdbid = (select oid from pg_database where datname = current_database())
  union all select tableoid, oid, spcowner from pg_tablespace
  union all select tableoid, oid, datdba from pg_database where datname = current_database()
) o
join pg_roles r on r.oid = o.owner
where (o.oid >= 16384 or o.class_oid in ('pg_namespace'::regclass, 'pg_database'::regclass))
  and ($1::oid[] is null or o.oid = any($1))
