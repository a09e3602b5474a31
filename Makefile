# Sitewright: `make run` solves the German example and serves it, `make test` runs the whole suite.
# HOST, PORT, KILLS and PYTHON override; every step leaves a stamp, so a second start takes seconds.

HOST ?= 127.0.0.1
PORT ?= 8000
KILLS ?= 200

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$p && break; \
	done)
endif

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
LOCKED := --require-hashes --only-binary :all: --requirement
BENCH := .cache/bench
UV := .cache/uv/bin/uv
PIN := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-build \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
COMPILE := $(PIN) pyproject.toml requirements-build.in

.PHONY: help run install test lint bench chaos lock clean needs test-needs

help:
	@echo "make run      solve the German example and serve it on http://$(HOST):$(PORT)"
	@echo "make install  the set-up alone; leaves $(BIN)/sitewright"
	@echo "make test     the set-up, then every test"
	@echo "make lint     ruff and mypy"
	@echo "make bench    the benchmarks"
	@echo "make chaos    kills the service at random, KILLS=$(KILLS) times; no plan may be lost or end twice"
	@echo "make lock     pin the dependencies anew"
	@echo "make clean    remove what the other targets made"

run: install $(BIN)/.warm
	@exec $(BIN)/sitewright serve --example germany --host $(HOST) --port $(PORT)

install: $(BIN)/.installed static/vendor/.filled

test: install $(BIN)/.dev $(BIN)/.warm test-needs
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: install $(BIN)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

chaos: install $(BIN)/.dev $(BIN)/.warm
	$(BIN)/python -m tests.chaos $(KILLS)

# Everything takes hours; a slice: make bench ARGS="--instance conus-15k-200 --limits 1,10 --peers sitewright,highs-core"
bench: install $(BIN)/.warm $(BENCH)/.installed
	@$(BENCH)/bin/python -m benchmarks.run $(ARGS)

# The peers, in an environment that sees .venv behind itself, so that the product never sees them.
$(BENCH)/.installed: benchmarks/requirements.lock $(BIN)/.installed
	@$(PYTHON) -m venv --clear $(BENCH)
	@echo "import site; site.addsitedir('$$(cd .venv/lib/python*/site-packages && pwd)')" \
		> "$$(echo $(BENCH)/lib/python*/site-packages)/product.pth"
	@$(BENCH)/bin/python -m pip --disable-pip-version-check --no-input --quiet \
		install $(LOCKED) benchmarks/requirements.lock
	@touch $@

# One line that names everything missing, before anything is made.
needs:
	@missing=; \
	[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
		2>/dev/null || missing="Python 3.11 to 3.14"; \
	[ -n "$$missing" ] || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| missing="the venv module of $(PYTHON) (Debian, Ubuntu: apt install python3-venv)"; \
	command -v npm >/dev/null 2>&1 || missing="$${missing:+$$missing and }npm (comes with Node.js 18 or newer)"; \
	[ -z "$$missing" ] || { echo "Sitewright cannot be set up here; missing: $$missing" >&2; exit 1; }

test-needs:
	@missing=; \
	[ -n "$$CHROMIUM" ] || [ -x /usr/bin/chromium ] || missing="Chromium (or its path in CHROMIUM)"; \
	command -v curl >/dev/null 2>&1 || missing="$${missing:+$$missing and }curl"; \
	[ -z "$$missing" ] || { echo "The tests need $$missing (Debian, Ubuntu: apt install chromium curl)" >&2; exit 1; }

$(BIN)/python: | needs
	$(PYTHON) -m venv --clear .venv

$(BIN)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the pinned Python packages into .venv (a minute or two the first time)"
	@$(PIP) install $(LOCKED) requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(BIN)/.dev: requirements-dev.lock $(BIN)/.installed
	@$(PIP) install $(LOCKED) requirements-dev.lock
	@touch $@

# Half a minute of compiling that would otherwise come out of the first plan's time limit.
$(BIN)/.warm: $(BIN)/.installed $(wildcard solver/*.py)
	@echo "Compiling the solver's inner loops"
	@$(BIN)/sitewright plan --demand data/germany_demand.csv --candidates data/germany_candidates.csv \
		--radius-km 200 --out $(BIN)/.example >/dev/null 2>&1
	@$(BIN)/sitewright plan --demand data/germany_demand.csv --candidates data/germany_candidates.csv \
		--radius-km 200 --cover-fraction 0.9 --shared-risk admin1 --time-limit 5 --json >/dev/null 2>&1 || true
	@$(BIN)/sitewright rollout $(BIN)/.example/plan.json --demand data/germany_demand.csv \
		--candidates data/germany_candidates.csv >/dev/null 2>&1
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc | needs
	@npm ci --silent
	@touch $@

static/vendor/.filled: node_modules/.installed static/vendor.mjs $(wildcard data/basemap/*)
	@node static/vendor.mjs
	@touch $@

lock: $(UV)
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(PIN) benchmarks/requirements.in --constraint requirements.lock --output-file benchmarks/requirements.lock

$(UV): | needs
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip --disable-pip-version-check --quiet install uv

clean:
	rm -rf .venv .cache node_modules static/vendor static/vendor.draft dist .pytest_cache .mypy_cache .ruff_cache
