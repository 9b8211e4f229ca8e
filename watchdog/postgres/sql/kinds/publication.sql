-- $1 and $2 are publications. What is read through to_jsonb came later than 13; so did whole schemas, which are found
-- by their dependencies (6237 is pg_publication_namespace, of 15), for the sake of one query.
with recursive
published_schema as (
  select p.refobjid as publication, s.refobjid as schema
  from pg_depend p
  join pg_depend s on s.classid = p.classid and s.objid = p.objid and s.refclassid = 'pg_namespace'::regclass
  where p.classid = 6237 and p.refclassid = 'pg_publication'::regclass
),
published as (
  select r.prpubid as publication, r.prrelid as relation from pg_publication_rel r
  union
  select s.publication, c.oid from published_schema s join pg_class c on c.relnamespace = s.schema
  union
  select p.oid, c.oid from pg_publication p join pg_class c on p.puballtables and c.oid >= 16384
  where c.relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_' or nspname = 'information_schema')
  union
  -- A partition is published with its parent, and it is the partition whose rows have to be told apart.
  select p.publication, i.inhrelid
  from published p
  join pg_inherits i on i.inhparent = p.relation
  join pg_class c on c.oid = i.inhrelid and c.relispartition
)
select
  p.tableoid as class_oid, p.oid as object_oid, 0 as sub_id, p.oid = any($2::oid[]) as blocked,
  p.pubname as publication,
  p.puballtables as all_tables,
  array_remove(array[
    case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
    case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end
  ], null) as publishes,
  p.pubviaroot as via_root,
  case to_jsonb(p) ->> 'pubgencols' when 's' then 'stored' end as generated_columns,
  nullif(array(
    select quote_ident(n.nspname) collate "C"
    from published_schema s join pg_namespace n on n.oid = s.schema
    where s.publication = p.oid
    order by 1
  ), '{}') as schemas,
  -- UPDATE and DELETE on these fail.
  case when p.pubupdate or p.pubdelete then nullif(array(
    select quote_ident(n.nspname) || '.' || quote_ident(c.relname) collate "C"
    from published t
    join pg_class c on c.oid = t.relation
    join pg_namespace n on n.oid = c.relnamespace
    where t.publication = p.oid and c.relkind = 'r' and c.relpersistence = 'p' and c.relreplident <> 'f'
      and not exists (
        select from pg_index i
        where i.indrelid = c.oid and i.indisvalid
          and (c.relreplident = 'd' and i.indisprimary or c.relreplident = 'i' and i.indisreplident)
      )
    order by 1
  ), '{}') end as tables_without_identity
from pg_publication p
where ($1::oid[] is null or p.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = p.tableoid and d.objid = p.oid and d.deptype = 'e'
  )
