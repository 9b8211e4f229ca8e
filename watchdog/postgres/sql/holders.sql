-- Relations with columns, and whether the order of these is theirs. $1 are relations.
select c.oid, n.nspname as schema, c.relname as relation, c.relkind in ('r', 'p', 'f') as is_ordered
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and :is_own
