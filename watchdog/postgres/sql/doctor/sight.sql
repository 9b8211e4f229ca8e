-- Which schemas the role cannot enter, and which sequences it cannot ask; extensions' own are left out.
select n.nspname::text as schema, has_schema_privilege(n.oid, 'USAGE') as entered,
  array(
    select c.relname::text from pg_sequence s join pg_class c on c.oid = s.seqrelid
    where c.relnamespace = n.oid and c.relpersistence <> 't' and not s.seqcycle
      -- Asked of those in pg_sequence only: of another relation it is an error.
      and not has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
      )
    order by 1
  ) as sequences
from pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1
