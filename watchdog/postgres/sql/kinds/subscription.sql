-- Subscriptions of this database, by the columns that everybody may read: no connection string. On 13 not even the oid
-- is among them; a view tells it, though of two with one name in two databases it may be the other's.
select
  'pg_subscription'::regclass::oid as class_oid, s.oid as object_oid, 0 as sub_id, s.oid = any($2::oid[]) as blocked,
  s.subname as subscription,
  s.subenabled as enabled,
  array(select quote_ident(p) collate "C" from unnest(s.subpublications) p order by 1) as publications,
  s.subslotname as slot_name,
  null::text as synchronous_commit,
  null::text as streaming,
  null::text[] as options
from (
  select distinct on (p.subname) v.subid as oid, p.subname, p.subenabled, p.subpublications, p.subslotname
  from pg_subscription p
  join pg_stat_subscription v on v.subname = p.subname
  where p.subdbid = (select oid from pg_database where datname = current_database())
  order by p.subname, v.subid
) s
where $1::oid[] is null or s.oid = any($1)
