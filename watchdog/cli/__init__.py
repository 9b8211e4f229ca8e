"""What a person types: one small file per command group."""
