-- Indexes. $1 and $2 are relations. What carries a constraint is told there; a partition's index follows its parent.
-- To have the server render a definition costs several times what all else of an index does. That of the ordinary index
-- is put together here, in the very words of pg_get_indexdef: of one to three plain columns, each with the collation of
-- its column and the operator class that its type has by default.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (select false as indnullsnotdistinct),
holders as materialized (
  select c.oid, n.nspname, c.relname, c.oid = any($2::oid[]) as is_blocked,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as qualified,
    columns.names, columns.types, columns.collations
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  -- By their numbers; none where one is missing, which is damage that the server has its own words for.
  left join lateral (
    select array_agg(attname::text) as names, array_agg(atttypid) as types, array_agg(attcollation) as collations
    from (
      select attname, atttypid, attcollation from pg_attribute where attrelid = c.oid and attnum > 0 order by attnum
    ) each
    offset 0
  ) columns on cardinality(columns.names) = c.relnatts
  where c.relkind in ('r', 'p', 'm')
    and :is_own
),
-- What few columns of indexes have: a target of their own, or parameters of their operator class.
particular as (
  select attrelid,
    array_agg(attnum || ': ' || attstattarget order by attnum) filter (where attstattarget >= 0) as targets,
    bool_or(attoptions is not null) as has_options
  from pg_attribute
  where attnum > 0 and (attstattarget >= 0 or attoptions is not null)
    and ($1::oid[] is null or attrelid = any(array(select indexrelid from pg_index where indrelid = any($1))))
  group by attrelid
),
-- To render an expression the server opens the table, which is most of the cost. What comes after the table's name is
-- told by the index's own row and by the table's columns, so it is rendered once for all that have these alike, as the
-- tables of many tenants and partitions do. The table's name comes again only for its whole row, whose type is in the
-- expression. Of the key's columns, three at most, type and collation count too: they tell what goes without saying.
alike as (
  select array_agg(i.indexrelid) as oids, (array_agg(:index_head))[1] as head
  from older
  cross join holders c
  cross join lateral (
    select indexrelid, indnatts, indisunique, indnullsnotdistinct, indkey, indcollation, indclass, indoption,
      indexprs::text, indpred::text
    from pg_index
    where indrelid = c.oid and (indexprs is not null or indpred is not null)
    -- Apart: where the planner expects few of these, it goes through all tables for each.
    offset 0
  ) i
  join pg_class ic on ic.oid = i.indexrelid
  where ic.relkind = 'i' and ic.reloptions is null and i.indnatts <= 3 and not c.is_blocked and c.names is not null
    and i.indexrelid not in (select attrelid from particular where has_options)
  group by i.indexprs, i.indpred, i.indkey::int2[], i.indclass, i.indcollation, i.indoption::int2[],
    i.indnullsnotdistinct, c.names,
    c.types[i.indkey[0]], c.types[i.indkey[1]], c.types[i.indkey[2]],
    c.collations[i.indkey[0]], c.collations[i.indkey[1]], c.collations[i.indkey[2]]
  having count(*) > 1
),
tails as materialized (
  select unnest(oids) as oid, tail
  from (select oids, substr(pg_get_indexdef(oids[1]), length(head) + 1) as tail from alike offset 0) each
)
select
  ic.tableoid as class_oid, ic.oid as object_oid, 0 as sub_id, c.is_blocked as blocked,
  c.nspname as schema, c.relname as relation, ic.relname as index,
  case when not c.is_blocked then coalesce(
    :index_head || i.tail,
    case
      when i.indnatts <= 3 and i.indnatts = i.indnkeyatts and not i.has_expressions
        and ic.relkind = 'i' and ic.reloptions is null and not coalesce(particular.has_options, false)
        and not i.indnullsnotdistinct
      then :index_head || ' USING ' || quote_ident(am.amname) || ' (' || :index_key_0
        || case when i.indnatts > 1 then ', ' || :index_key_1 else '' end
        || case when i.indnatts > 2 then ', ' || :index_key_2 else '' end
        || ')'
    end,
    pg_get_indexdef(ic.oid)
  ) end as definition,
  i.indisvalid and i.indisready as valid,
  i.indisunique as unique,
  ts.spcname as tablespace,
  i.indisclustered as clustered,
  particular.targets as statistics_targets
from (
  select own.*, tails.tail
  from older
  cross join lateral (
    select indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisclustered, indisvalid,
      indisready, indkey, indcollation, indclass, indoption,
      indexprs is not null or indpred is not null as has_expressions
    from pg_index
    -- A constraint's is its primary key or excludes, or is a unique one that a constraint has.
    where not indisprimary and not indisexclusion and ($1::oid[] is null or indrelid = any($1)) and not (
      indisunique and exists (
        select from pg_constraint where conrelid = indrelid and conindid = indexrelid and contype in ('p', 'u', 'x')
      )
    )
  ) own
  -- Full, which is never a loop over all tails for each index, however few the planner expects.
  full join tails on tails.oid = own.indexrelid
  offset 0
) i
join holders c on c.oid = i.indrelid
join pg_class ic on ic.oid = i.indexrelid
join pg_am am on am.oid = ic.relam
left join particular on particular.attrelid = ic.oid
left join pg_tablespace ts on ts.oid = ic.reltablespace
where not ic.relispartition
