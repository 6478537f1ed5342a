# Needs Python 3.11 or newer with pip, and make. Every target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lifetree-ready
DIR ?= demo
SUITE ?= accuracy

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types bench calibrations check docs lock

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with exactly the packages of requirements.lock, and lifetree itself, editable

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lifetree needs Python 3.11 or newer; make PYTHON=/path/to/python3.11")'
	@echo "setting up $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {on = 1} on; on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt || true
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## make an invented city in DIR (default: demo), build, evaluate and count it, and report
	$(BIN)/lifetree demo $(DIR)

test: $(STAMP) ## run the tests and the doctests on two processes
	$(BIN)/python -m pytest -n 2 -q

lint: $(STAMP) ## style, formatting, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

bench: $(STAMP) ## run a benchmark suite: make bench SUITE=accuracy
	$(BIN)/python -m benchmarks $(SUITE)

calibrations: $(STAMP) ## train configs/calibrations again, after a change of comparisons in configs/city/subjects.toml
	$(BIN)/python -m benchmarks calibrations

check: lint types test ## everything that a change must pass

docs: $(STAMP) ## write docs/reference from the code, and the true output into the walk-through
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/walkthrough.py

lock: $(STAMP) ## resolve requirements.lock again after a change of dependencies
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --upgrade --output-file requirements.lock
