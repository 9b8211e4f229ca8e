-- Labels of SELinux, anon and the like, as provider: label. $1 are objects of any catalog; of columns the relations.
select classoid as class_oid, objoid as object_oid, objsubid as sub_id,
  array_agg(provider || ': ' || label order by (provider || ': ' || label) collate "C") as value
from (
  select classoid, objoid, objsubid, provider, label from pg_seclabel
  union all
  select classoid, objoid, 0, provider, label from pg_shseclabel
) l
where $1::oid[] is null or objoid = any($1)
group by classoid, objoid, objsubid
