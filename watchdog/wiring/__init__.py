"""The composition root: configuration in, connected parts out. No other room is handed the configuration."""
