-- What is set for the role, for the database, and for the role in the database. Values are shown only of the settings
-- that $1 names: any other may be an application's secret.
select s.setrole <> 0 as of_role, s.setdatabase <> 0 as of_database, lower(split_part(o, '=', 1)) as name,
  case when lower(split_part(o, '=', 1)) = any($1::text[]) then substr(o, strpos(o, '=') + 1) end as value
from pg_db_role_setting s, unnest(s.setconfig) o
where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and s.setrole in (0, (select oid from pg_roles where rolname = session_user))
order by 1, 2, 3
