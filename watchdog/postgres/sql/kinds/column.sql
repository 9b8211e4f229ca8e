-- Columns of tables, partitioned tables, views, materialized views and foreign tables. $1 and $2 are relations.
-- A large schema has hundreds of thousands of columns, of which most are like many others: all that are alike are one
-- row, with the relation of each and its number there. A dropped one has no name, and comes first.
-- A default names no column, so it is rendered as no relation's: to be told one, the server opens it, for 20 times as
-- much. What few columns have is looked up for those alone, of which each is a row of its own.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (select ''::"char" as attcompression),
holders as materialized (
  select c.oid, c.relispartition
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and :is_own
),
-- 18 keeps each NOT NULL as a constraint, which may be not yet validated or not passed on to children.
not_null_rules as (
  select conrelid::int8 << 16 | conkey[1] as place,
    nullif(concat_ws(' ', case when connoinherit then 'NO INHERIT' end, case when not convalidated then 'NOT VALID' end), '')
      as rule
  from pg_constraint
  where contype = 'n' and (connoinherit or not convalidated) and ($1::oid[] is null or conrelid = any($1))
),
-- Each with the first of those that read alike.
defaults as (
  select first, unnest(places) as place
  from (
    select min(oid) as first, array_agg(adrelid::int8 << 16 | adnum) as places
    from pg_attrdef where $1::oid[] is null or adrelid = any($1)
    group by adbin::text, :by_hash
  ) alike
),
-- One of a column, also where a damaged catalog has more: whatever is told twice would stand twice in the order.
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
    -- Before 15 the one of an unlogged table is logged.
    case when c.relpersistence = 'u' and (select relpersistence from pg_class where oid = d.refobjid) = 'p' then 'unlogged'
    end as persistence,
    described.description as comment,
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
),
alike as (
  select array_agg(attrelid) as relations, array_agg(attnum) as numbers, particular, is_set, is_partition, is_blocked,
    attname, atttypid, atttypmod, attcollation, attstorage, attnotnull, attidentity, attgenerated, inheritance, default_id
  from (
    select a.*, defaults.first as default_id, a.attrelid = any($2::oid[]) as is_blocked,
      case
        when is_set or a.attidentity <> '' or a.attgenerated <> '' or (
          a.attnotnull and a.attrelid::int8 << 16 | a.attnum in (select place from not_null_rules)
        )
        then a.attrelid::int8 << 16 | a.attnum
      end as particular,
      c.relispartition and a.attidentity <> '' as is_partition,
      -- A partition's columns are its parent's; an attached one counts as its own, which nobody means by it.
      case when a.attinhcount > 0 and not c.relispartition then
        case when a.attislocal then 'inherited and its own' else 'inherited' end
      end as inheritance
    from older
    cross join lateral (
      select attrelid, attnum, case when not attisdropped then attname end as attname, atttypid, atttypmod,
        attcollation, attnotnull, attidentity, attgenerated, attstorage, attislocal, attinhcount, atthasdef,
        attcompression <> '' or attstattarget >= 0 or attoptions is not null or attfdwoptions is not null as is_set
      from pg_attribute
      where attnum > 0 and ($1::oid[] is null or attrelid = any($1))
    ) a
    join holders c on c.oid = a.attrelid
    left join defaults on defaults.place = case when a.atthasdef then a.attrelid::int8 << 16 | a.attnum end
  ) each
  group by particular, is_set, is_partition, is_blocked, attname, atttypid, atttypmod, attcollation, attstorage,
    attnotnull, attidentity, attgenerated, inheritance, default_id, :by_hash
)
select
  'pg_class'::regclass::oid as class_oid, a.relations as object_oids, a.numbers as sub_ids, a.is_blocked as blocked,
  a.attname as column,
  quote_ident(a.attname) as quoted, a.atttypid as type_oid, a.attcollation as collation_oid,
  format_type(a.atttypid, a.atttypmod) as data_type,
  case when a.attcollation <> t.typcollation then (
    select quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
    from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
    where co.oid = a.attcollation
  ) end as collation,
  case when a.attgenerated = '' and not a.is_blocked then pg_get_expr(d.adbin, 0) end as default,
  a.attnotnull as not_null,
  rules.rule as not_null_rule,
  -- A partition's is its root's; only from 17 on its catalog says so too.
  case when a.attidentity <> '' and not a.is_partition then
    case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' end
  end as identity,
  case when identities.seqtypid <> a.atttypid
    then concat_ws(' ', 'AS', format_type(identities.seqtypid, null), identities.options)
    else identities.options
  end as identity_sequence,
  identities.sequence as identity_sequence_name,
  identities.persistence as identity_sequence_persistence,
  identities.privileges as identity_sequence_privileges,
  identities.comment as identity_sequence_comment,
  case when a.attgenerated <> '' and not a.is_blocked then format(
    '(%s) %s', pg_get_expr(d.adbin, a.relations[1]), case a.attgenerated when 's' then 'STORED' else 'VIRTUAL' end
  ) end as generated,
  case when a.attstorage <> t.typstorage then
    case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN' when 'x' then 'EXTENDED' end
  end as storage,
  case own.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
  nullif(own.attstattarget, -1)::int as statistics_target,
  case when own.attoptions <> '{}' then array(select o collate "C" from unnest(own.attoptions) o order by 1) end
    as options,
  case when own.attfdwoptions <> '{}' then array(
    select :option_shown collate "C"
    from unnest(own.attfdwoptions) o order by 1
  ) end as foreign_options,
  a.inheritance
from alike a
left join pg_type t on t.oid = a.atttypid
-- Each looked up, as OFFSET 0 has it, and most not even that.
left join lateral (select adbin from pg_attrdef where oid = a.default_id offset 0) d on true
left join lateral (
  select own.* from older cross join lateral (
    select attcompression, attstattarget, attoptions, attfdwoptions from pg_attribute
    where a.is_set and attrelid = a.relations[1] and attnum = a.numbers[1]
  ) own
  offset 0
) own on true
left join not_null_rules rules on rules.place = a.particular
left join identities on identities.place = case when a.attidentity <> '' then a.particular end
order by a.attname is not null
