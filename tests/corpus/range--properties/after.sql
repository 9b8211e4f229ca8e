CREATE TYPE three;
CREATE FUNCTION whole(three) RETURNS three LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE one AS RANGE (SUBTYPE = timestamp, MULTIRANGE_TYPE_NAME = many);
CREATE TYPE two AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops, COLLATION = "C");
CREATE TYPE three AS RANGE (SUBTYPE = int4, SUBTYPE_DIFF = int4range_subdiff, CANONICAL = whole);
