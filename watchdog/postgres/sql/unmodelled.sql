-- How many objects of each kind there are that no kind here describes. Left out: the system's, and what came with an
-- extension or with another object (a range brings its multirange and casts).
with part_of_another as (select classid, objid from pg_depend where deptype in ('e', 'i'))
select kind, count(*)::int as count
from (
  select 'rule' as kind, r.tableoid as class_oid, r.oid from pg_rewrite r where r.rulename <> '_RETURN'
  union all select 'aggregate', p.tableoid, p.oid from pg_proc p where p.prokind = 'a'
  union all select 'range', t.tableoid, t.oid from pg_type t where t.typtype = 'r'
  union all select 'base type', t.tableoid, t.oid from pg_type t where t.typtype = 'b' and t.typcategory <> 'A'
  union all select 'cast', x.tableoid, x.oid from pg_cast x
  union all select 'operator', x.tableoid, x.oid from pg_operator x
  union all select 'operator class', x.tableoid, x.oid from pg_opclass x
  union all select 'operator family', x.tableoid, x.oid from pg_opfamily x
  union all select 'access method', x.tableoid, x.oid from pg_am x
  union all select 'collation', x.tableoid, x.oid from pg_collation x
  union all select 'conversion', x.tableoid, x.oid from pg_conversion x
  union all select 'extended statistics', x.tableoid, x.oid from pg_statistic_ext x
  union all select 'text search configuration', x.tableoid, x.oid from pg_ts_config x
  union all select 'text search dictionary', x.tableoid, x.oid from pg_ts_dict x
  union all select 'text search parser', x.tableoid, x.oid from pg_ts_parser x
  union all select 'text search template', x.tableoid, x.oid from pg_ts_template x
  union all select 'language', x.tableoid, x.oid from pg_language x
  union all select 'transform', x.tableoid, x.oid from pg_transform x
  union all select 'event trigger', x.tableoid, x.oid from pg_event_trigger x
  union all select 'foreign data wrapper', x.tableoid, x.oid from pg_foreign_data_wrapper x
  union all select 'foreign server', x.tableoid, x.oid from pg_foreign_server x
  union all select 'user mapping', 0, u.umid from pg_user_mappings u
  union all select 'publication', x.tableoid, x.oid from pg_publication x
  union all
  -- Before 14 only a superuser may read its oid; any oid that is not the system's will do.
  select 'subscription', 0, 16384 from pg_subscription s
  where s.subdbid = (select oid from pg_database where datname = current_database())
  union all select 'default privilege', x.tableoid, x.oid from pg_default_acl x
  union all select 'privilege', c.tableoid, c.oid from pg_class c where c.relacl is not null
  union all select 'comment', d.classoid, d.objoid from pg_description d
  union all select 'security label', l.classoid, l.objoid from pg_seclabel l
) object
where object.oid >= 16384
  and not exists (select from part_of_another e where e.classid = object.class_oid and e.objid = object.oid)
group by kind
order by kind
