-- migrate:up
CREATE UNIQUE INDEX account_lower ON account (lower(name), created_at) WHERE tags <> '{}';
CREATE INDEX bill_open ON billing.bill (account_id) INCLUDE (due) WHERE state = 'open';
CREATE INDEX account_settings ON account USING gin (settings jsonb_path_ops);
CREATE STATISTICS bill_statistics (dependencies, ndistinct) ON account_id, state FROM billing.bill;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.created_at := now();
  RETURN NEW;
END
$$;
CREATE FUNCTION total_of(account bigint, since date DEFAULT '2025-01-01', VARIADIC states text[] DEFAULT '{open}')
RETURNS TABLE (total numeric, bills bigint) LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = billing
AS 'SELECT sum((total).amount), count(*) FROM bill WHERE account_id = $1 AND due >= $2 AND state::text = ANY ($3)';
CREATE PROCEDURE expire() LANGUAGE sql AS $$DELETE FROM event WHERE at < now() - interval '1 year'$$;
COMMENT ON FUNCTION touch() IS 'moves the clock';
CREATE AGGREGATE longest(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE TRIGGER account_touch BEFORE UPDATE OF name ON account FOR EACH ROW
  WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION touch();
CREATE TRIGGER event_touch AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW open_bills AS
  SELECT a.name, b.number, (b.total).amount FROM account a JOIN billing.bill b ON b.account_id = a.id
  WHERE b.state = 'open' AND a.tags && ARRAY['x', 'y'] ORDER BY b.due NULLS LAST;
CREATE VIEW checked WITH (security_barrier) AS SELECT id, name FROM account WHERE name <> '' WITH CASCADED CHECK OPTION;
CREATE MATERIALIZED VIEW sums AS SELECT account_id, count(*) AS bills FROM billing.bill GROUP BY account_id;
CREATE UNIQUE INDEX sums_account ON sums (account_id);
CREATE RULE no_delete AS ON DELETE TO animal DO INSTEAD NOTHING;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON account FOR SELECT USING (name = current_user);
CREATE POLICY strict ON account AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (id > 0) WITH CHECK (name <> 'root');
CREATE PUBLICATION changes FOR TABLE account, event WITH (publish = 'insert, update');

-- migrate:down
