-- What must be known of a column ($3 of table $1.$2) before its newest value is asked for: whether an index leads to it.
with recursive col as (
  select c.oid, c.relkind, c.relispopulated, n.oid as schema_oid, a.attnum, a.atttypid
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_attribute a on a.attrelid = c.oid and a.attname = $3 and a.attnum > 0 and not a.attisdropped
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'm', 'p', 'f')
),
-- A domain may stand on a domain.
underlying as (
  select t.oid, t.typtype, t.typbasetype from pg_type t join col on t.oid = col.atttypid
  union all
  select t.oid, t.typtype, t.typbasetype from underlying u join pg_type t on t.oid = u.typbasetype where u.typtype = 'd'
)
select
  col.relkind::text as relkind,
  col.relispopulated as populated,
  row_security_active(col.oid) as row_security,
  col.attnum is not null as present,
  coalesce(
    has_schema_privilege(col.schema_oid, 'USAGE') and has_column_privilege(col.oid, col.attnum, 'SELECT'), false
  ) as may_select,
  (select format_type(u.oid, null) from underlying u where u.typtype <> 'd') as type,
  exists (
    select from pg_index i
    join pg_class ic on ic.oid = i.indexrelid
    join pg_am am on am.oid = ic.relam
    join pg_opclass o on o.oid = i.indclass[0]
    where i.indrelid = col.oid and i.indkey[0] = col.attnum and am.amname = 'btree' and o.opcdefault
      and i.indisvalid and i.indisready and i.indislive and i.indpred is null
  ) as indexed,
  -- An index of a partitioned table leaves its foreign partitions out.
  (
    select array[fn.nspname, f.relname]::text[]
    from pg_partition_tree(case when col.relkind = 'p' then col.oid end) tree
    join pg_class f on f.oid = tree.relid and f.relkind = 'f'
    join pg_namespace fn on fn.oid = f.relnamespace
    order by 1 limit 1
  ) as foreign_partition
from col
