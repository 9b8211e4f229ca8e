-- Columns of tables, partitioned tables, views, materialized views and foreign tables. $1 and $2 are relations.
-- Position counts the columns that are left, because attnum keeps a gap for each dropped one.
-- A default names no column, so it is rendered as no relation's: to be told one, the server opens it, for 20 times as
-- much. What few columns have is put together for those alone: there are many.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (select ''::"char" as attcompression),
-- 18 keeps each NOT NULL as a constraint, which may be not yet validated or not passed on to children.
not_null_rules as (
  select conrelid, conkey[1] as attnum,
    nullif(concat_ws(' ', case when connoinherit then 'NO INHERIT' end, case when not convalidated then 'NOT VALID' end), '')
      as rule
  from pg_constraint
  where contype = 'n' and (connoinherit or not convalidated) and ($1::oid[] is null or conrelid = any($1))
),
holders as materialized (
  select c.oid, n.nspname, c.relname, c.relispartition, c.relpersistence, c.oid = any($2::oid[]) as is_blocked
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and :is_own
),
dropped as (
  select attrelid, array_agg(attnum) as numbers
  from pg_attribute where attisdropped and attnum > 0 and ($1::oid[] is null or attrelid = any($1))
  group by attrelid
),
-- Distinct, as there is one of a column at most: that tells the planner to look these few up, not to keep all columns.
identities as (
  select distinct on (place) d.refobjid::int8 << 16 | d.refobjsubid as place, s.seqtypid, nullif(concat_ws(
    ' ',
    case when s.seqstart <> case when s.seqincrement > 0 then s.seqmin else s.seqmax end then 'START ' || s.seqstart end,
    case when s.seqincrement <> 1 then 'INCREMENT ' || s.seqincrement end,
    case when s.seqmin <> case when s.seqincrement > 0 then 1 else lowest end then 'MINVALUE ' || s.seqmin end,
    case when s.seqmax <> case when s.seqincrement > 0 then highest else -1 end then 'MAXVALUE ' || s.seqmax end,
    case when s.seqcache <> 1 then 'CACHE ' || s.seqcache end,
    case when s.seqcycle then 'CYCLE' end
  ), '') as options,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as sequence,
    c.relpersistence as persistence, described.description as comment,
    -- Its owner, who is the table's, may do all.
    case when c.relacl is not null then nullif(array(
      select a.privilege_type || ' to '
        || case a.grantee when 0 then 'PUBLIC' else coalesce(quote_ident(r.rolname), 'a dropped role') end
        || case when a.is_grantable then ' with grant option' else '' end collate "C"
      from aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
      where a.grantee <> c.relowner and a.privilege_type <> 'MAINTAIN'
      order by 1
    ), '{}') end as privileges
  from pg_depend d
  join pg_sequence s on s.seqrelid = d.objid
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
  join (values ('int2'::regtype, -32768, 32767), ('int4', -2147483648, 2147483647),
    ('int8', -9223372036854775808, 9223372036854775807)) bounds (type, lowest, highest) on bounds.type = s.seqtypid
  left join pg_description described
    on described.objoid = c.oid and described.classoid = 'pg_class'::regclass and described.objsubid = 0
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
    and ($1::oid[] is null or d.refobjid = any($1))
)
select
  'pg_class'::regclass::oid as class_oid, c.oid as object_oid, a.attnum as sub_id, c.is_blocked as blocked,
  c.nspname as schema, c.relname as relation, a.attname as column,
  format_type(a.atttypid, a.atttypmod) as data_type,
  case when a.attcollation <> t.typcollation then (
    select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
    from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = a.attcollation
  ) end as collation,
  case when a.attgenerated = '' and not c.is_blocked then pg_get_expr(d.adbin, 0) end as default,
  a.attnotnull as not_null,
  rules.rule as not_null_rule,
  -- A partition's is its root's; only from 17 on its catalog says so too.
  case when not c.relispartition then case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' end end
    as identity,
  case when identities.seqtypid <> a.atttypid
    then concat_ws(' ', 'AS', format_type(identities.seqtypid, null), identities.options)
    else identities.options
  end as identity_sequence,
  identities.sequence as identity_sequence_name,
  -- Before 15 the one of an unlogged table is logged.
  case when identities.persistence = 'u' and c.relpersistence = 'p' then 'unlogged' end as identity_sequence_persistence,
  identities.privileges as identity_sequence_privileges,
  identities.comment as identity_sequence_comment,
  case when a.attgenerated <> '' and not c.is_blocked
    then format('(%s) %s', pg_get_expr(d.adbin, a.attrelid), case a.attgenerated when 's' then 'STORED' else 'VIRTUAL' end)
  end as generated,
  case when a.attstorage <> t.typstorage then
    case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN' when 'x' then 'EXTENDED' end
  end as storage,
  case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
  nullif(a.attstattarget, -1)::int as statistics_target,
  case when a.attoptions <> '{}' then array(select o collate "C" from unnest(a.attoptions) o order by 1) end
    as options,
  case when a.attfdwoptions <> '{}' then array(
    select :option_shown collate "C"
    from unnest(a.attfdwoptions) o order by 1
  ) end as foreign_options,
  -- A partition's columns are its parent's; an attached one counts as its own, which nobody means by it.
  case when a.attinhcount > 0 and not c.relispartition then
    case when a.attislocal then 'inherited and its own' else 'inherited' end
  end as inheritance,
  a.attnum - case
    when dropped.numbers is null then 0 else (select count(*)::int from unnest(dropped.numbers) n where n < a.attnum)
  end as position
from older
cross join lateral (
  select attrelid, attname, attnum, atttypid, atttypmod, attcollation, attnotnull, attidentity, attgenerated, attstorage,
    attcompression, attstattarget, attoptions, attfdwoptions, attislocal, attinhcount, atthasdef
  from pg_attribute
  where attnum > 0 and not attisdropped and ($1::oid[] is null or attrelid = any($1))
) a
join holders c on c.oid = a.attrelid
left join pg_type t on t.oid = a.atttypid
-- Where a column has none of these nothing is looked up, as NULL is equal to nothing.
left join pg_attrdef d on d.adrelid = case when a.atthasdef then a.attrelid end and d.adnum = a.attnum
left join not_null_rules rules
  on rules.conrelid = case when a.attnotnull then a.attrelid end and rules.attnum = a.attnum
left join identities on identities.place = case when a.attidentity <> '' then a.attrelid::int8 << 16 | a.attnum end
left join dropped on dropped.attrelid = a.attrelid
