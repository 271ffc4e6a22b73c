# Everything here runs in .venv; nothing is installed elsewhere. The locks are complete, so pip is told not to resolve:
# the pip of Python 3.11 takes newer versions of what is needed with an extra, and then misses their hashes.
PYTHON ?= python3
UV ?= uv
BIN := .venv/bin
# All cores; tests that share a Prefect server or a played demonstration stay together.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup
export AFTERCLOSE_HOME ?= $(CURDIR)/.afterclose

.DEFAULT_GOAL := help

.PHONY: help install dev demo test check lint bench scale mutants torture audit sbom docs lock newest oldest uncapped release facts site vendor picture clean

help: ## list what there is
	@grep -E '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

.venv/installed: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Afterclose needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	@echo "installing $$(grep -c '==' requirements.lock) packages of requirements.lock into .venv: two minutes or so, most of it in silence"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
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

check: dev ## in two minutes: what is quick of unit, property, sql and agent, without Prefect and without a network
	$(PYTEST) -m "not prefect and not slow" tests/unit tests/property tests/sql tests/agent

test-%: dev ## the tests of one kind: test-unit, -property, -sql, -agent, -sources, -integration, -faults, -remote, -browser, -docs
	$(PYTEST) tests/$*

lint: dev ## ruff, format check, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: dev ## what all costs, as ratios, into docs/performance.md (QUICK=1: in five minutes or so)
	PYTHONPATH=. $(BIN)/python -m tests.bench.performance $(if $(QUICK),--quick)

scale: dev ## what 8,000 lines over 30 years and a year of nights on object storage cost, into docs/scale.md (minutes)
	PYTHONPATH=. $(BIN)/python -m tests.bench.scale

torture: dev ## strike runs at every n-th change of a file (EVERY=1), fuzz the vendors, sixty nights: hours; Linux with a C compiler
	TORTURE=1 $(BIN)/python -m pytest tests/property/test_lake_model.py tests/property/test_part_is_whole.py
	PYTHONPATH=. $(BIN)/python -m tests.torture.torture --every $(or $(EVERY),1)
	PYTHONPATH=. $(BIN)/python -m tests.torture.fuzz
	PYTHONPATH=. $(BIN)/python -m tests.torture.nights

# In an environment of their own: what looks at the dependencies is none of them.
.audit/installed:
	$(PYTHON) -m venv .audit
	.audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1 cyclonedx-bom==7.5.0
	@touch $@

audit: .audit/installed ## known vulnerabilities of the locked dependencies (asks PyPI)
	.audit/bin/pip-audit --disable-pip --require-hashes --requirement requirements.lock

sbom: .audit/installed ## sbom.json: the locked dependencies with their hashes, as CycloneDX; asks nobody
	.audit/bin/cyclonedx-py requirements requirements.lock --output-reproducible --output-file sbom.json

docs: dev ## write docs/warehouse.md, the table of docs/reference.md and the diagram of docs/architecture.md anew
	PYTHONPATH=. $(BIN)/python docs/dictionary.py
	PYTHONPATH=. $(BIN)/python docs/facts.py
	PYTHONPATH=. $(BIN)/python docs/architecture.py

# What is installed without the lock: other versions, in an environment of their own, with the demo and the tests that
# need no Prefect. $(1): its name; $(2): which of the versions that are allowed; $(3): the folder of the pyproject.toml.
define try
	$(UV) venv --quiet --clear --python $(PYTHON) .try/$(1)
	$(UV) pip install --quiet --python .try/$(1) --resolution $(2) -r $(3)/pyproject.toml
	$(UV) pip install --quiet --python .try/$(1) hatchling hypothesis pytest pytest-xdist pyyaml
	$(UV) pip install --quiet --python .try/$(1) --no-deps -e .
	$(UV) pip list --quiet --python .try/$(1) | grep -iE '^(curl|duckdb|fastapi|numpy|pandas|prefect|pyarrow|sqlalchemy|typer|yfinance) ?'
	cd .try && AFTERCLOSE_HOME=$(CURDIR)/.try/$(1)-home $(1)/bin/afterclose demo
	.try/$(1)/bin/python -m pytest -m "not prefect" tests/unit
endef

newest: ## the newest versions that are allowed, tried (needs uv; PYTHON=python3.13 for another Python)
	$(call try,newest,highest,.)

