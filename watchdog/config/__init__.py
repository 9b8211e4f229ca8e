"""The configuration: YAML and environment in, one frozen value out, or every mistake at once, each with its place."""
