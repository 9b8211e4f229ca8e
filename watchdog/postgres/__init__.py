"""The watched server, read-only; the only room that imports asyncpg."""
