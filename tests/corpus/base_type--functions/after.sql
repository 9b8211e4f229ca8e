CREATE TYPE word;
CREATE FUNCTION word_in(cstring, oid, int) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'varcharin';
CREATE FUNCTION word_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varcharout';
CREATE FUNCTION other_in(cstring, oid, int) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'varcharin';
CREATE FUNCTION other_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varcharout';
CREATE FUNCTION receive(internal, oid, int) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'varcharrecv';
CREATE FUNCTION send(word) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'varcharsend';
CREATE TYPE word (
  INPUT = other_in, OUTPUT = other_out, RECEIVE = receive, SEND = send, TYPMOD_IN = varchartypmodin,
  TYPMOD_OUT = varchartypmodout, ANALYZE = ts_typanalyze
);
