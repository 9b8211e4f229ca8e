-- $1 and $2 are tablespaces. One in place (15) lies in a folder named by its oid, which says nothing.
select
  t.tableoid as class_oid, t.oid as object_oid, 0 as sub_id, t.oid = any($2::oid[]) as blocked,
  t.spcname as tablespace,
  case when pg_tablespace_location(t.oid) !~ '^pg_tblspc/' then pg_tablespace_location(t.oid) end as location,
  nullif(array(select o collate "C" from unnest(t.spcoptions) o order by 1), '{}') as options
from pg_tablespace t
where t.oid >= 16384
  and ($1::oid[] is null or t.oid = any($1))
