-- How many objects of each kind there are that no kind here describes, and what a version yet to come may bring:
-- letters and catalogs that are not known here. Left out: the system's, and what came with an extension or with another
-- object. What was granted on or taken from the system's own objects since initdb is counted only.
with part_of_another as (select classid, objid from pg_depend where deptype in ('e', 'i'))
select kind, count(*)::int as count
from (
  -- There may be many millions, of which nobody wants to know more than that there are many.
  select 'large object' as kind, l.class_oid, l.oid
  from (select tableoid as class_oid, oid from pg_largeobject_metadata limit 100000) l
  union all
  select 'relation of kind ' || c.relkind::text, c.tableoid, c.oid from pg_class c
  where c.relkind not in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 't', 'c')
  union all
  select 'type of kind ' || t.typtype::text, t.tableoid, t.oid from pg_type t
  where t.typtype not in ('b', 'c', 'd', 'e', 'm', 'p', 'r')
  union all
  select 'routine of kind ' || p.prokind::text, p.tableoid, p.oid from pg_proc p
  where p.prokind not in ('a', 'f', 'p', 'w')
  union all
  -- A constraint trigger ('t') is a trigger, NOT NULL ('n', of 18) its column's.
  select 'constraint of kind ' || x.contype::text, x.tableoid, x.oid from pg_constraint x
  where x.contype not in ('c', 'f', 'n', 'p', 't', 'u', 'x')
  union all
  select 'object in ' || d.catalog::text, d.catalog, d.oid
  from (
    select distinct p.classid::regclass as catalog, p.objid as oid from pg_depend p
    where p.classid not in (
      'pg_am'::regclass, 'pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_attrdef'::regclass, 'pg_cast'::regclass,
      'pg_class'::regclass, 'pg_collation'::regclass, 'pg_constraint'::regclass, 'pg_conversion'::regclass,
      'pg_default_acl'::regclass, 'pg_event_trigger'::regclass, 'pg_extension'::regclass,
      'pg_foreign_data_wrapper'::regclass, 'pg_foreign_server'::regclass, 'pg_language'::regclass,
      'pg_namespace'::regclass, 'pg_opclass'::regclass, 'pg_operator'::regclass, 'pg_opfamily'::regclass,
      'pg_policy'::regclass, 'pg_proc'::regclass, 'pg_publication'::regclass, 'pg_publication_rel'::regclass,
      'pg_rewrite'::regclass, 'pg_statistic_ext'::regclass, 'pg_subscription'::regclass, 'pg_transform'::regclass,
      'pg_trigger'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass, 'pg_ts_parser'::regclass,
      'pg_ts_template'::regclass, 'pg_type'::regclass, 'pg_user_mapping'::regclass,
      6237 -- pg_publication_namespace, of 15
    )
  ) d
) object
where object.oid >= 16384
  and not exists (select from part_of_another e where e.classid = object.class_oid and e.objid = object.oid)
group by kind
union all
select 'privileges on an object of the system', count(*)::int
from (
  -- Of information_schema nobody wrote down what initdb gave.
  select tableoid, oid, proacl as acl from pg_proc where pronamespace = 'pg_catalog'::regnamespace
  union all select tableoid, oid, relacl from pg_class where relnamespace = 'pg_catalog'::regnamespace
  union all select tableoid, oid, typacl from pg_type where typnamespace = 'pg_catalog'::regnamespace
  union all select tableoid, oid, lanacl from pg_language where oid < 16384
) o
left join pg_init_privs i on i.classoid = o.tableoid and i.objoid = o.oid and i.objsubid = 0
where o.acl is distinct from i.initprivs
  and not exists (select from part_of_another e where e.classid = o.tableoid and e.objid = o.oid)
having count(*) > 0
order by kind
