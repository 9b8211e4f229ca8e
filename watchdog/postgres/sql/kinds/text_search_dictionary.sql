-- Options are stored as one text, `"Name" = 'value', other = 7`. ALTER puts what it changes at the end: they are a set.
select
  x.tableoid as class_oid, x.oid as object_oid, 0 as sub_id, x.oid = any($2::oid[]) as blocked,
  n.nspname as schema, x.dictname as text_search_dictionary,
  quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname) as template,
  nullif(array(
    select (option[1] || ' = ' || option[2]) collate "C"
    from regexp_matches(
      x.dictinitoption, '("(?:[^"]|"")*"|[^\s"=,]+)\s*=\s*(E?''(?:[^'']|'''')*''|[^\s'',]+)', 'g'
    ) option
    order by 1
  ), '{}') as options
from pg_ts_dict x
left join pg_ts_template t on t.oid = x.dicttemplate
left join pg_namespace tn on tn.oid = t.tmplnamespace
join pg_namespace n on n.oid = x.dictnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or x.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = x.tableoid and d.objid = x.oid and d.deptype = 'e'
  )
