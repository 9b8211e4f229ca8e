"""What is run before a remedy, so that it harms nobody, and what is said of it alike."""

# A table that is busy makes the remedy give up after 2 s instead of queueing every query behind it.
CAREFUL = "SET lock_timeout = '2s';\nSET statement_timeout = '60s';"
# The same for what reads all rows while people work.
UNHURRIED = "SET lock_timeout = '2s';\nSET statement_timeout = 0;"
# A concurrent build waits for old transactions by design, and blocks nobody while it does.
PATIENT = "SET lock_timeout = 0;\nSET statement_timeout = 0;"
# A comment, as it may be run like any other way back.
NO_WAY_BACK = "-- none is needed: nothing was changed but what did not work"
BRIEFLY_ALL = "ACCESS EXCLUSIVE, brief"
