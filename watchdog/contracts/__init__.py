"""Pure: what a component needs of a database, and what of it a schema does not give."""
