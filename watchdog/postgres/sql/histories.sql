-- Relations by schema (NULL: any) and name, as a migration tool's own table is called: whether this role can read them, and
-- whether a policy hides rows. One that shows some rows makes the others look pending; one that shows all does no harm.
select n.nspname::text, c.relname::text, c.relkind in ('r', 'p') as is_table, quote_ident(current_user) as role,
  has_schema_privilege(n.oid, 'USAGE') as entered,
  has_table_privilege(c.oid, 'SELECT') as may_select,
  row_security_active(c.oid) and (
    not exists (
      select from pg_policy where polrelid = c.oid and polpermissive and polcmd in ('r', '*')
      and pg_get_expr(polqual, polrelid) = 'true'
      and exists (select from unnest(polroles) as role where role = 0 or pg_has_role(role, 'USAGE'))
    )
    or exists (
      select from pg_policy where polrelid = c.oid and not polpermissive and polcmd in ('r', '*')
      and pg_get_expr(polqual, polrelid) <> 'true'
    )
  ) as filtered
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join unnest($1::text[], $2::text[]) as wanted (schema, name)
  on wanted.name = c.relname and coalesce(wanted.schema, n.nspname) = n.nspname
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_(toast|temp)'
order by 1, 2
