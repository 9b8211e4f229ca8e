-- What a foreign table is beyond a relation. $1 and $2 are relations. What may be a secret in its options is hidden.
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation,
  s.srvname as server,
  nullif(array(
    select :option_shown collate "C"
    from unnest(f.ftoptions) o order by 1
  ), '{}') as options
from pg_foreign_table f
left join pg_foreign_server s on s.oid = f.ftserver
join pg_class c on c.oid = f.ftrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
