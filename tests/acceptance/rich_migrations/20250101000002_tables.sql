-- migrate:up
CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100) PRIMARY KEY,
  address email UNIQUE NOT NULL,
  name varchar(80) COLLATE "C" NOT NULL DEFAULT 'nobody'::varchar,
  tags text[] DEFAULT '{}'::text[] NOT NULL,
  settings jsonb DEFAULT '{"a": 1}',
  initials text GENERATED ALWAYS AS (upper(left(name, 2))) STORED,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT name_not_empty CHECK (length(trim(both from name)) > 0)
);
COMMENT ON TABLE account IS 'who pays';
COMMENT ON COLUMN account.initials IS 'for the badge';
CREATE TABLE billing.bill (
  number bigint DEFAULT nextval('billing.numbers') PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  old_id serial,
  state billing.state DEFAULT 'open' NOT NULL,
  total billing.money_of,
  share percent,
  valid billing.period,
  due date DEFAULT (now() AT TIME ZONE 'UTC')::date + 30,
  EXCLUDE USING gist (account_id WITH =, valid WITH &&)
);
ALTER SEQUENCE billing.numbers OWNED BY billing.bill.number;
CREATE TABLE event (
  id bigint NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, payload jsonb,
  PRIMARY KEY (id, at, kind)
) PARTITION BY RANGE (at);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2027-01-01 00:00+00')
  PARTITION BY LIST (kind);
CREATE TABLE event_2026_login PARTITION OF event_2026 FOR VALUES IN ('login', 'logout');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE INDEX event_kind ON event (kind, at DESC);
CREATE TABLE shard (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE shard_0 PARTITION OF shard FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shard_1 PARTITION OF shard FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE animal (name text NOT NULL);
CREATE TABLE cat (lives int DEFAULT 9) INHERITS (animal);
CREATE UNLOGGED TABLE "Odd Name"."Odd ""Table""" ("Col umn" int CHECK ("Col umn" > 0)) WITH (fillfactor = 70);

-- migrate:down
