-- Tables, partitioned tables, views, materialized views, foreign tables and sequences.
-- The sequence behind an identity column (deptype i) is part of its column.
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation,
  case c.relkind
    when 'r' then 'table' when 'p' then 'partitioned table' when 'f' then 'foreign table'
    when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
  end as relation_kind,
  case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged' when 't' then 'temporary' end as persistence,
  array(select o collate "C" from unnest(c.reloptions) o order by 1) as options,
  case when c.relkind = 'p' and c.oid <> all($2) then pg_get_partkeydef(c.oid) end as partition_key,
  case when c.relispartition and c.oid <> all($2) then pg_get_expr(c.relpartbound, c.oid) end as partition_bound,
  array(
    select quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
    from pg_inherits i
    join pg_class p on p.oid = i.inhparent
    join pg_namespace pn on pn.oid = p.relnamespace
    where i.inhrelid = c.oid
    order by i.inhseqno
  ) as parents,
  c.relrowsecurity as row_security,
  c.relforcerowsecurity as row_security_forced,
  case c.relreplident
    when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full'
    else 'index ' || (
      select quote_ident(ic.relname) from pg_index i join pg_class ic on ic.oid = i.indexrelid
      where i.indrelid = c.oid and i.indisreplident
    )
  end as replica_identity
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d
    where d.classid = c.tableoid and d.objid = c.oid and d.objsubid = 0
      and (d.deptype = 'e' or (c.relkind = 'S' and d.deptype = 'i'))
  )
