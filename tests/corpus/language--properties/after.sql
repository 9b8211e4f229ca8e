CREATE FUNCTION other() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE mine HANDLER other INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
