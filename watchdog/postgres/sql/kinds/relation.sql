-- Tables, partitioned tables, views, materialized views, foreign tables and sequences.
-- The sequence behind an identity column (deptype i) is part of its column.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (select false as inhdetachpending),
heirs as (
  select i.inhrelid, array_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) order by i.inhseqno) as parents
  from pg_inherits i
  join pg_class p on p.oid = i.inhparent
  join pg_namespace pn on pn.oid = p.relnamespace
  where $1::oid[] is null or i.inhrelid = any($1)
  group by i.inhrelid
),
policies as (
  select polrelid, count(*)::int as number from pg_policy where $1::oid[] is null or polrelid = any($1) group by polrelid
)
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation,
  case c.relkind
    when 'r' then 'table' when 'p' then 'partitioned table' when 'f' then 'foreign table'
    when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
  end as relation_kind,
  case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged' when 't' then 'temporary' end as persistence,
  -- Heap, the default, is not said: before 17 a partitioned table could have none.
  nullif(am.amname, 'heap') as access_method,
  ts.spcname as tablespace,
  case when c.reloptions <> '{}' then array(select o collate "C" from unnest(c.reloptions) o order by 1) end as options,
  case when c.reltoastrelid <> 0 then (
    select array(select o collate "C" from unnest(toast.reloptions) o order by 1)
    from pg_class toast where toast.oid = c.reltoastrelid and toast.reloptions <> '{}'
  ) end as toast_options,
  case when c.reloftype <> 0 then format_type(c.reloftype, null) end as of_type,
  case when c.relkind = 'p' and c.oid <> all($2) then pg_get_partkeydef(c.oid) end as partition_key,
  case when c.relispartition and c.oid <> all($2) then pg_get_expr(c.relpartbound, c.oid) end as partition_bound,
  heirs.parents,
  -- DETACH ... CONCURRENTLY ends in a second transaction, which may never have come.
  c.relispartition and exists (select from pg_inherits where inhrelid = c.oid and inhdetachpending) as detach_pending,
  c.relrowsecurity as row_security,
  c.relforcerowsecurity as row_security_forced,
  policies.number as policies,
  -- A partition's copy of a trigger can be switched off alone. The server's own have names that hold an oid, and those
  -- of their constraints' copies are made up too: they are told by the constraint that was written, wherever it is.
  case when c.relispartition then nullif(array(
    select distinct coalesce(
      (
        with recursive origin as (
          select con.conname, con.conrelid, con.conparentid
          union all
          select k.conname, k.conrelid, k.conparentid from origin o join pg_constraint k on k.oid = o.conparentid
        )
        select quote_ident(o.conname) || ' of ' || quote_ident(kn.nspname) || '.' || quote_ident(kc.relname)
        from origin o join pg_class kc on kc.oid = o.conrelid join pg_namespace kn on kn.oid = kc.relnamespace
        where o.conparentid = 0
      ),
      quote_ident(t.tgname)
    ) || case t.tgenabled
      when 'O' then ': origin' when 'D' then ': disabled' when 'R' then ': replica' when 'A' then ': always'
    end collate "C"
    from pg_trigger t
    left join pg_trigger p on p.oid = t.tgparentid
    left join pg_constraint con on con.oid = t.tgconstraint and con.conparentid <> 0
    -- Before 15 a foreign key's triggers on partitions have no parents.
    where t.tgrelid = c.oid and t.tgenabled <> coalesce(p.tgenabled, 'O') and (t.tgparentid <> 0 or con.oid is not null)
    order by 1
  ), '{}') end as departing_triggers,
  case c.relreplident
    when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full'
    else 'index ' || (
      select quote_ident(ic.relname) from pg_index i join pg_class ic on ic.oid = i.indexrelid
      where i.indrelid = c.oid and i.indisreplident
    )
  end as replica_identity
from older
cross join pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_am am on am.oid = c.relam
left join pg_tablespace ts on ts.oid = c.reltablespace
left join heirs on heirs.inhrelid = c.oid
left join policies on policies.polrelid = c.oid
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and c.oid not in (
    select d.objid from pg_depend d
    where d.refclassid = 'pg_extension'::regclass and d.classid = 'pg_class'::regclass and d.deptype = 'e'
  )
  -- OFFSET 0 has each looked up by the index: to find them all at once goes through most of the catalog.
  and not (c.relkind = 'S' and exists (
    select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'i' offset 0
  ))
