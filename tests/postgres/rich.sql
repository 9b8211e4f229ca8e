-- An object of every kind in the table of kinds, and one of most kinds that it does not know. For 13 and up.
CREATE SCHEMA app;
CREATE SCHEMA "Second one";
CREATE EXTENSION citext SCHEMA app;

CREATE TYPE app.status AS ENUM ('new', 'in progress', 'done');
CREATE DOMAIN app.percent AS numeric(5, 2) DEFAULT 0 NOT NULL CONSTRAINT within CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN app.code AS text COLLATE "C" CHECK (VALUE ~ '^[a-z]+$');
CREATE TYPE app.place AS (name text COLLATE "C", at point);
CREATE TYPE app.span AS RANGE (subtype = date);
CREATE SEQUENCE app.tickets AS integer START 0 MINVALUE 0 MAXVALUE 1000 INCREMENT 5 CACHE 3 CYCLE;

CREATE FUNCTION app.twice(number integer, times integer DEFAULT 2) RETURNS integer
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS 'SELECT number * times';
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
  AS $$BEGIN NEW.changed_at := now(); RETURN NEW; END$$;
CREATE FUNCTION app.numbers() RETURNS SETOF integer LANGUAGE sql STABLE ROWS 12 AS 'VALUES (1), (2)';
CREATE PROCEDURE app.nothing(INOUT x integer) LANGUAGE plpgsql AS $$BEGIN x := x + 1; END$$;

CREATE TABLE app.accounts (
  id serial PRIMARY KEY,
  email app.citext NOT NULL UNIQUE,
  code app.code,
  share app.percent,
  state app.status DEFAULT 'new' NOT NULL,
  born date DEFAULT '2020-02-01',
  seen timestamptz DEFAULT '2020-02-01 10:00:00+02',
  patience interval DEFAULT '1 year 2 mons 3 days 04:05:06',
  price money DEFAULT 12.34::money,
  ratio double precision DEFAULT 0.1,
  raw bytea DEFAULT '\xdeadbeef',
  document xml,
  tags text[] DEFAULT ARRAY['a', 'b'],
  token uuid DEFAULT gen_random_uuid(),
  "Name" text COLLATE "C" DEFAULT 'it''s',
  home app.place,
  changed_at timestamptz,
  CONSTRAINT dated CHECK (born > '1900-01-01'::date AND patience < interval '2 years' AND price > '0'::money)
);
CREATE TABLE app.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account integer NOT NULL REFERENCES app.accounts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  total numeric(10, 2) NOT NULL DEFAULT 0,
  tax numeric GENERATED ALWAYS AS (total * 0.2) STORED,
  during app.span,
  EXCLUDE USING gist (during WITH &&)
);
ALTER TABLE app.orders ADD CONSTRAINT unchecked CHECK (total >= 0) NOT VALID;
ALTER TABLE app.orders REPLICA IDENTITY FULL;
CREATE INDEX orders_totals ON app.orders USING btree (total DESC NULLS LAST, (total + tax)) INCLUDE (account)
  WHERE total > 0;
CREATE UNIQUE INDEX accounts_lower ON app.accounts (lower("Name") text_pattern_ops);

CREATE UNLOGGED TABLE app.cache (key text PRIMARY KEY, value jsonb) WITH (fillfactor = 70, autovacuum_enabled = off);
CREATE TABLE app.parent (kind text, n integer CHECK (n > 0));
CREATE TABLE app.child (extra text) INHERITS (app.parent);

CREATE TABLE app.events (at timestamptz NOT NULL, region text NOT NULL, note text, PRIMARY KEY (at, region))
  PARTITION BY RANGE (at);
CREATE INDEX events_region ON app.events (region);
CREATE TABLE app.events_2024 PARTITION OF app.events
  FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');
CREATE TABLE app.events_2025 PARTITION OF app.events
  FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00') PARTITION BY LIST (region);
CREATE TABLE app.events_2025_eu PARTITION OF app.events_2025 FOR VALUES IN ('eu', 'uk');

CREATE VIEW app.open_orders WITH (security_barrier) AS
  SELECT o.id, a.email, o.total FROM app.orders o JOIN app.accounts a ON a.id = o.account
  WHERE a.born > '2020-02-01'::date AND a.state <> 'done';
CREATE VIEW app.of_view AS SELECT email, count(*) AS orders FROM app.open_orders GROUP BY email;
CREATE MATERIALIZED VIEW app.totals AS SELECT account, sum(total) AS total FROM app.orders GROUP BY account WITH NO DATA;
CREATE UNIQUE INDEX totals_account ON app.totals (account);

CREATE TRIGGER stamp BEFORE UPDATE OF email, "Name" ON app.accounts
  FOR EACH ROW WHEN (OLD.born IS DISTINCT FROM '2020-02-01'::date) EXECUTE FUNCTION app.stamp();
ALTER TABLE app.accounts DISABLE TRIGGER stamp;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON app.orders AS RESTRICTIVE FOR UPDATE TO pg_monitor, pg_read_all_stats
  USING (account IN (SELECT id FROM app.accounts WHERE born > '2020-02-01'::date)) WITH CHECK (total < 100);
CREATE POLICY everyone ON app.orders USING (true);
CREATE TABLE "Second one"."user" ("select" text, "a.b" integer);

-- What no kind describes.
CREATE RULE silent AS ON DELETE TO app.cache DO INSTEAD NOTHING;
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE CAST (app.status AS integer) WITH INOUT;
CREATE OPERATOR app.%% (LEFTARG = integer, RIGHTARG = integer, FUNCTION = app.twice);
CREATE COLLATION app.plain FROM "C";
CREATE STATISTICS app.related ON total, account FROM app.orders;
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);
CREATE FUNCTION app.told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER told ON ddl_command_end EXECUTE FUNCTION app.told();
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER other FOREIGN DATA WRAPPER elsewhere OPTIONS (secret 'hunter2');
CREATE USER MAPPING FOR PUBLIC SERVER other OPTIONS (password 'hunter2');
CREATE FOREIGN TABLE app.far (id integer NOT NULL, born date DEFAULT '2020-02-01') SERVER other;
CREATE PUBLICATION paying FOR TABLE app.accounts;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pg_read_all_stats;
GRANT SELECT ON app.accounts TO pg_monitor;
COMMENT ON TABLE app.accounts IS 'who pays';
