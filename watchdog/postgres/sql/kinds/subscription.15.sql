-- Subscriptions of this database, by the columns that everybody may read: no connection string.
select
  'pg_subscription'::regclass::oid as class_oid, s.oid as object_oid, 0 as sub_id, s.oid = any($2::oid[]) as blocked,
  s.subname as subscription,
  s.subenabled as enabled,
  array(select quote_ident(p) collate "C" from unnest(s.subpublications) p order by 1) as publications,
  s.subslotname as slot_name,
  s.subsynccommit as synchronous_commit,
  case when s.substream then 'on' else 'off' end as streaming,
  nullif(array_remove(array[
    case when s.subbinary then 'binary = true' end,
    case when s.subdisableonerr then 'disable_on_error = true' end,
    case when s.subtwophasestate <> 'd' then 'two_phase = true' end
  ], null), '{}') as options
from pg_subscription s
where s.subdbid = (select oid from pg_database where datname = current_database())
  and ($1::oid[] is null or s.oid = any($1))
