-- migrate:up
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA billing;
COMMENT ON SCHEMA billing IS 'what is owed';
CREATE SCHEMA "Odd Name";
CREATE TYPE billing.state AS ENUM ('open', 'paid', 'void');
CREATE TYPE billing.money_of AS (amount numeric(12, 2), currency char(3));
CREATE TYPE billing.period AS RANGE (subtype = timestamptz);
CREATE DOMAIN email AS citext CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
CREATE DOMAIN percent AS numeric(5, 2) DEFAULT 0 NOT NULL CHECK (VALUE BETWEEN 0 AND 100);
CREATE COLLATION billing.bytewise FROM "C";
CREATE SEQUENCE billing.numbers START 1000 INCREMENT 5 CACHE 10;
CREATE TEXT SEARCH CONFIGURATION plain_words (COPY = simple);

-- migrate:down
