-- $1 and $2 are user mappings. Who may not see the options, as most watching roles, gets the same NULL from the view as
-- for no options at all; so here NULL means hidden, and an empty list none. The condition is the view's own.
-- The mapping of PUBLIC reads "public", a name that no role can have.
select
  'pg_user_mapping'::regclass::oid as class_oid, m.umid as object_oid, 0 as sub_id, m.umid = any($2::oid[]) as blocked,
  m.srvname as foreign_server, m.usename as user,
  case
    when m.umoptions is not null
      or (select rolsuper from pg_roles where rolname = current_user)
      or m.umuser = 0 and pg_has_role(s.srvowner, 'USAGE')
      or m.usename = current_user
        and (pg_has_role(s.srvowner, 'USAGE') or has_server_privilege(s.oid, 'USAGE'))
    then array(
      select :option_shown collate "C"
      from unnest(m.umoptions) o order by 1
    )
  end as options
from pg_user_mappings m
join pg_foreign_server s on s.oid = m.srvid
where m.usename is not null
  and ($1::oid[] is null or m.umid = any($1))
  and not exists (
    select from pg_depend d
    where d.deptype = 'e'
      and (d.classid = 'pg_user_mapping'::regclass and d.objid = m.umid or d.classid = s.tableoid and d.objid = s.oid)
  )
