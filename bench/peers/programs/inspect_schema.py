"""Prints how many tables schemainspect read of the database at the address. Runs in the peers' own environment."""

import sys

from schemainspect import get_inspector
from sqlalchemy import create_engine

with create_engine(sys.argv[1]).connect() as connection:
    found = get_inspector(connection)
    print(len(found.tables), len(found.views), len(found.functions), len(found.indexes), len(found.constraints))
