-- By ALTER ... DEPENDS ON EXTENSION: it is dropped with them. $1 are objects of any catalog.
select d.classid as class_oid, d.objid as object_oid, d.objsubid as sub_id,
  array_agg(quote_ident(e.extname) order by e.extname) as value
from pg_depend d
join pg_extension e on e.oid = d.refobjid
where d.refclassid = 'pg_extension'::regclass and d.deptype = 'x'
  and ($1::oid[] is null or d.objid = any($1))
group by d.classid, d.objid, d.objsubid
