"""Pure: what reads the statements of each kind of source."""
