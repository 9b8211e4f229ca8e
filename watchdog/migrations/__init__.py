"""Pure: folders of migrations in the forms of nine tools, what a tool notes of them, and what follows from both."""
