-- Comments. $1 are objects of any catalog; of columns the relations. An extension brings its comment along and a
-- release may word it anew: one that its control file says is not the user's, nor is initdb's on schema public.
select d.classoid as class_oid, d.objoid as object_oid, d.objsubid as sub_id, d.description as value
from pg_description d
where (
    d.objoid >= 16384
    or d.classoid = 'pg_namespace'::regclass and d.description <> 'standard public schema'
      and d.objoid in (select oid from pg_namespace where nspname = 'public')
  )
  and ($1::oid[] is null or d.objoid = any($1))
  and not (
    d.classoid = 'pg_extension'::regclass
    and exists (
      select from pg_extension e
      join pg_available_extensions() a on a.name = e.extname
      where e.oid = d.objoid and a.comment = d.description
    )
  )
union all
select d.classoid, d.objoid, 0, d.description
from pg_shdescription d
where (d.classoid <> 'pg_database'::regclass
    or d.objoid = (select oid from pg_database where datname = current_database())
      and d.description <> 'default administrative connection database')
  and ($1::oid[] is null or d.objoid = any($1))
