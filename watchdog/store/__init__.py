"""The disk: the SQLite state and atomic files."""
