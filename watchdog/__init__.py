"""schema-watchdog: guards a production PostgreSQL against schema drift and vanishing rows."""

__version__ = "0.1.0"
