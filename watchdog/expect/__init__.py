"""Where an expectation comes from: a baseline file, migrations, SQL files, another server, an application's sources."""