oldest: ## the oldest versions that are allowed, tried
	$(call try,oldest,lowest-direct,.)

uncapped: ## the newest versions without our caps, tried: which caps still hold?
	mkdir -p .try/caps
	sed -E 's/^(    "[A-Za-z0-9_-]+(>=[0-9.]+)?),?<[0-9.]+"/\1"/' pyproject.toml > .try/caps/pyproject.toml
	$(call try,uncapped,highest,.try/caps)

# In an environment and a copy of their own: mutmut writes the mutants beside the code. Its first run makes them and finds
# out which tests look at which function; that it then has none to try is no failure.
mutants: ## change the code in SAMPLE (300) places, of the files OF or all, one at a time, and list what no test notices (hours; needs uv)
	rm -rf .try/mutated && mkdir -p .try/mutated
	git ls-files | tar -cf - -T - | tar -xf - -C .try/mutated
	$(UV) venv --quiet --clear --python $(PYTHON) .try/mutation
	$(UV) pip install --quiet --python .try/mutation --no-deps --require-hashes -r requirements-dev.lock
	$(UV) pip install --quiet --python .try/mutation mutmut==3.8.1
	$(UV) pip install --quiet --python .try/mutation --no-deps -e .
	cd .try/mutated && { ../mutation/bin/mutmut run none || true; }
	cd .try/mutated && { ../mutation/bin/mutmut run $$(../mutation/bin/python -m tests.mutants $(or $(SAMPLE),300) $(OF)) || true; }
	cd .try/mutated && ../mutation/bin/mutmut results

lock: ## write both locks anew (needs uv)
	$(UV) pip compile pyproject.toml build-requirements.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements.lock
	$(UV) pip compile pyproject.toml build-requirements.in --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -c requirements.lock -o requirements-dev.lock

VERSION = $(shell sed -nE 's/^version = "(.*)"/\1/p' pyproject.toml)
TOOL := $(UV) tool run --quiet --python $(PYTHON) --from

release: dev lint ## what a release consists of, into dist/: wheel, source, its words, an SBOM, the licences (needs uv)
	rm -rf dist && mkdir dist
	awk '/^## /{found = ($$2 == "$(VERSION)"); next} found' CHANGELOG.md > dist/notes.md
	@test -s dist/notes.md || { echo "CHANGELOG.md has no section '## $(VERSION)': say there what changed"; exit 1; }
	@test -z "$$(git status --porcelain)" || { echo "there are changes that are not committed"; exit 1; }
	$(BIN)/python -m hatchling build -d dist
	$(TOOL) twine twine check --strict dist/*.whl dist/*.tar.gz
	$(TOOL) cyclonedx-bom cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o dist/sbom.json
	$(TOOL) pip-licenses pip-licenses --python $(BIN)/python --format markdown --output-file dist/licences.md
	cd dist && sha256sum * > SHA256SUMS

facts: install ## the facts as a data set of their own, into dist/: CSV, Parquet and a small reader
	PYTHONPATH=. $(BIN)/python docs/dataset.py dist

site: ## docs/ as a site, into dist/site (needs uv; zensical comes from PyPI, the building asks nobody)
	$(UV) tool run --quiet --python $(PYTHON) zensical build

# Nothing of another's is in a page but this script; it is kept with its licence, and its checksum is looked at.
SORTABLE = sortable-tablesort-4.1.7.tgz
vendor: ## fetch the script that sorts the tables of a page anew, by its checksum (needs npm)
	rm -rf .vendor && mkdir .vendor
	cd .vendor && npm pack --silent $(SORTABLE:-4.1.7.tgz=)@4.1.7
	echo "1e573df2ff184a6a25f975caf38b783259f7c2b9ac2971325126a8b1cb414d71  .vendor/$(SORTABLE)" | sha256sum --check
	tar -xzf .vendor/$(SORTABLE) -C .vendor
	cp .vendor/package/dist/sortable.min.js warehouse/report/vendor/sortable.min.js
	cp .vendor/package/LICENSE warehouse/report/vendor/sortable.LICENSE
	rm -rf .vendor

picture: demo ## the README's picture of a page, of the demonstration (needs chromium)
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,660 \
		--screenshot=docs/evening.png file://$(AFTERCLOSE_HOME)/demo/reports/2026-05-22.html

clean: ## remove .venv and the demo's files
	rm -rf .venv .audit .afterclose .try .vendor dist sbom.json
