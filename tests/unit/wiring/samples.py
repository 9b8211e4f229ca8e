"""Configurations to wire."""

from watchdog.config.load import parse
from watchdog.config.settings import Database

TEXT = """\
databases:
  - name: production
    dsn: postgresql://u:hunter2@127.0.0.1:1/db
    baseline: {folder}/production.json
    schemas: {{include: ["pub*"], exclude: [publish]}}
    every: {{probe: 1s, schema: 2s, rows: 3s}}
    rows: {{watch: ["public.t*"], warn: {{percent: 11, rows: 12}}, critical: {{percent: 13}}}}
    timeouts: {{connect: 14s, lock: 15s, statement: 16s, look: 17s}}
    compare: {{order: true, owners: false, roles: false}}
    exclude: [{{kind: relation, name: "public.tmp_*", attribute: options, change: changed, reason: made at run time}}]
    severity: [{{kind: index, name: "public.t.*", change: missing, severity: critical}}]
    accepted: {folder}/accepted.yaml
    transition: 18m
  - name: staging
    dsn: postgresql://u:hunter2@127.0.0.1:1/db2
    baseline: {folder}/staging.json
alerts:
  minimum_severity: critical
  channels:
    ops: {{type: webhook, url: "http://127.0.0.1:1/hunter2"}}
    team: {{type: slack, webhook_url: "http://127.0.0.1:1/hunter2"}}
"""

ROWS = """\
databases:
  - name: milo
    dsn: postgresql://u:hunter2@127.0.0.1:1/db
    baseline: b.json
    timeouts: {connect: 14s, lock: 15s, statement: 16s}
    rows:
      warn: {percent: 11, rows: 12}
      critical: {percent: 13}
      tables:
        - {match: ["public.sealed_epochs"], warn: {percent: 1, rows: 2}, min_rows: 3, growth: 4h}
        - {match: ["public.sealed_*"], critical: {percent: 5}, min_rows: 6, max_rows: 7, growth: 1h}
        - {match: ["public.quiet"], growth: null}
        - {match: ["public.*"], growth: 2h, freshness: {column: epoch, max_age: 8h, unit: ms}}
      retention:
        - tables: ["public.sealed_*", "public.user_signals"]
          schedule: "0 3 * * *"
          lasts: 10m
          timezone: Europe/Berlin
          at_most: {percent: 15, rows: 16, partitions: 17}
          reason: nightly retention
      maintenance:
        - {schedule: "0 3 * * 0", lasts: 2h, reason: weekly}
        - {tables: ["public.orders"], from: 2026-12-01T22:00:00Z, until: 2026-12-02T02:00:00Z, reason: migration 42}
      counting: {pages: 18, time: 19s, exact: {every: 20h, pages: 21}, dsn: "postgresql://u:hunter2@127.0.0.1:1/replica"}
"""


def milo() -> Database:
    return parse(ROWS, "f.yaml", {}).databases[0]


def bare() -> Database:
    return parse("databases: [{name: a, dsn: postgresql://h, baseline: b}]", "f.yaml", {}).databases[0]
