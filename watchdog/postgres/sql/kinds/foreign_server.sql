-- $1 and $2 are foreign servers. Options are as stored, name=value; what may be a secret is hidden.
select
  s.tableoid as class_oid, s.oid as object_oid, 0 as sub_id, s.oid = any($2::oid[]) as blocked,
  s.srvname as foreign_server,
  w.fdwname as foreign_data_wrapper,
  -- A dump writes neither when it is empty.
  nullif(s.srvtype, '') as type,
  nullif(s.srvversion, '') as version,
  nullif(array(
    select :option_shown collate "C"
    from unnest(s.srvoptions) o order by 1
  ), '{}') as options
from pg_foreign_server s
left join pg_foreign_data_wrapper w on w.oid = s.srvfdw
where ($1::oid[] is null or s.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = s.tableoid and d.objid = s.oid and d.deptype = 'e'
  )
