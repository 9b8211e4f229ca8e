-- Functions, procedures and window functions.
-- The constructors of a range type (deptype i) are part of the type; an aggregate is a kind of its own.
-- The arguments are put together here: from 14 the server's own text says IN for a procedure's. Of a C or internal
-- function the body is the name of its symbol.
select
  p.tableoid as class_oid, p.oid as object_oid, 0 as sub_id, p.oid = any($2::oid[]) as blocked,
  n.nspname as schema,
  quote_ident(p.proname) || '(' || coalesce((
    select string_agg(format_type(type, null), ', ' order by place)
    from unnest(p.proargtypes) with ordinality as argument (type, place)
  ), '') || ')' as routine,
  case p.prokind when 'f' then 'function' when 'p' then 'procedure' when 'w' then 'window function' end as routine_kind,
  case when p.oid <> all($2) then (
    select string_agg(
      case p.proargmodes[place] when 'o' then 'OUT ' when 'b' then 'INOUT ' when 'v' then 'VARIADIC ' else '' end
        || coalesce(quote_ident(nullif(p.proargnames[place], '')) || ' ', '')
        || format_type(type, null)
        || coalesce(' DEFAULT ' || pg_get_function_arg_default(p.oid, place::int), ''),
      ', ' order by place
    )
    from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as argument (type, place)
    where p.proargmodes[place] is distinct from 't'
  ) end as arguments,
  case when p.oid <> all($2) then pg_get_function_result(p.oid) end as result,
  l.lanname as language,
  p.prosrc as body,
  null::text as sql_body,
  p.probin as library,
  case p.provolatile when 'i' then 'IMMUTABLE' when 's' then 'STABLE' when 'v' then 'VOLATILE' end as volatility,
  p.proisstrict as strict,
  p.prosecdef as security_definer,
  p.proleakproof as leakproof,
  case p.proparallel when 's' then 'SAFE' when 'r' then 'RESTRICTED' when 'u' then 'UNSAFE' end as parallel,
  p.procost::text as cost,
  p.prorows::text as rows,
  (
    select quote_ident(fn.nspname) || '.' || quote_ident(f.proname)
    from pg_proc f join pg_namespace fn on fn.oid = f.pronamespace
    where f.oid = p.prosupport
  ) as support_function,
  nullif(array(select format_type(type, null) collate "C" from unnest(p.protrftypes) type order by 1), '{}')
    as transforms,
  nullif(array(
    select :option_shown collate "C"
    from unnest(p.proconfig) o order by 1
  ), '{}') as settings
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
left join pg_language l on l.oid = p.prolang
where p.prokind in ('f', 'p', 'w')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or p.oid = any($1))
  -- OFFSET 0 has each looked up by the index: to find them all at once goes through the whole catalog.
  and not exists (
    select from pg_depend d where d.classid = p.tableoid and d.objid = p.oid and d.deptype in ('e', 'i') offset 0
  )
