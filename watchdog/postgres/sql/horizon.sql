-- The oldest transaction that may not have ended yet: whatever is committed later has a row that is as young as it is.
-- And a digest of what belongs to extensions, or depends on them: a row of pg_depend alone tells of that.
select
  pg_snapshot_xmin(pg_current_snapshot())::xid::text as xmin,
  (
    select coalesce(sum(hashtext(concat_ws(' ', classid, objid, objsubid, refobjid, deptype))), 0)::int8
    from pg_depend where refclassid = 'pg_extension'::regclass
  ) as extensions
