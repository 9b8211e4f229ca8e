-- Indexes. $1 and $2 are relations. What carries a constraint is told there; a partition's index follows its parent.
-- To have the server render a definition costs several times what all else of an index does. That of the ordinary index
-- is put together here, in the very words of pg_get_indexdef: of one to three plain columns, each with the collation of
-- its column and the operator class that its type has by default.
-- Each relation of $3 is represented by one in $4 whose columns are the same by number, name, type and collation, also
-- those dropped; any other by itself. Columns are read, and expressions rendered, once for all that one represents.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as not materialized (select false as indnullsnotdistinct),
own as materialized (
  select c.oid, n.nspname::text, c.relname::text, c.relnatts, c.oid = any($2::oid[]) as is_blocked,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as qualified,
    coalesce(given.representative, c.oid) as representative
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join unnest($3::oid[], $4::oid[]) as given (oid, representative) on given.oid = c.oid
  where c.relkind in ('r', 'p', 'm')
    and :is_own
),
columns as (
  select represented.oid, each.*, min(represented.oid) over (partition by names, types, collations) as first
  from (select distinct representative as oid from own) represented
  cross join lateral (
    select array_agg(quote_ident(attname)) as names, array_agg(atttypid) as types, array_agg(attcollation) as collations
    from (
      select attname, atttypid, attcollation from pg_attribute
      where attrelid = represented.oid and attnum > 0
      order by attnum
    ) each
    offset 0
  ) each
),
-- Columns by their numbers, names as printed; none where one is missing, a damage that the server itself tells of.
-- Full, which is never a loop over all columns for each relation, however few the planner expects.
holders as materialized (
  select own.oid, nspname, relname, is_blocked, qualified, columns.first,
    case when cardinality(names) = relnatts then names end as names, types, collations
  from own
  full join columns on columns.oid = own.representative
),
-- To render an expression the server opens the table, which is most of the cost. What comes after the table's name is
-- told by the index's own row and by the table's columns, so it is rendered once for all that have these alike, as the
-- tables of many tenants and partitions do. The table's name comes again only for its whole row, whose type is in the
-- expression.
alike as (
  select array_agg(indexrelid) as oids
  from (
    select c.first, i.*
    from (select oid, first from holders where not is_blocked and names is not null) c
    full join (
      select own.*
      from older
      cross join lateral (
        select indexrelid, indrelid, indnullsnotdistinct, indkey::int2[], indcollation, indclass, indoption::int2[],
          indexprs::text, indpred::text
        from pg_index
        where (indexprs is not null or indpred is not null) and indnatts <= 3
          and ($1::oid[] is null or indrelid = any($1))
      ) own
    ) i on i.indrelid = c.oid
    offset 0
  ) each
  where first is not null and indexrelid is not null
  group by first, indexprs, indpred, indkey, indclass, indcollation, indoption, indnullsnotdistinct
  having count(*) > 1
),
tails as materialized (
  select unnest(oids) as oid, tail
  from (
    select alike.oids, substr(pg_get_indexdef(ic.oid), length(:index_head) + 1) as tail
    from alike
    cross join lateral (
      -- The first that has nothing of its own at the end.
      select ic.oid, ic.relname, i.indrelid, i.indisunique
      from unnest(alike.oids) each (oid)
      join pg_class ic on ic.oid = each.oid
      join pg_index i on i.indexrelid = each.oid
      where :index_is_ordinary
      limit 1
    ) i
    cross join lateral (select i.oid, i.relname) ic
    join holders c on c.oid = i.indrelid
    offset 0
  ) each
)
select
  'pg_class'::regclass::oid as class_oid, ic.oid as object_oid, 0 as sub_id, c.is_blocked as blocked,
  c.nspname as schema, c.relname as relation, ic.relname as index,
  case when not c.is_blocked then coalesce(
    case
      when :index_is_ordinary
      then :index_head || case
        when i.tail is not null then i.tail
        when i.indnatts <= 3 and i.indnatts = i.indnkeyatts and not i.is_special and not i.indnullsnotdistinct
        then ' USING ' || quote_ident(am.amname) || ' (' || :index_key_0
          || case when i.indnatts > 1 then ', ' || :index_key_1 else '' end
          || case when i.indnatts > 2 then ', ' || :index_key_2 else '' end
          || ')'
      end
    end,
    pg_get_indexdef(ic.oid)
  ) end as definition,
  i.indisvalid and i.indisready as valid,
  i.indisunique as unique,
  ts.spcname as tablespace,
  i.indisclustered as clustered,
  -- Only an expression can have one.
  case when i.has_expressions then (
    select array_agg(attnum || ': ' || attstattarget order by attnum) from pg_attribute
    where attrelid = ic.oid and attnum > 0 and attstattarget >= 0
  ) end as statistics_targets
from (
  select own.*, tails.tail
  from older
  cross join lateral (
    select indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisclustered, indisvalid,
      indisready, indkey, indcollation, indclass, indoption, indexprs is not null as has_expressions,
      indexprs is not null or indpred is not null as is_special
    from pg_index
    -- A constraint's is its primary key or excludes, or is a unique one that a constraint has.
    where not indisprimary and not indisexclusion and ($1::oid[] is null or indrelid = any($1)) and not (
      indisunique and exists (
        select from pg_constraint where conrelid = indrelid and conindid = indexrelid and contype in ('p', 'u', 'x')
        -- One by one: there are few, where the planner would go through all constraints.
        offset 0
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
left join pg_tablespace ts on ts.oid = ic.reltablespace
where not ic.relispartition
