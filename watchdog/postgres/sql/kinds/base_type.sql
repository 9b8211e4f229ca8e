-- Types of C functions, and shells (CREATE TYPE with nothing but a name). Array types (deptype i) come with theirs.
-- The subscript function came with 14, and is read so that 13 takes the query too; raw_array_subscript_handler is what a
-- type with elements has without saying so.
with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  n.nspname as schema, t.typname as type,
  t.typisdefined as defined,
  (select name from function f where f.oid = t.typinput and t.typisdefined) as input_function,
  (select name from function f where f.oid = t.typoutput and t.typisdefined) as output_function,
  (select name from function f where f.oid = t.typreceive) as receive_function,
  (select name from function f where f.oid = t.typsend) as send_function,
  (select name from function f where f.oid = t.typmodin) as type_modifier_input_function,
  (select name from function f where f.oid = t.typmodout) as type_modifier_output_function,
  (select name from function f where f.oid = t.typanalyze) as analyze_function,
  nullif(nullif(to_jsonb(t) ->> 'typsubscript', '-'), 'raw_array_subscript_handler') as subscript_function,
  case when t.typisdefined then nullif(t.typlen, -1)::int end as internal_length,
  t.typbyval and t.typisdefined as passed_by_value,
  case t.typalign when 'c' then 'char' when 's' then 'int2' when 'd' then 'double' end as alignment,
  case t.typstorage when 'e' then 'external' when 'x' then 'extended' when 'm' then 'main' end as storage,
  case when t.typisdefined then nullif(t.typcategory::text, 'U') end as category,
  t.typispreferred as preferred,
  t.typdefault as default,
  case when t.typelem <> 0 then format_type(t.typelem, null) end as element,
  nullif(t.typdelim::text, ',') as delimiter,
  t.typcollation <> 0 as collatable
from (
  -- Only array types have array_in, and there are as many as tables and types. OFFSET 0 has them left out first, and the
  -- others looked up by the index.
  select tableoid, * from pg_type
  where (typtype = 'b' or not typisdefined) and typinput <> 'array_in'::regproc
    and ($1::oid[] is null or oid = any($1))
  offset 0
) t
join pg_namespace n on n.oid = t.typnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select from pg_depend d where d.classid = t.tableoid and d.objid = t.oid and d.deptype in ('e', 'i') offset 0
  )
