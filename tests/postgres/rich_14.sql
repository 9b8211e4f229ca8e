-- What came with 14: a body that is parsed, and so depends on what it names.
CREATE FUNCTION app.count_orders() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM app.orders; END;
CREATE FUNCTION app.sooner(since date DEFAULT '2020-02-01') RETURNS SETOF integer LANGUAGE sql
BEGIN ATOMIC
  SELECT id FROM app.accounts WHERE born > since AND patience > '1 day'::interval;
END;
