-- The oldest transaction that may not have ended yet: whatever is committed later has a row that is as young as it is.
-- A digest of what belongs to extensions, or depends on them: a row of pg_depend alone tells of that. And one of the
-- roles whose rights this one has, which decide what it sees: a superuser has all.
select
  pg_snapshot_xmin(pg_current_snapshot())::xid::text as xmin,
  (
    select coalesce(sum(hashtext(concat_ws(' ', classid, objid, objsubid, refobjid, deptype))), 0)::int8
    from pg_depend where refclassid = 'pg_extension'::regclass
  ) as extensions,
  case
    when (select rolsuper from pg_roles where rolname = current_user) then -1
    else (select coalesce(sum(hashtext(oid::text)), 0)::int8 from pg_roles where pg_has_role(oid, 'USAGE'))
  end as rights
