# The verbs of this repository. `make` tells them.
PY ?= python3
V := .venv
STAMPS := build
export PATH := $(CURDIR)/$(V)/bin:$(PATH)
# The reader's own shell must not change what is built: only these reach the tools.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help setup run run-scale services services-down test test-fast test-browser test-services storm races kills texts model mutants bench bench-services coverage arch check clean requirements translations

help: ## Tell what there is to do.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMPS)/ready-dev ## Install all that run and test need.

setup-dev: $(STAMPS)/ready-dev ## Install what tests and tools need too.

run: $(STAMPS)/ready ## Serve the site with its demo town on http://127.0.0.1:8000.
	@$(V)/bin/trove demo up

run-scale: $(STAMPS)/ready ## Serve the same with two web and two worker processes on the services.
	@$(V)/bin/python tools/scale.py

test: $(STAMPS)/ready-dev ## Run every test; fast ones first.
	@$(PY) tools/test.py

test-fast: $(STAMPS)/ready-dev ## Run the tests that need neither browser nor minutes.
	@$(PY) tools/test.py --fast

test-browser: $(STAMPS)/ready-dev ## Run the journeys in a real browser.
	@$(PY) tools/test.py --browser

test-services: $(STAMPS)/ready-dev ## Start the services; run what needs them, then everything on them.
	@$(PY) tools/test.py --services

storm: $(STAMPS)/ready-dev ## Read and buy for half an hour while processes are killed; then make model.
	@STORM_SECONDS=1800 $(V)/bin/python -m pytest -q -n 0 -s tests/storm
	@$(MAKE) --no-print-directory model

kills: $(STAMPS)/ready-dev ## Kill the site at every call that changes a file; half an hour.
	@KILL_STRIDE=1 $(V)/bin/python -m pytest -q -n 2 --dist load tests/kills

texts: $(STAMPS)/ready-dev ## Put every text that would be more than text into every field; ten minutes.
	@TEXT_STRIDE=1 TEXT_EXAMPLES=100 $(V)/bin/python -m pytest -q -n 2 --dist load tests/text tests/browser/test_texts.py

model: $(STAMPS)/ready-dev ## Trade for ten minutes with what chance thinks of, beside a model.
	@MODEL_EXAMPLES=600 $(V)/bin/python -m pytest -q -n 0 tests/model

mutants: $(STAMPS)/ready-dev ## Plant faults in the handling of money; the model must find them.
	@$(V)/bin/python -m tests.model.mutants

bench: $(STAMPS)/ready-dev ## Measure against baselines, in one run; prints ratios.
	@$(V)/bin/python -m bench

bench-services: $(STAMPS)/ready-dev ## Measure the site on the services beside the small one.
	@$(V)/bin/python -m bench services

services: ## Start PostgreSQL, Redis, Elasticsearch and MinIO for this checkout; print the settings.
	@$(PY) tools/services up

services-down: ## End what make services started.
	@$(PY) tools/services down

races: $(STAMPS)/ready-dev ## Race twenty clients, each race 200 times, each naive twin 20; half an hour.
	@RACES_ROUNDS=200 $(V)/bin/python -m pytest -q -n 0 -p no:randomly -s --durations=0 tests/races

# By the tests of the rules themselves: what is reached by way of pages only is not held by them.
coverage: $(STAMPS)/ready-dev ## Hold the tests of kernel, rules and ledger to every branch.
	@$(V)/bin/python -m coverage run -m pytest -q -n 0 tests/kernel tests/ledger tests/*/test_rules.py tests/*/test_states.py tests/attribution/test_properties.py tests/attribution/test_golden.py
	@$(V)/bin/python -m coverage report

arch: $(STAMPS)/ready-dev ## Hold the house to its storeys, furniture and doors.
	@$(V)/bin/lint-imports
	@$(V)/bin/python -m pytest -q -m "not service" tests/architecture

check: $(STAMPS)/ready-dev ## Lint, types, templates, spelling.
	@$(V)/bin/ruff check .
	@$(V)/bin/ruff format --check .
	@$(V)/bin/mypy
	@$(V)/bin/djlint --check --quiet app || (echo "run: .venv/bin/djlint --reformat app" && false)
	@$(V)/bin/codespell
	@cd frontend && npx tsc --noEmit

clean: ## Remove what was built; never the data folder.
	rm -rf $(V) $(STAMPS) frontend/node_modules app/web/static/dist

requirements: ## Resolve the pinned requirements anew from pyproject.toml.
	$(V)/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.txt
	$(V)/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra dev pyproject.toml -o requirements-dev.txt
	$(V)/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header tests/journeys/client-requirements.in -o tests/journeys/client-requirements.txt
	$(V)/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header tools/services/go-requirements.in -o tools/services/go-requirements.txt

translations: $(STAMPS)/ready-dev ## Bring the Chinese catalogues up to date; then fill in what is empty.
	@$(V)/bin/python tools/words.py
	@$(MAKE) --no-print-directory $(STAMPS)/words

# What follows is resumable: each step leaves a stamp when it is whole.
$(STAMPS)/ready: $(STAMPS)/venv $(STAMPS)/front $(STAMPS)/words
	@touch $@

$(STAMPS)/ready-dev: $(STAMPS)/ready $(STAMPS)/venv-dev
	@touch $@

$(STAMPS)/venv: requirements.txt pyproject.toml tools/setup.py
	@$(PY) tools/setup.py venv

$(STAMPS)/venv-dev: requirements-dev.txt $(STAMPS)/venv
	@$(PY) tools/setup.py venv-dev

$(STAMPS)/node: frontend/package.json frontend/package-lock.json $(STAMPS)/venv
	@$(PY) tools/setup.py node

$(STAMPS)/front: $(STAMPS)/node $(shell find frontend/src -type f 2>/dev/null) frontend/vite.config.js frontend/icons.js
	@$(PY) tools/setup.py front

$(STAMPS)/words: $(STAMPS)/venv $(shell find app -name '*.po' 2>/dev/null)
	@$(PY) tools/setup.py words
