-- Aggregates. They name their functions without argument types, as CREATE AGGREGATE does: those follow from the types
-- of the aggregate, and 14 changed them of the server's own (array_append).
with function as not materialized (
  select p.oid, quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
)
select
  p.tableoid as class_oid, p.oid as object_oid, 0 as sub_id, p.oid = any($2::oid[]) as blocked,
  n.nspname as schema,
  quote_ident(p.proname) || '(' || coalesce((
    select string_agg(format_type(type, null), ', ' order by place)
    from unnest(p.proargtypes) with ordinality as argument (type, place)
  ), '*') || ')' as aggregate,
  case a.aggkind
    when 'n' then 'aggregate' when 'o' then 'ordered-set aggregate' when 'h' then 'hypothetical-set aggregate'
  end as aggregate_kind,
  nullif(pg_get_function_arguments(p.oid), '') as arguments,
  format_type(p.prorettype, null) as result,
  (select name from function f where f.oid = a.aggtransfn) as transition_function,
  format_type(a.aggtranstype, null) as state_type,
  nullif(a.aggtransspace, 0) as state_data_size,
  (select name from function f where f.oid = a.aggfinalfn) as final_function,
  a.aggfinalextra as final_function_extra,
  case
    -- Each sort of aggregate has its own default.
    when a.aggfinalmodify = case a.aggkind when 'n' then 'r' else 'w' end then null
    when a.aggfinalmodify = 'r' then 'READ_ONLY' when a.aggfinalmodify = 's' then 'SHAREABLE' else 'READ_WRITE'
  end as final_function_modify,
  (select name from function f where f.oid = a.aggcombinefn) as combine_function,
  (select name from function f where f.oid = a.aggserialfn) as serialization_function,
  (select name from function f where f.oid = a.aggdeserialfn) as deserialization_function,
  a.agginitval as initial_condition,
  (select name from function f where f.oid = a.aggmtransfn) as moving_transition_function,
  (select name from function f where f.oid = a.aggminvtransfn) as moving_inverse_function,
  case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end as moving_state_type,
  nullif(a.aggmtransspace, 0) as moving_state_data_size,
  (select name from function f where f.oid = a.aggmfinalfn) as moving_final_function,
  a.aggmfinalextra as moving_final_function_extra,
  case
    when a.aggmfinalmodify = case a.aggkind when 'n' then 'r' else 'w' end then null
    when a.aggmfinalmodify = 'r' then 'READ_ONLY' when a.aggmfinalmodify = 's' then 'SHAREABLE' else 'READ_WRITE'
  end as moving_final_function_modify,
  a.aggminitval as moving_initial_condition,
  case when a.aggsortop <> 0 then a.aggsortop::regoperator::text end as sort_operator,
  case p.proparallel when 's' then 'SAFE' when 'r' then 'RESTRICTED' end as parallel
from pg_aggregate a
join pg_proc p on p.oid = a.aggfnoid
join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or p.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = p.tableoid and d.objid = p.oid and d.deptype = 'e'
  )
