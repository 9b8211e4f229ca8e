-- Which dictionaries a configuration asks for a token of each type, in this order.
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.cfgname as text_search_configuration,
  quote_ident(pn.nspname) || '.' || quote_ident(p.prsname) as parser,
  nullif(array(
    select (
      quote_ident(coalesce(min(token.alias), m.maptokentype::text)) || ' WITH '
        || string_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname), ', ' order by m.mapseqno)
    ) collate "C"
    from pg_ts_config_map m
    join pg_ts_dict d on d.oid = m.mapdict
    join pg_namespace dn on dn.oid = d.dictnamespace
    left join lateral ts_token_type(c.cfgparser) token on token.tokid = m.maptokentype
    where m.mapcfg = c.oid
    group by m.maptokentype
    order by 1
  ), '{}') as mappings
from pg_ts_config c
join pg_ts_parser p on p.oid = c.cfgparser
join pg_namespace pn on pn.oid = p.prsnamespace
join pg_namespace n on n.oid = c.cfgnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
