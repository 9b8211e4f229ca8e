"""What mends a change, each a function from the change and both snapshots; `watchdog.schema.remedy` says which.

None where the statement would not be safe, or nothing tells what it would be.
"""
