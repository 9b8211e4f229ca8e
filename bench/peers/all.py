"""Every contender, in the order in which they are told."""

from collections.abc import Sequence

from bench.peers.check_postgres import CheckPostgres
from bench.peers.contender import Contender
from bench.peers.driftbrake import Driftbrake
from bench.peers.migra import Migra
from bench.peers.ours import Ours
from bench.peers.pg_dump import PgDump
from bench.peers.pgkit import PgkitMigra, PgkitSchemainspect
from bench.peers.schemainspect import Schemainspect
from bench.peers.sqlalchemy import GetMulti, Reflect

REFERENCE = PgDump()
CONTENDERS: Sequence[Contender] = (
    REFERENCE,
    Ours(),
    GetMulti(),
    Reflect(),
    Schemainspect(),
    Migra(),
    Driftbrake(),
    CheckPostgres(),
    PgkitSchemainspect(),
    PgkitMigra(),
)
