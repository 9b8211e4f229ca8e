-- Subscriptions of this database, by the columns that everybody may read: no connection string.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (
  select false as subdisableonerr, 'd'::"char" as subtwophasestate, 'any' as suborigin, true as subpasswordrequired,
    false as subrunasowner, false as subfailover
)
select
  'pg_subscription'::regclass::oid as class_oid, s.oid as object_oid, 0 as sub_id, s.oid = any($2::oid[]) as blocked,
  s.subname as subscription,
  s.subenabled as enabled,
  array(select quote_ident(p) collate "C" from unnest(s.subpublications) p order by 1) as publications,
  s.subslotname as slot_name,
  s.subsynccommit as synchronous_commit,
  -- Yes or no before 16.
  case s.substream::text when 't' then 'on' when 'true' then 'on' when 'p' then 'parallel' else 'off' end as streaming,
  nullif(array_remove(array[
    case when s.subbinary then 'binary = true' end,
    case when s.subdisableonerr then 'disable_on_error = true' end,
    case when s.subfailover then 'failover = true' end,
    case when s.suborigin <> 'any' then 'origin = ' || s.suborigin end,
    case when not s.subpasswordrequired then 'password_required = false' end,
    case when s.subrunasowner then 'run_as_owner = true' end,
    case when s.subtwophasestate <> 'd' then 'two_phase = true' end
  ], null), '{}') as options
from older
cross join lateral (
  select oid, subdbid, subname, subenabled, subpublications, subslotname, subsynccommit, substream, subbinary,
    subdisableonerr, subtwophasestate, suborigin, subpasswordrequired, subrunasowner, subfailover
  from pg_subscription
) s
where s.subdbid = (select oid from pg_database where datname = current_database())
  and ($1::oid[] is null or s.oid = any($1))
