-- Primary keys, unique, check, foreign key and exclusion constraints of relations. $1 and $2 are relations.
-- NOT NULL is the column's own fact (18 stores it here too); a partition's copies (conparentid) follow their parent.
-- A foreign key holds by triggers that a superuser may switch off.
with switched_off as (
  select tgconstraint, min(case tgenabled when 'D' then 'disabled' when 'R' then 'replica' else 'always' end) as enabled
  from pg_trigger where tgconstraint <> 0 and tgisinternal and tgenabled <> 'O'
  group by tgconstraint
)
select
  con.tableoid as class_oid, con.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, con.conname as constraint,
  case con.contype
    when 'p' then 'primary key' when 'u' then 'unique constraint' when 'c' then 'check constraint'
    when 'f' then 'foreign key' when 'x' then 'exclusion constraint'
  end as constraint_kind,
  case when c.oid <> all($2) then regexp_replace(pg_get_constraintdef(con.oid), ' NOT VALID$', '') end as definition,
  -- What is not enforced (18) has nothing to be validated; its definition says so.
  con.convalidated or not coalesce((to_jsonb(con) ->> 'conenforced')::bool, true) as validated,
  -- By its index, which a partitioned table's has to be found in each partition to be valid.
  coalesce(i.indisvalid and i.indisready, true) as valid,
  switched_off.enabled,
  case when con.coninhcount > 0 and not c.relispartition then
    case when con.conislocal then 'inherited and its own' else 'inherited' end
  end as inheritance,
  nullif(array(select o collate "C" from unnest(ic.reloptions) o order by 1), '{}') as index_options,
  ts.spcname as index_tablespace,
  coalesce(i.indisclustered, false) as clustered,
  obj_description(ic.oid, 'pg_class') as index_comment
from pg_constraint con
join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_class ic on ic.oid = con.conindid and con.contype in ('p', 'u', 'x')
left join pg_index i on i.indexrelid = ic.oid
left join switched_off on switched_off.tgconstraint = con.oid
left join pg_tablespace ts on ts.oid = ic.reltablespace
where con.contype in ('p', 'u', 'c', 'f', 'x') and con.conparentid = 0
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
