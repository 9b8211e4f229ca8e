-- What came with 16: rules of ICU collations.
CREATE COLLATION type_room.ruled (PROVIDER = icu, LOCALE = 'und', RULES = '&a < g');
