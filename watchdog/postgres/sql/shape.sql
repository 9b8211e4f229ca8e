-- A number for each object that changes with what is rendered of it. Renderings read newer catalogs than their
-- transaction's snapshot, these rows do not: taken in it and after it they tell whether it read one state.
-- Of relations and types only names count: TRUNCATE, ANALYZE and new statistics touch their rows too.
-- $1 are relations, types, routines, statistics, collations and operators.
with
schemas as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
-- What has columns of its own, and may have defaults, indexes, rules and triggers.
holders as (
  select oid from pg_class
  where relkind in ('r', 'p', 'v', 'm', 'f', 'c') and relnamespace in (select oid from schemas)
    and ($1::oid[] is null or oid = any($1))
)
select 'schema' as what, oid, hashname(nspname) as number from schemas
union all
-- An index's parameters are part of its definition, which others that read alike share.
select 'relation', oid, hashname(relname) # relnamespace::int # coalesce(hashtext(reloptions::text), 0) from pg_class
where relnamespace in (select oid from schemas) and ($1 is null or oid = any($1))
union all
select 'columns', attrelid, sum(hashname(attname) # atttypid::int # attnum::int)
from pg_attribute where attnum > 0 and attrelid in (select oid from holders) group by attrelid
union all
select 'type', oid, hashname(typname) # typnamespace::int from pg_type
where typnamespace in (select oid from schemas) and ($1 is null or oid = any($1))
union all
-- A constant is rendered by its label.
select 'labels', enumtypid, sum(hashname(enumlabel))
from pg_enum
where enumtypid in (select oid from pg_type where typnamespace in (select oid from schemas))
  and ($1 is null or enumtypid = any($1))
group by enumtypid
union all
select 'domain', oid, xmin::text::int8 from pg_type
where typtype = 'd' and typnamespace in (select oid from schemas) and ($1 is null or oid = any($1))
union all
select 'default', oid, xmin::text::int8 from pg_attrdef where adrelid in (select oid from holders)
union all
-- Those of NOT NULL, which 18 keeps here, are never rendered.
select 'constraint', oid, xmin::text::int8 from pg_constraint
where contype <> 'n' and connamespace in (select oid from schemas)
  and ($1 is null or conrelid = any($1) or contypid = any($1))
union all
select 'index', indexrelid, xmin::text::int8 from pg_index where indrelid in (select oid from holders)
union all
select 'rule', oid, xmin::text::int8 from pg_rewrite where ev_class in (select oid from holders)
union all
select 'trigger', oid, xmin::text::int8 from pg_trigger
where not tgisinternal and tgrelid in (select oid from holders)
union all
select 'policy', oid, xmin::text::int8 from pg_policy where $1 is null or polrelid = any($1)
union all
select 'statistics', oid, xmin::text::int8 from pg_statistic_ext where $1 is null or oid = any($1)
union all select 'publication_table', oid, xmin::text::int8 from pg_publication_rel
union all
select 'routine', oid, xmin::text::int8 from pg_proc
where pronamespace in (select oid from schemas) and ($1 is null or oid = any($1))
union all
select 'collation', oid, hashname(collname) # collnamespace::int from pg_collation
where collnamespace in (select oid from schemas) and ($1 is null or oid = any($1))
union all
select 'operator', oid, hashname(oprname) # oprnamespace::int from pg_operator
where oprnamespace in (select oid from schemas) and ($1 is null or oid = any($1))
