CREATE TYPE word;
CREATE FUNCTION word_in(cstring, oid, int) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'varcharin';
CREATE FUNCTION word_out(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varcharout';
CREATE TYPE word (INPUT = word_in, OUTPUT = word_out);
