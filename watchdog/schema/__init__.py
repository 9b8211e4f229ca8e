"""What PostgreSQL holds, compared and judged. Pure."""
