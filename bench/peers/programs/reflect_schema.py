"""Prints how many tables SQLAlchemy read of the database at the address. Runs in the peers' own environment."""

import sys

from sqlalchemy import MetaData, create_engine, inspect

engine = create_engine(sys.argv[1].replace("postgresql://", "postgresql+psycopg://"))
if sys.argv[2] == "reflect":
    metadata = MetaData()
    metadata.reflect(engine)
    print(len(metadata.tables))
else:
    inspector = inspect(engine)
    every = sorted(name for name in dir(inspector) if name.startswith("get_multi_"))
    read = {name: getattr(inspector, name)() for name in every}
    print(len(read["get_multi_columns"]), {name: len(found) for name, found in read.items()})
