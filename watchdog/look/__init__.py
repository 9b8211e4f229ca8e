"""Looks: each asks one question of a database and says what it saw, and what that speaks for."""
