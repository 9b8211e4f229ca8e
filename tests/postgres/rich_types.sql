-- An object of every kind of the room `types`, with every attribute set somewhere. For 13 and up.
CREATE SCHEMA type_room;
CREATE SCHEMA "Type room";

CREATE COLLATION type_room.plain (LOCALE = 'C');
CREATE COLLATION type_room.mixed (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
CREATE COLLATION type_room.copied FROM "C";
CREATE COLLATION type_room.german (PROVIDER = icu, LOCALE = 'de-u-co-phonebk');
CREATE COLLATION "Type room"."Underscored" (PROVIDER = icu, LOCALE = 'en_US', DETERMINISTIC = false);
CREATE COLLATION type_room.root (PROVIDER = icu, LOCALE = 'und');
COMMENT ON COLLATION type_room.german IS 'as in the phone book';

CREATE TYPE type_room.empty AS ENUM ();
CREATE TYPE type_room.mood AS ENUM ('sad', 'ok, "so"', 'it''s', 'happy');
ALTER TYPE type_room.mood ADD VALUE 'fine' BEFORE 'happy';
REVOKE USAGE ON TYPE type_room.mood FROM PUBLIC;
GRANT USAGE ON TYPE type_room.mood TO pg_monitor;
COMMENT ON TYPE type_room.mood IS 'how it goes';

CREATE DOMAIN type_room.code AS varchar(10) COLLATE "C" DEFAULT 'it''s' NOT NULL
  CONSTRAINT "Long" CHECK (length(VALUE) > 2) CONSTRAINT low CHECK (VALUE IN ('abc', 'abd'));
ALTER DOMAIN type_room.code ADD CONSTRAINT "unchecked" CHECK (VALUE <> 'x') NOT VALID;
CREATE DOMAIN type_room.of_domain AS type_room.code CHECK (VALUE > '2020-01-01'::date::text);
CREATE DOMAIN type_room.since AS timestamptz DEFAULT '2020-02-01 10:00:00+02';
COMMENT ON DOMAIN type_room.code IS 'a code';
COMMENT ON CONSTRAINT low ON DOMAIN type_room.code IS 'of old';
ALTER DOMAIN type_room.since OWNER TO pg_monitor;

CREATE TYPE type_room.nothing AS ();
CREATE TYPE type_room.place AS (
  dropped int, name text COLLATE "C", "At" point, price numeric(5, 2), moods type_room.mood[]
);
ALTER TYPE type_room.place DROP ATTRIBUTE dropped;
COMMENT ON TYPE type_room.place IS 'where';
COMMENT ON COLUMN type_room.place."At" IS 'on the map';

CREATE TYPE type_room.dates AS RANGE (SUBTYPE = date);
CREATE FUNCTION type_room.apart(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1.0::float8';
CREATE TYPE type_room.words AS RANGE (
  SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops, COLLATION = "C", SUBTYPE_DIFF = type_room.apart
);
CREATE TYPE type_room.steps;
CREATE FUNCTION type_room.canonical(type_room.steps) RETURNS type_room.steps
  LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE type_room.steps AS RANGE (
  SUBTYPE = int4, SUBTYPE_DIFF = int4range_subdiff, CANONICAL = type_room.canonical
);
COMMENT ON TYPE type_room.steps IS 'whole';

CREATE TYPE type_room.shell;
CREATE TYPE type_room.secret;
CREATE FUNCTION type_room.secret_in(cstring, oid, integer) RETURNS type_room.secret
  LANGUAGE internal IMMUTABLE STRICT AS 'varcharin';
CREATE FUNCTION type_room.secret_out(type_room.secret) RETURNS cstring
  LANGUAGE internal IMMUTABLE STRICT AS 'varcharout';
CREATE FUNCTION type_room.secret_receive(internal, oid, integer) RETURNS type_room.secret
  LANGUAGE internal IMMUTABLE STRICT AS 'varcharrecv';
CREATE FUNCTION type_room.secret_send(type_room.secret) RETURNS bytea
  LANGUAGE internal IMMUTABLE STRICT AS 'varcharsend';
CREATE TYPE type_room.secret (
  INPUT = type_room.secret_in, OUTPUT = type_room.secret_out, RECEIVE = type_room.secret_receive,
  SEND = type_room.secret_send, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout, ANALYZE = ts_typanalyze,
  INTERNALLENGTH = VARIABLE, STORAGE = extended, CATEGORY = 'S', PREFERRED = true, DEFAULT = 'none', DELIMITER = ';',
  COLLATABLE = true
);
CREATE TYPE type_room.pair;
CREATE FUNCTION type_room.pair_in(cstring) RETURNS type_room.pair LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION type_room.pair_out(type_room.pair) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE TYPE type_room.pair (
  INPUT = type_room.pair_in, OUTPUT = type_room.pair_out, INTERNALLENGTH = 16, ALIGNMENT = double, ELEMENT = float8
);
CREATE TYPE type_room.tiny;
CREATE FUNCTION type_room.tiny_in(cstring) RETURNS type_room.tiny LANGUAGE internal IMMUTABLE STRICT AS 'boolin';
CREATE FUNCTION type_room.tiny_out(type_room.tiny) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'boolout';
CREATE TYPE type_room.tiny (INPUT = type_room.tiny_in, OUTPUT = type_room.tiny_out, LIKE = boolean);
