-- Collations that this database can use: those of other encodings are left out.
-- One normal form of what moved: libc's locales are lc_collate and lc_ctype where they differ; ICU's were there before
-- 15, in colliculocale until 16, in colllocale since. From 16 the server writes them as language tags (en-US, und).
select
  c.tableoid as class_oid, c.oid as object_oid, 0 as sub_id, c.oid = any($2::oid[]) as blocked,
  n.nspname as schema, c.collname as collation,
  case c.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' end as provider,
  case
    when c.collprovider <> 'c' then case l.locale when '' then 'und' when 'root' then 'und' else l.locale end
    when c.collcollate = c.collctype then c.collcollate::text
  end as locale,
  case when c.collprovider = 'c' and c.collcollate <> c.collctype then c.collcollate::text end as lc_collate,
  case when c.collprovider = 'c' and c.collcollate <> c.collctype then c.collctype::text end as lc_ctype,
  l.catalog ->> 'collicurules' as rules,
  c.collisdeterministic as deterministic,
  case when c.collencoding <> -1 then pg_encoding_to_char(c.collencoding)::text end as encoding,
  c.collversion as version,
  case when c.collversion is null then false else c.collversion is distinct from pg_collation_actual_version(c.oid) end
    as version_mismatch
from pg_collation c
join pg_namespace n on n.oid = c.collnamespace
cross join lateral (
  select
    catalog,
    case c.collprovider
      when 'i' then replace(
        coalesce(catalog ->> 'colllocale', catalog ->> 'colliculocale', catalog ->> 'collcollate'), '_', '-'
      )
      else catalog ->> 'colllocale'
    end as locale
  from (select to_jsonb(c) as catalog) whole
) l
where c.collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and ($1::oid[] is null or c.oid = any($1))
  and not exists (
    select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e'
  )
