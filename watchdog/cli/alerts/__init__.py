"""`alerts`: what its commands do."""
