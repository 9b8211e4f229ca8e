-- What the rows of the catalogs $1 speak of that are as young as the transaction of their catalog in $2, or younger:
-- objects, each by its catalog and its oid. A row of an unnamed catalog is not read: the condition is folded away.
-- Rows that are not younger may be among them.
with horizon as (select name, age(xid::xid) as age from unnest($1::text[], $2::text[]) as given (name, xid))
select 'pg_class' as catalog, oid from pg_class
where 'pg_class' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_class')
union
select 'pg_class', attrelid from pg_attribute
where 'pg_attribute' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_attribute')
union
select 'pg_class', adrelid from pg_attrdef
where 'pg_attrdef' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_attrdef')
union
select 'pg_constraint', oid from pg_constraint
where 'pg_constraint' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_constraint')
union
select 'pg_class', indrelid from pg_index
where 'pg_index' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_index')
union
select 'pg_class', inhrelid from pg_inherits
where 'pg_inherits' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_inherits')
union
select 'pg_trigger', oid from pg_trigger
where 'pg_trigger' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_trigger')
union
select 'pg_class', ev_class from pg_rewrite
where 'pg_rewrite' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_rewrite')
union
select 'pg_class', polrelid from pg_policy
where 'pg_policy' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_policy')
union
select 'pg_class', seqrelid from pg_sequence
where 'pg_sequence' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_sequence')
union
select 'pg_class', partrelid from pg_partitioned_table
where 'pg_partitioned_table' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_partitioned_table')
union
select 'pg_class', ftrelid from pg_foreign_table
where 'pg_foreign_table' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_foreign_table')
union
select 'pg_statistic_ext', oid from pg_statistic_ext
where 'pg_statistic_ext' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_statistic_ext')
union
select 'pg_type', oid from pg_type
where 'pg_type' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_type')
union
select 'pg_type', enumtypid from pg_enum
where 'pg_enum' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_enum')
union
select 'pg_type', rngtypid from pg_range
where 'pg_range' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_range')
union
select 'pg_proc', oid from pg_proc
where 'pg_proc' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_proc')
union
select 'pg_proc', aggfnoid::oid from pg_aggregate
where 'pg_aggregate' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_aggregate')
union
select classoid::regclass::text, objoid from pg_description
where 'pg_description' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_description')
union
select 'pg_namespace', oid from pg_namespace
where 'pg_namespace' = any($1) and age(xmin) between 0 and (select age from horizon where name = 'pg_namespace')
