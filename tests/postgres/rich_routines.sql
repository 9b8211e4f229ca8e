-- An object of every kind of the room `routines`, with every attribute set somewhere. For 13 and up.
CREATE SCHEMA routine_room;
CREATE SCHEMA "Routine room";

CREATE FUNCTION routine_room.twice(number integer, INOUT times integer DEFAULT 2, "Rest" text DEFAULT 'it''s')
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS 'SELECT number * times';
CREATE FUNCTION routine_room.named(VARIADIC "all" text[]) RETURNS TABLE (one text, "Two" date)
  LANGUAGE plpgsql STABLE SECURITY DEFINER LEAKPROOF PARALLEL RESTRICTED ROWS 12
  SET search_path = routine_room, pg_temp SET datestyle = 'ISO, DMY' AS $$BEGIN RETURN; END$$;
CREATE FUNCTION routine_room.two(OUT a integer, OUT b text) LANGUAGE sql AS $$SELECT 1, 'x'$$;
CREATE PROCEDURE routine_room.nothing(a integer, INOUT x integer DEFAULT 5) LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE FUNCTION routine_room.place(anyelement) RETURNS integer LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION routine_room.handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION routine_room.series(integer, integer) RETURNS SETOF integer
  LANGUAGE internal STRICT SUPPORT generate_series_int4_support AS 'generate_series_int4';
CREATE TRANSFORM FOR integer LANGUAGE sql (
  FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal)
);
CREATE FUNCTION routine_room.changed(integer) RETURNS integer TRANSFORM FOR TYPE integer LANGUAGE sql AS 'SELECT $1';
COMMENT ON FUNCTION routine_room.twice(integer, integer, text) IS 'doubles';
COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'of the test';
REVOKE EXECUTE ON FUNCTION routine_room.twice(integer, integer, text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE routine_room.nothing(integer, integer) TO pg_monitor WITH GRANT OPTION;
ALTER FUNCTION routine_room.two() OWNER TO pg_monitor;

CREATE AGGREGATE routine_room.total(number integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE AGGREGATE routine_room.rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0', PARALLEL = safe);
CREATE AGGREGATE routine_room.smallest(integer) (SFUNC = int4smaller, STYPE = integer, SORTOP = OPERATOR(pg_catalog.<));
CREATE AGGREGATE routine_room.gather(integer) (SFUNC = array_append, STYPE = integer[], SSPACE = 64);
CREATE AGGREGATE routine_room.middle(numeric) (
  SFUNC = numeric_avg_accum, STYPE = internal, SSPACE = 128, FINALFUNC = numeric_avg, FINALFUNC_MODIFY = shareable,
  COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize,
  MSFUNC = numeric_avg_accum, MINVFUNC = numeric_accum_inv, MSTYPE = internal, MSSPACE = 96, MFINALFUNC = numeric_avg,
  MFINALFUNC_MODIFY = read_write, PARALLEL = restricted
);
CREATE AGGREGATE routine_room.moving(integer) (
  SFUNC = int4_avg_accum, STYPE = bigint[], FINALFUNC = int8_avg, COMBINEFUNC = int4_avg_combine, INITCOND = '{0,0}',
  MSFUNC = int4_avg_accum, MINVFUNC = int4_avg_accum_inv, MSTYPE = bigint[], MFINALFUNC = int8_avg,
  MINITCOND = '{0,0}'
);
CREATE AGGREGATE routine_room.share(double precision ORDER BY anyelement) (
  SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA
);
CREATE AGGREGATE routine_room.standing(VARIADIC "any" ORDER BY VARIADIC "any") (
  SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL
);
CREATE FUNCTION routine_room.ended(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE routine_room.ending(integer) (
  SFUNC = int4pl, STYPE = integer, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer, MINITCOND = '0',
  MFINALFUNC = routine_room.ended, MFINALFUNC_EXTRA
);
COMMENT ON AGGREGATE routine_room.total(integer) IS 'of all';
REVOKE EXECUTE ON FUNCTION routine_room.total(integer) FROM PUBLIC;

CREATE TYPE routine_room.coin AS (cents integer);
CREATE FUNCTION routine_room.cents(routine_room.coin) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.cents';
CREATE CAST (routine_room.coin AS integer) WITH FUNCTION routine_room.cents(routine_room.coin) AS ASSIGNMENT;
CREATE CAST (integer AS routine_room.coin) WITH INOUT AS IMPLICIT;
CREATE CAST (xml AS bytea) WITHOUT FUNCTION;
CREATE CAST (character varying AS double precision) WITH INOUT;
COMMENT ON CAST (routine_room.coin AS integer) IS 'its worth';

CREATE FUNCTION routine_room.less(routine_room.coin, routine_room.coin) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS 'SELECT $1.cents < $2.cents';
CREATE FUNCTION routine_room.less(routine_room.coin, integer) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS 'SELECT $1.cents < $2';
CREATE FUNCTION routine_room.same(routine_room.coin, routine_room.coin) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS 'SELECT $1.cents = $2.cents';
CREATE FUNCTION routine_room.compare(routine_room.coin, routine_room.coin) RETURNS integer
  LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.cents, $2.cents)';
CREATE FUNCTION routine_room.compare(integer, integer) RETURNS integer
  LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';
CREATE FUNCTION routine_room.compare(routine_room.coin, integer) RETURNS integer
  LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.cents, $2)';
CREATE OPERATOR routine_room.< (
  LEFTARG = routine_room.coin, RIGHTARG = routine_room.coin, FUNCTION = routine_room.less,
  COMMUTATOR = OPERATOR(routine_room.>), NEGATOR = OPERATOR(routine_room.>=), RESTRICT = scalarltsel,
  JOIN = scalarltjoinsel
);
CREATE OPERATOR routine_room.< (LEFTARG = routine_room.coin, RIGHTARG = integer, FUNCTION = routine_room.less);
CREATE OPERATOR routine_room.= (
  LEFTARG = routine_room.coin, RIGHTARG = routine_room.coin, FUNCTION = routine_room.same,
  COMMUTATOR = OPERATOR(routine_room.=), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR "Routine room".@ (RIGHTARG = routine_room.coin, FUNCTION = routine_room.cents);
COMMENT ON OPERATOR routine_room.= (routine_room.coin, routine_room.coin) IS 'by worth';

CREATE OPERATOR FAMILY routine_room.alone USING hash;
CREATE OPERATOR CLASS routine_room.by_worth DEFAULT FOR TYPE routine_room.coin USING btree AS
  OPERATOR 1 routine_room.<, OPERATOR 1 routine_room.< (routine_room.coin, integer), OPERATOR 3 routine_room.=,
  FUNCTION 1 routine_room.compare(routine_room.coin, routine_room.coin),
  FUNCTION 1 (routine_room.coin, integer) routine_room.compare(routine_room.coin, integer);
CREATE OPERATOR CLASS routine_room.backwards FOR TYPE integer USING btree FAMILY routine_room.by_worth AS
  OPERATOR 1 >, OPERATOR 3 =, FUNCTION 1 routine_room.compare(integer, integer);
CREATE OPERATOR CLASS routine_room.alone FOR TYPE integer USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
ALTER OPERATOR FAMILY routine_room.alone USING btree ADD
  OPERATOR 1 < (integer, bigint), FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint),
  OPERATOR 1 < (bigint, integer), FUNCTION 1 (bigint, integer) btint84cmp(bigint, integer);
CREATE OPERATOR CLASS routine_room.elements FOR TYPE anyarray USING gin AS
  OPERATOR 1 &&, OPERATOR 2 @>, FUNCTION 2 ginarrayextract(anyarray, internal, internal),
  FUNCTION 3 ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal),
  FUNCTION 4 ginarrayconsistent(internal, smallint, anyarray, integer, internal, internal, internal, internal),
  STORAGE anyelement;
