-- Primary keys, unique, check, foreign key and exclusion constraints of relations. $1 and $2 are relations.
-- NOT NULL is the column's own fact (18 stores it here too); a partition's copies (conparentid) follow their parent.
-- A foreign key holds by triggers that a superuser may switch off.
-- To have the server render a definition costs several times what all else of a constraint does. That of the ordinary
-- key, of one or two columns and checked at once, is put together here, in the very words of pg_get_constraintdef.
-- Each relation of $3 is represented by one in $4 whose columns are the same by number and name, also those dropped;
-- any other by itself. Columns are read, and checks rendered, once for all that one represents.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (
  select true as conenforced, false as conperiod, null::smallint[] as confdelsetcols, false as indnullsnotdistinct
),
-- Relations, and the few indexes of which something is told: in one pass. Which it is stands in a column of its own, of
-- which the planner expects half to be so.
classes as materialized (
  select oid, relname, relnamespace, relispartition, relnatts, reltablespace, reloptions,
    relkind in ('r', 'p', 'f') as is_holder
  from pg_class
  where (relkind in ('r', 'p', 'f') or relkind in ('i', 'I') and (reltablespace <> 0 or reloptions is not null))
    and ($1::oid[] is null or oid = any($1)
      or oid = any(array(select indexrelid from pg_index where indrelid = any($1))))
),
own as materialized (
  select c.oid, n.nspname::text, c.relname::text, c.relispartition, c.relnatts, c.oid = any($2::oid[]) as is_blocked,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as qualified,
    coalesce(given.representative, c.oid) as representative
  from classes c
  join pg_namespace n on n.oid = c.relnamespace
  left join unnest($3::oid[], $4::oid[]) as given (oid, representative) on given.oid = c.oid
  where c.is_holder
    and :is_own
),
columns as (
  select represented.oid, each.names, min(represented.oid) over (partition by names) as first
  from (select distinct representative as oid from own) represented
  cross join lateral (
    select array(
      select quote_ident(attname) from pg_attribute where attrelid = represented.oid and attnum > 0 order by attnum
    ) as names
    offset 0
  ) each
),
-- Columns by their numbers, names as printed; none where one is missing, a damage that the server itself tells of.
-- Full, which is never a loop over all columns for each relation, however few the planner expects.
holders as materialized (
  select own.oid, nspname, relname, relispartition, is_blocked, qualified, columns.first,
    case when cardinality(names) = relnatts then names end as names
  from own
  full join columns on columns.oid = own.representative
),
-- To render a check the server opens its table, which is most of the cost. A check's text is told by its expression and
-- by the names of the columns, so one is rendered for all that have both alike, as the tables of many tenants and
-- partitions do. The table's own name is in the text only for its whole row, whose type is in the expression.
alike as (
  select array_agg(con.oid) as oids, pg_get_constraintdef(min(con.oid)) as definition
  from pg_constraint con
  join holders c on c.oid = con.conrelid
  where con.contype = 'c' and con.convalidated and not con.condeferrable
    and not c.is_blocked and c.names is not null
  group by con.conbin::text, con.connoinherit, c.first
  having count(*) > 1
),
checks as materialized (select definition, unnest(oids) as oid from (select * from alike offset 0) each),
switched_off as (
  select tgconstraint, min(case tgenabled when 'D' then 'disabled' when 'R' then 'replica' else 'always' end) as enabled
  from pg_trigger
  where tgconstraint <> 0 and tgisinternal and tgenabled <> 'O'
    and ($1::oid[] is null or tgconstraint in (select oid from pg_constraint where conrelid = any($1)))
  group by tgconstraint
),
storage as (
  select ic.oid, ts.spcname,
    case when ic.reloptions <> '{}' then array(select o collate "C" from unnest(ic.reloptions) o order by 1) end
      as options
  from classes ic
  left join pg_tablespace ts on ts.oid = ic.reltablespace
  where not ic.is_holder
)
select
  'pg_constraint'::regclass::oid as class_oid, con.oid as object_oid, 0 as sub_id, c.is_blocked as blocked,
  c.nspname as schema, c.relname as relation, con.conname as constraint,
  case con.contype
    when 'p' then 'primary key' when 'u' then 'unique constraint' when 'c' then 'check constraint'
    when 'f' then 'foreign key' when 'x' then 'exclusion constraint'
  end as constraint_kind,
  case when not c.is_blocked then coalesce(
    con.definition,
    case
      when cardinality(con.conkey) <= 2 and con.convalidated and con.conenforced and not con.condeferrable
        and not con.conperiod
      then case
        when con.contype in ('p', 'u') and i.indnatts = i.indnkeyatts and not i.indnullsnotdistinct
        then case con.contype when 'p' then 'PRIMARY KEY (' else 'UNIQUE (' end || :constraint_key || ')'
        when con.contype = 'f' and con.confmatchtype = 's' and con.confdelsetcols is null
        then 'FOREIGN KEY (' || :constraint_key || ') REFERENCES ' || f.qualified || '(' || :referenced_key || ')'
          || case con.confupdtype when 'a' then '' when 'r' then ' ON UPDATE RESTRICT'
            when 'c' then ' ON UPDATE CASCADE'
            when 'n' then ' ON UPDATE SET NULL' when 'd' then ' ON UPDATE SET DEFAULT'
          end
          || case con.confdeltype when 'a' then '' when 'r' then ' ON DELETE RESTRICT'
            when 'c' then ' ON DELETE CASCADE'
            when 'n' then ' ON DELETE SET NULL' when 'd' then ' ON DELETE SET DEFAULT'
          end
      end
    end,
    case when con.convalidated then pg_get_constraintdef(con.oid)
      else regexp_replace(pg_get_constraintdef(con.oid), ' NOT VALID$', '')
    end
  ) end as definition,
  -- What is not enforced (18) has nothing to be validated; its definition says so.
  con.convalidated or not con.conenforced as validated,
  -- By its index, which a partitioned table's has to be found in each partition to be valid.
  coalesce(i.indisvalid and i.indisready, true) as valid,
  switched_off.enabled,
  case when con.coninhcount > 0 and not c.relispartition then
    case when con.conislocal then 'inherited and its own' else 'inherited' end
  end as inheritance,
  storage.options as index_options,
  storage.spcname as index_tablespace,
  coalesce(i.indisclustered, false) as clustered,
  described.description as index_comment
from older
cross join lateral (
  select own.*, checks.definition
  from (
    select oid, conname, contype, conrelid, confrelid, conkey, confkey, condeferrable, convalidated,
      conenforced, conperiod, conislocal, coninhcount, confmatchtype, confupdtype, confdeltype, confdelsetcols,
      case when contype in ('p', 'u', 'x') then conindid end as own_index
    from pg_constraint
    where contype in ('p', 'u', 'c', 'f', 'x') and conparentid = 0 and ($1::oid[] is null or conrelid = any($1))
  ) own
  -- Full, which is never a loop over all checks for each constraint, however few the planner expects.
  full join checks on checks.oid = own.oid
  offset 0
) con
join holders c on c.oid = con.conrelid
-- Those outside of $1 are named by the server.
left join holders f on f.oid = con.confrelid
left join lateral (
  select indexrelid, indnatts, indnkeyatts, indnullsnotdistinct, indisclustered, indisvalid, indisready from pg_index
  where indisunique or indisexclusion
) i on i.indexrelid = con.own_index
left join storage on storage.oid = con.own_index
left join switched_off on switched_off.tgconstraint = con.oid
left join pg_description described
  on described.objoid = con.own_index and described.classoid = 'pg_class'::regclass and described.objsubid = 0
