-- How many objects of each kind there are that no kind here describes, and what a version yet to come may bring:
-- letters and catalogs that are not known here. Left out: the system's, and what came with an extension or with another
-- object. What was granted on or taken from the system's own objects since initdb, and from an extension's since it was
-- created, is counted only.
-- Of what a large schema has much of, few rows are of interest here. OFFSET 0 has those found by an index, one by one,
-- whatever the server estimates. Up to 18 all letters are known, and nobody goes through a catalog for them.
with recursive
newer as (select current_setting('server_version_num')::int >= 190000 as is_newer),
system_schema as (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema')),
-- The catalogs that have dependent objects: the index of pg_depend leads from each to the next.
dependent as (
  select min(classid) as catalog from pg_depend
  union all
  select (select min(classid) from pg_depend where classid > d.catalog) from dependent d where d.catalog is not null
),
member as (
  select classid, objid from pg_depend where refclassid = 'pg_extension'::regclass and deptype = 'e'
),
relation as (
  select tableoid as class_oid, oid, relacl as acl, relowner as owner, relkind from pg_class where oid < 16384
  union all
  select c.* from member m cross join lateral (
    select tableoid, oid, relacl, relowner, relkind from pg_class c where c.oid = m.objid offset 0
  ) c
  where m.classid = 'pg_class'::regclass and m.objid >= 16384
),
privileged as (
  select tableoid as class_oid, oid, 0 as sub_id, proacl as acl, proowner as owner, 'f' as of_type
  from pg_proc where oid < 16384
  union all
  select p.*, 'f' from member m cross join lateral (
    select tableoid, oid, 0, proacl, proowner from pg_proc p where p.oid = m.objid offset 0
  ) p
  where m.classid = 'pg_proc'::regclass and m.objid >= 16384
  union all
  select class_oid, oid, 0, acl, owner, case relkind when 'S' then 's' else 'r' end from relation
  union all
  select r.class_oid, r.oid, a.attnum, a.attacl, r.owner, 'c' from relation r cross join lateral (
    select attnum::int, attacl from pg_attribute a where a.attrelid = r.oid offset 0
  ) a
  union all select tableoid, oid, 0, typacl, typowner, 'T' from pg_type where oid < 16384
  union all
  select t.*, 'T' from member m cross join lateral (
    select tableoid, oid, 0, typacl, typowner from pg_type t where t.oid = m.objid offset 0
  ) t
  where m.classid = 'pg_type'::regclass and m.objid >= 16384
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
-- There may be many millions, of which nobody wants to know more than that there are many.
select 'large object' as kind, count(*)::int as count
from (select oid from pg_largeobject_metadata limit 100000) l
where oid >= 16384
having count(*) > 0
union all
select kind, count(*)::int
from (
  -- A constraint trigger ('t') is a trigger, NOT NULL ('n', of 18) its column's.
  select 'constraint of kind ' || x.contype::text as kind, x.tableoid as class_oid, x.oid from pg_constraint x
  where (select is_newer from newer) and x.contype not in ('c', 'f', 'n', 'p', 't', 'u', 'x')
  union all
  select 'object in ' || d.catalog::regclass::text, d.catalog, o.oid
  from dependent d cross join lateral (
    select distinct objid as oid from pg_depend p where p.classid = d.catalog offset 0
  ) o
  where d.catalog not in (
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
  union all
  select s.stranger, s.class_oid, s.oid
  from (
    select tableoid as class_oid, oid, 'relation of kind ' || relkind::text as stranger from pg_class
    where relkind not in ('r', 'i', 't', 'p', 'v', 'm', 'f', 'S', 'I', 'c')
    union all
    select tableoid, oid, 'routine of kind ' || prokind::text from pg_proc where prokind not in ('a', 'f', 'p', 'w')
    union all
    select tableoid, oid, 'type of kind ' || typtype::text from pg_type
    where typtype not in ('b', 'c', 'd', 'e', 'm', 'p', 'r')
  ) s
  where (select is_newer from newer)
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
  where s.schema = any(array(select oid from system_schema))
) object
where object.oid >= 16384
  and not exists (
    select from pg_depend d
    where d.classid = object.class_oid and d.objid = object.oid and d.deptype in ('e', 'i') offset 0
  )
group by kind
union all
select what, count(*)::int
from (
  select case
    when (d.class_oid, d.oid) in (select classid, objid from member)
      then 'privileges on a member of an extension'
    when d.oid < 16384 then 'privileges on an object of the system'
  end as what
  from departed d
) privileges
where what is not null
group by what
order by kind
