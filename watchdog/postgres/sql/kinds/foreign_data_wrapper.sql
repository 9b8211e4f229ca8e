-- $1 and $2 are foreign data wrappers. Options are as stored, name=value; what may be a secret is hidden.
select
  w.tableoid as class_oid, w.oid as object_oid, 0 as sub_id, w.oid = any($2::oid[]) as blocked,
  w.fdwname as foreign_data_wrapper,
  (
    select quote_ident(n.nspname) || '.' || quote_ident(p.proname)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = w.fdwhandler
  ) as handler,
  (
    select quote_ident(n.nspname) || '.' || quote_ident(p.proname)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = w.fdwvalidator
  ) as validator,
  nullif(array(
    select :option_shown collate "C"
    from unnest(w.fdwoptions) o order by 1
  ), '{}') as options
from pg_foreign_data_wrapper w
where w.oid >= 16384
  and ($1::oid[] is null or w.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = w.tableoid and d.objid = w.oid and d.deptype = 'e'
  )
