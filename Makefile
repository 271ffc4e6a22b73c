# Everything here runs in .venv; nothing is installed elsewhere. The locks are complete, so pip is told not to resolve:
# the pip of Python 3.11 takes newer versions of what is needed with an extra, and then misses their hashes.
PYTHON ?= python3
BIN := .venv/bin
# Both cores; tests that share a Prefect server or a played demonstration stay together.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup
export AFTERCLOSE_HOME ?= $(CURDIR)/.afterclose

.DEFAULT_GOAL := help

.PHONY: help install dev demo test check lint bench docs lock clean

help: ## list what there is
	@grep -E '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/installed: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Afterclose needs Python 3.11 to 3.13, this is " + sys.version.split()[0] if not (3, 11) <= sys.version_info[:2] <= (3, 13) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

install: .venv/installed ## make .venv with .venv/bin/afterclose

dev: .venv/dev

demo: install ## the whole pipeline on the simulated market, from nothing
	$(BIN)/afterclose demo

test: dev ## every test
	$(PYTEST)

check: dev ## what needs neither Prefect nor a network: unit, property, sql
	$(PYTEST) -m "not prefect" tests/unit tests/property tests/sql

test-%: dev ## the tests of one kind: test-unit, -property, -sql, -integration, -faults, -browser, -docs
	$(PYTEST) tests/$*

lint: dev ## ruff, format check, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: dev ## what all costs, as ratios, into docs/performance.md (QUICK=1: in five minutes or so)
	PYTHONPATH=. $(BIN)/python -m tests.bench.performance $(if $(QUICK),--quick)

docs: dev ## write docs/warehouse.md and the table of docs/reference.md anew from what they describe
	PYTHONPATH=. $(BIN)/python docs/dictionary.py
	PYTHONPATH=. $(BIN)/python docs/facts.py

lock: ## write both locks anew (needs uv)
	uv pip compile pyproject.toml build-requirements.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements.lock
	uv pip compile pyproject.toml build-requirements.in --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -c requirements.lock -o requirements-dev.lock

clean: ## remove .venv and the demo's files
	rm -rf .venv .afterclose
