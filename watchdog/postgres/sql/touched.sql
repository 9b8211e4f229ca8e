-- What has to be read anew because objects changed, each given by its catalog ($1) and its oid ($2): relations with all
-- that is part of them, types, routines, extended statistics and schemas. With $3 also what depends on the given, through any
-- number of types and routines: their names stand in what is rendered of it.
-- An object is odd when more may have changed than these can tell: the system's own, an extension's, an unknown one.
with recursive given as (
  select catalog::regclass::oid as class, oid as object from unnest($1::text[], $2::oid[]) as given (catalog, oid)
),
reached (class, object, spread) as (
  (
    select g.class, g.object, $3::bool from given g
    union
    -- The index of a constraint has its name.
    select 'pg_class'::regclass, x.conindid, $3
    from given g join pg_constraint x on x.oid = g.object
    where g.class = 'pg_constraint'::regclass and x.contype in ('p', 'u', 'x')
  )
  union
  select d.classid, d.objid, d.classid in ('pg_type'::regclass, 'pg_proc'::regclass)
    -- What a composite type keeps its fields in.
    or d.deptype = 'i' and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_type'::regclass
  from reached r
  join pg_depend d on d.refclassid = r.class and d.refobjid = r.object
  where r.spread
),
part as (
  select class, object from reached
  where class not in (
    'pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass,
    'pg_policy'::regclass
  )
  union select 'pg_class'::regclass, a.adrelid
  from reached r join pg_attrdef a on a.oid = r.object where r.class = 'pg_attrdef'::regclass
  union select 'pg_class'::regclass, x.conrelid
  from reached r join pg_constraint x on x.oid = r.object where r.class = 'pg_constraint'::regclass and x.conrelid <> 0
  union select 'pg_type'::regclass, x.contypid
  from reached r join pg_constraint x on x.oid = r.object where r.class = 'pg_constraint'::regclass and x.contypid <> 0
  union select 'pg_class'::regclass, t.tgrelid
  from reached r join pg_trigger t on t.oid = r.object where r.class = 'pg_trigger'::regclass
  -- Those of a foreign key are on both its relations, and whether it is enforced is told of one.
  union select 'pg_class'::regclass, x.conrelid
  from reached r
  join pg_trigger t on t.oid = r.object
  join pg_constraint x on x.oid = t.tgconstraint
  where r.class = 'pg_trigger'::regclass
  -- A partition's copy of it departs, or does so no more.
  union select 'pg_class'::regclass, k.tgrelid
  from reached r join pg_trigger k on k.tgparentid = r.object where r.class = 'pg_trigger'::regclass
  union select 'pg_class'::regclass, w.ev_class
  from reached r join pg_rewrite w on w.oid = r.object where r.class = 'pg_rewrite'::regclass
  union select 'pg_class'::regclass, p.polrelid
  from reached r join pg_policy p on p.oid = r.object where r.class = 'pg_policy'::regclass
),
whole as (
  select case when c.relkind = 'c' then 'pg_type'::regclass::oid else p.class end as class,
    case when c.relkind in ('i', 'I') then i.indrelid when c.relkind = 'c' then c.reltype else p.object end as object
  from part p
  left join pg_class c on p.class = 'pg_class'::regclass and c.oid = p.object
  left join pg_index i on i.indexrelid = c.oid
  union
  -- The table of a toast table, and of the sequence of an identity column.
  select p.class, d.refobjid
  from part p
  join pg_class c on c.oid = p.object and c.relkind in ('t', 'S')
  join pg_depend d on d.classid = p.class and d.objid = p.object and d.refclassid = p.class and d.deptype = 'i'
  where p.class = 'pg_class'::regclass
),
root as (
  select class, object from whole
  union
  select 'pg_statistic_ext'::regclass, s.oid
  from whole w join pg_statistic_ext s on s.stxrelid = w.object where w.class = 'pg_class'::regclass
  union
  select 'pg_class'::regclass, d.objid
  from whole w
  join pg_depend d on d.refclassid = w.class and d.refobjid = w.object and d.classid = w.class and d.deptype = 'i'
  join pg_class c on c.oid = d.objid and c.relkind = 'S'
  where w.class = 'pg_class'::regclass
),
described as (
  select r.class, r.object,
    coalesce(c.relnamespace, t.typnamespace, f.pronamespace, s.stxnamespace) as schema,
    c.relkind, t.typtype, f.prokind, n.nspname,
    -- Neither the row type of a relation nor an array type.
    case t.typtype
      when 'c' then exists (select from pg_class o where o.oid = t.typrelid and o.relkind = 'c')
      when 'b' then not exists (
        select from pg_depend i where i.classid = r.class and i.objid = r.object and i.deptype = 'i'
      )
      else true
    end as is_own
  from root r
  left join pg_class c on r.class = 'pg_class'::regclass and c.oid = r.object
  left join pg_type t on r.class = 'pg_type'::regclass and t.oid = r.object
  left join pg_proc f on r.class = 'pg_proc'::regclass and f.oid = r.object
  left join pg_statistic_ext s on r.class = 'pg_statistic_ext'::regclass and s.oid = r.object
  left join pg_namespace n on r.class = 'pg_namespace'::regclass and n.oid = r.object
)
select
  d.class::regclass::text as catalog, d.object as oid,
  -- Its sort, by the letter that its catalog has for it; none of what is gone, and of what is no object by itself.
  case
    when d.relkind is not null then d.relkind::text
    when d.typtype is not null and not d.is_own then null
    when d.typtype is not null then d.typtype::text
    when d.prokind is not null then d.prokind::text
    when d.class in ('pg_namespace'::regclass, 'pg_statistic_ext'::regclass) then ''
  end as sort,
  d.class not in (
    'pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_statistic_ext'::regclass,
    'pg_namespace'::regclass, 'pg_publication_rel'::regclass
  )
  or coalesce(n.nspname, d.nspname) is not null and (
    d.object < 16384 and d.nspname is distinct from 'public'
    or n.nspname in ('pg_catalog', 'information_schema')
    or d.relkind not in ('r', 'p', 'v', 'm', 'f', 'S', 'c', 't', 'i', 'I')
    or d.typtype not in ('b', 'c', 'd', 'e', 'm', 'p', 'r')
    or d.prokind not in ('a', 'f', 'p', 'w')
    or exists (select from pg_depend e where e.classid = d.class and e.objid = d.object and e.deptype = 'e')
  ) as odd
from described d
left join pg_namespace n on n.oid = d.schema
where coalesce(n.nspname, d.nspname, '') !~ '^pg_(temp|toast)'
  -- A routine that takes a temporary type is none.
  or d.typtype is not null and exists (
    select from pg_depend f
    where f.refclassid = d.class and f.refobjid = d.object and f.classid = 'pg_proc'::regclass
  )
