"""The watchdog and its peers, a file each: how each is installed, run on a database, and known to have read it."""
