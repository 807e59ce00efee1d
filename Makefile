# The commands of this repository. They need make, bash and Python 3.11 to 3.14; uv is used where it is.
# ARGS goes to the command: make dev ARGS="--data-dir /tmp/tocsin", make test ARGS="-k outbox"
SHELL := bash
.DEFAULT_GOAL := help
# Without compiled files each start of a process takes seconds longer.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup dev demo test unit lint format pictures correlation-results schemas lock lock-check

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## make .venv from the locked dependencies, development tools included
	@deploy/setup.sh dev

dev: ## run everything embedded, on this machine alone
	@deploy/setup.sh embedded && exec .venv/bin/tocsin dev $(ARGS)

demo: ## the same, with a scripted incident to look at
	@deploy/setup.sh embedded && exec .venv/bin/tocsin demo $(ARGS)

test: setup ## linters, all tests, coverage
	@deploy/test.sh $(ARGS)

unit: setup ## the pure tests alone, in seconds
	@.venv/bin/python -m pytest -q tests/domain tests/ingest tests/playbooks $(ARGS)

lint: setup ## linters, types, direction of imports
	@.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy && .venv/bin/lint-imports

format: setup ## format the sources
	@.venv/bin/ruff format && .venv/bin/ruff check --fix

correlation-results: setup ## measure grouping and suspects on simulations and write the page (takes an hour)
	@.venv/bin/python docs/correlation_results.py

pictures: setup ## make the pictures of the documentation anew, from a run of the demo (needs Chromium)
	@.venv/bin/python docs/pictures.py

schemas: setup ## write the JSON Schemas for editors anew, after a change of the configuration's fields
	@for kind in tocsin rules services playbook tests; do .venv/bin/tocsin check-config --schema $$kind >bot/config/schema/$$kind.json; done

lock: setup ## resolve the dependencies again, after a change in pyproject.toml
	@deploy/lock.sh make

lock-check: setup ## show that the lock installs from wheels on each supported Python
	@deploy/lock.sh check
