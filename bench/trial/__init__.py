"""A simulated PostgreSQL whose true row counts are known, and what watchdogs make of it."""
