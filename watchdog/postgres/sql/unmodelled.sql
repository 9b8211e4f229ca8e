-- How many objects of each kind there are that no kind here describes, and what a version yet to come may bring:
-- letters and catalogs that are not known here. Left out: the system's, and what came with an extension or with another
-- object. What was granted on or taken from the system's own objects since initdb, and from an extension's since it was
-- created, is counted only.
with part_of_another as (select classid, objid from pg_depend where deptype in ('e', 'i')),
privileged as (
  select tableoid as class_oid, oid, 0 as sub_id, proacl as acl, proowner as owner, 'f' as of_type from pg_proc
  union all
  select tableoid, oid, 0, relacl, relowner, case relkind when 'S' then 's' else 'r' end from pg_class
  union all
  select c.tableoid, a.attrelid, a.attnum::int, a.attacl, c.relowner, 'c'
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  union all select tableoid, oid, 0, typacl, typowner, 'T' from pg_type
  union all select tableoid, oid, 0, nspacl, nspowner, 'n' from pg_namespace where nspname <> 'public'
  union all select tableoid, oid, 0, lanacl, lanowner, 'l' from pg_language
  union all select tableoid, oid, 0, fdwacl, fdwowner, 'F' from pg_foreign_data_wrapper
  union all select tableoid, oid, 0, srvacl, srvowner, 'S' from pg_foreign_server
  union all select tableoid, oid, 0, spcacl, spcowner, 't' from pg_tablespace
),
departed as materialized (
  select p.class_oid, p.oid
  from privileged p
  left join pg_init_privs i on i.classoid = p.class_oid and i.objoid = p.oid and i.objsubid = p.sub_id
  cross join lateral (
    select acldefault(p.of_type::"char", p.owner) as usual,
      -- Of information_schema nobody wrote down what initdb gave: it lets PUBLIC read most of it.
      case when p.oid < 16384 and i.objoid is null and p.of_type in ('n', 'r')
        then array[makeaclitem(0, p.owner, case p.of_type when 'n' then 'USAGE' else 'SELECT' end, false)] else '{}'
      end as neutral
  ) x
  cross join lateral (
    select coalesce(p.acl, x.usual) || x.neutral as held, coalesce(i.initprivs, x.usual) || x.neutral as initial
  ) y
  -- No list of privileges and one that equals the default are the same, and so are two in another order.
  where (p.oid < 16384 or p.acl is not null) and p.acl is distinct from i.initprivs
    and not (y.held @> y.initial and y.held <@ y.initial)
)
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
  union all
  select 'object in a system schema', s.class_oid, s.oid
  from (
    select tableoid as class_oid, oid, relnamespace as schema from pg_class
    union all select tableoid, oid, pronamespace from pg_proc
    union all select tableoid, oid, typnamespace from pg_type
    union all select tableoid, oid, oprnamespace from pg_operator
    union all select tableoid, oid, opcnamespace from pg_opclass
    union all select tableoid, oid, opfnamespace from pg_opfamily
    union all select tableoid, oid, collnamespace from pg_collation
    union all select tableoid, oid, connamespace from pg_conversion
    union all select tableoid, oid, stxnamespace from pg_statistic_ext
    union all select tableoid, oid, cfgnamespace from pg_ts_config
    union all select tableoid, oid, dictnamespace from pg_ts_dict
    union all select tableoid, oid, prsnamespace from pg_ts_parser
    union all select tableoid, oid, tmplnamespace from pg_ts_template
  ) s
  where s.schema in (select n.oid from pg_namespace n where n.nspname in ('pg_catalog', 'information_schema'))
) object
where object.oid >= 16384
  and not exists (select from part_of_another e where e.classid = object.class_oid and e.objid = object.oid)
group by kind
union all
select what, count(*)::int
from (
  select case
    when exists (select from pg_depend e where e.classid = d.class_oid and e.objid = d.oid and e.deptype = 'e')
      then 'privileges on a member of an extension'
    when d.oid < 16384 then 'privileges on an object of the system'
  end as what
  from departed d
) privileges
where what is not null
group by what
order by kind
