"""Pure: the application's statements, read from what holds them, and what follows from how a server takes them."""
