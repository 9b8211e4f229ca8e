-- What rows speak of that have been changed or dropped by others since this transaction's snapshot was taken, and still
-- are in it: of those that sql/shape.sql counts. Whoever changes or drops a row leaves their number in its xmax first;
-- whoever only locked it or rolled back does so too, hence none of these is certain to be another one.
select oid from pg_namespace where xmax <> 0
union all
select oid from pg_class where xmax <> 0
union all
select attrelid from pg_attribute where xmax <> 0
union all
select oid from pg_type where xmax <> 0
union all
select enumtypid from pg_enum where xmax <> 0
union all
select adrelid from pg_attrdef where xmax <> 0
union all
select unnest(array[conrelid, contypid]) from pg_constraint where xmax <> 0
union all
select indrelid from pg_index where xmax <> 0
union all
select ev_class from pg_rewrite where xmax <> 0
union all
select tgrelid from pg_trigger where xmax <> 0
union all
select polrelid from pg_policy where xmax <> 0
union all
select oid from pg_statistic_ext where xmax <> 0
union all
select prrelid from pg_publication_rel where xmax <> 0
union all
select oid from pg_proc where xmax <> 0
union all
select oid from pg_collation where xmax <> 0
union all
select oid from pg_operator where xmax <> 0
