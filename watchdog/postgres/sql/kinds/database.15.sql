-- The one database that is looked at: its name is no part of what it is, and it does allow connections. $1 and $2 are
-- databases. What is read through to_jsonb 15 does not have, or by another name.
with d as (
  select p.*, p.tableoid as class_oid, to_jsonb(p) as later from pg_database p where p.datname = current_database()
),
setting as (
  select s.setdatabase, s.setrole,
    :option_shown as text
  from pg_db_role_setting s, unnest(s.setconfig) o
)
select
  d.class_oid, d.oid as object_oid, 0 as sub_id, d.oid = any($2::oid[]) as blocked,
  pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as collate,
  d.datctype as ctype,
  case d.datlocprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end as locale_provider,
  coalesce(d.later ->> 'datlocale', d.later ->> 'daticulocale') as locale,
  d.later ->> 'daticurules' as icu_rules,
  nullif(d.datconnlimit, -1) as connection_limit,
  d.datistemplate as is_template,
  (select t.spcname from pg_tablespace t where t.oid = d.dattablespace) as tablespace,
  nullif(array(
    select s.text collate "C" from setting s where s.setdatabase = d.oid and s.setrole = 0 order by 1
  ), '{}') as settings,
  -- ALL is for ALTER ROLE ALL SET, which has no role and no database to be said at.
  nullif(array(
    select coalesce(quote_ident(r.rolname), 'ALL') || ': ' || s.text collate "C"
    from setting s
    left join pg_roles r on r.oid = s.setrole
    where s.setdatabase = d.oid and r.oid is not null or s.setdatabase = 0 and s.setrole = 0
    order by 1
  ), '{}') as role_settings,
  d.datcollversion <> pg_database_collation_actual_version(d.oid) as version_mismatch
from d
where $1::oid[] is null or d.oid = any($1)
