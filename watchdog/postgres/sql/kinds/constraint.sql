-- Primary keys, unique, check, foreign key and exclusion constraints of relations. $1 and $2 are relations.
-- NOT NULL is the column's own fact (18 stores it here too); a partition's copies (conparentid) follow their parent.
-- A foreign key holds by triggers that a superuser may switch off.
-- To have the server render a definition costs several times what all else of a constraint does. That of the ordinary
-- key, of one or two columns and checked at once, is put together here, in the very words of pg_get_constraintdef.
-- A name that an older server's catalog lacks is found in `older` instead: the inner scope is asked first.
with older as (
  select true as conenforced, false as conperiod, null::smallint[] as confdelsetcols, false as indnullsnotdistinct
),
switched_off as (
  select tgconstraint, min(case tgenabled when 'D' then 'disabled' when 'R' then 'replica' else 'always' end) as enabled
  from pg_trigger
  where tgconstraint <> 0 and tgisinternal and tgenabled <> 'O'
    and ($1::oid[] is null or tgconstraint in (select oid from pg_constraint where conrelid = any($1)))
  group by tgconstraint
)
select
  con.tableoid as class_oid, con.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.relname as relation, con.conname as constraint,
  case con.contype
    when 'p' then 'primary key' when 'u' then 'unique constraint' when 'c' then 'check constraint'
    when 'f' then 'foreign key' when 'x' then 'exclusion constraint'
  end as constraint_kind,
  case when c.oid <> all($2) then coalesce(
    case
      when cardinality(con.conkey) <= 2 and con.convalidated and con.conenforced and not con.condeferrable
        and not con.conperiod
      then case
        when con.contype in ('p', 'u') and i.indnatts = i.indnkeyatts and not i.indnullsnotdistinct
        then case con.contype when 'p' then 'PRIMARY KEY (' else 'UNIQUE (' end || :constraint_key_1
          || case when cardinality(con.conkey) > 1 then ', ' || :constraint_key_2 else '' end || ')'
        when con.contype = 'f' and con.confmatchtype = 's' and con.confdelsetcols is null
        then 'FOREIGN KEY (' || :constraint_key_1
          || case when cardinality(con.conkey) > 1 then ', ' || :constraint_key_2 else '' end || ') REFERENCES '
          || (
            select quote_ident(fn.nspname) || '.' || quote_ident(fc.relname)
            from pg_class fc join pg_namespace fn on fn.oid = fc.relnamespace
            where fc.oid = con.confrelid and fn.nspname !~ '^pg_'
          )
          || '(' || :referenced_key_1
          || case when cardinality(con.conkey) > 1 then ', ' || :referenced_key_2 else '' end || ')'
          || case con.confupdtype when 'a' then '' when 'r' then ' ON UPDATE RESTRICT' when 'c' then ' ON UPDATE CASCADE'
            when 'n' then ' ON UPDATE SET NULL' when 'd' then ' ON UPDATE SET DEFAULT'
          end
          || case con.confdeltype when 'a' then '' when 'r' then ' ON DELETE RESTRICT' when 'c' then ' ON DELETE CASCADE'
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
  case when ic.reloptions <> '{}' then array(select o collate "C" from unnest(ic.reloptions) o order by 1) end
    as index_options,
  ts.spcname as index_tablespace,
  coalesce(i.indisclustered, false) as clustered,
  described.description as index_comment
from older
cross join lateral (
  select tableoid, oid, conname, contype, conrelid, confrelid, conindid, conparentid, conkey, confkey, condeferrable,
    convalidated, conenforced, conperiod, conislocal, coninhcount, confmatchtype, confupdtype, confdeltype,
    confdelsetcols
  from pg_constraint
) con
join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_class ic on ic.oid = con.conindid and con.contype in ('p', 'u', 'x')
left join lateral (
  select indexrelid, indnatts, indnkeyatts, indnullsnotdistinct, indisclustered, indisvalid, indisready from pg_index
) i on i.indexrelid = ic.oid
left join switched_off on switched_off.tgconstraint = con.oid
left join pg_tablespace ts on ts.oid = ic.reltablespace
left join pg_description described
  on described.objoid = ic.oid and described.classoid = 'pg_class'::regclass and described.objsubid = 0
where con.contype in ('p', 'u', 'c', 'f', 'x') and con.conparentid = 0
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d
    where d.refclassid = 'pg_extension'::regclass and d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.deptype = 'e'
  )