CREATE OPERATOR CLASS routine_room.near FOR TYPE point USING gist AS
  OPERATOR 5 >>, OPERATOR 15 <-> FOR ORDER BY float_ops, OPERATOR 28 <@ (point, box),
  FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal),
  FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 3 gist_point_compress(internal), FUNCTION 5 gist_box_penalty(internal, internal, internal),
  FUNCTION 6 gist_box_picksplit(internal, internal), FUNCTION 7 gist_box_same(box, box, internal),
  FUNCTION 8 gist_point_distance(internal, point, smallint, oid, internal), STORAGE box;
COMMENT ON OPERATOR CLASS routine_room.near USING gist IS 'by distance';
COMMENT ON OPERATOR FAMILY routine_room.near USING gist IS 'by distance too';

CREATE LANGUAGE routine_language HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE TRUSTED LANGUAGE "Own language" HANDLER routine_room.handler;
COMMENT ON LANGUAGE routine_language IS 'plpgsql by another name';
GRANT USAGE ON LANGUAGE "Own language" TO pg_monitor;

CREATE CONVERSION routine_room.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION routine_room.koi FOR 'KOI8R' TO 'UTF8' FROM koi8r_to_utf8;
COMMENT ON CONVERSION routine_room.latin IS 'western';

CREATE ACCESS METHOD routine_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD "Routine tree" TYPE INDEX HANDLER bthandler;
COMMENT ON ACCESS METHOD routine_heap IS 'heap by another name';

CREATE TEXT SEARCH PARSER routine_room.parser (
  START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline
);
CREATE TEXT SEARCH TEMPLATE routine_room.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY routine_room.words (
  TEMPLATE = routine_room.template, STOPWORDS = english, ACCEPT = 'true'
);
ALTER TEXT SEARCH DICTIONARY routine_room.words (STOPWORDS = english);
CREATE TEXT SEARCH DICTIONARY "Routine room".stems (TEMPLATE = snowball, LANGUAGE = 'english');
CREATE TEXT SEARCH CONFIGURATION routine_room.search (PARSER = routine_room.parser);
ALTER TEXT SEARCH CONFIGURATION routine_room.search
  ADD MAPPING FOR asciiword, word WITH "Routine room".stems, routine_room.words;
ALTER TEXT SEARCH CONFIGURATION routine_room.search ADD MAPPING FOR "int" WITH simple;
CREATE TEXT SEARCH CONFIGURATION routine_room.copied (COPY = english);
COMMENT ON TEXT SEARCH PARSER routine_room.parser IS 'the parser';
COMMENT ON TEXT SEARCH TEMPLATE routine_room.template IS 'the template';
COMMENT ON TEXT SEARCH DICTIONARY routine_room.words IS 'the words';
COMMENT ON TEXT SEARCH CONFIGURATION routine_room.search IS 'the search';

CREATE FUNCTION routine_room.told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER routine_told ON ddl_command_end WHEN TAG IN ('DROP TABLE', 'CREATE TABLE')
  EXECUTE FUNCTION routine_room.told();
CREATE EVENT TRIGGER "Routine told" ON sql_drop EXECUTE FUNCTION routine_room.told();
ALTER EVENT TRIGGER "Routine told" ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER routine_told IS 'who did it';
