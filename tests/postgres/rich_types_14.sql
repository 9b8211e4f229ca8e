-- What came with 14: subscripting of base types, and a name for the multirange type.
CREATE FUNCTION type_room.subscript(internal) RETURNS internal
  LANGUAGE internal IMMUTABLE STRICT AS 'raw_array_subscript_handler';
CREATE TYPE type_room.trio;
CREATE FUNCTION type_room.trio_in(cstring) RETURNS type_room.trio LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION type_room.trio_out(type_room.trio) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE TYPE type_room.trio (
  INPUT = type_room.trio_in, OUTPUT = type_room.trio_out, INTERNALLENGTH = 16, ALIGNMENT = double, ELEMENT = float8,
  SUBSCRIPT = type_room.subscript
);
CREATE TYPE type_room.hours AS RANGE (SUBTYPE = time, MULTIRANGE_TYPE_NAME = "Type room".many_hours);
