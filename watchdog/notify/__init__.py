"""People and routers: channels, and the delivery that survives anything."""
