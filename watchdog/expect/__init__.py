"""Where an expectation comes from: a baseline file, SQL files, another server."""
