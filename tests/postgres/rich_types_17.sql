-- What came with 17: collations that need no library.
CREATE COLLATION type_room.built_in (PROVIDER = builtin, LOCALE = 'C.UTF-8');
