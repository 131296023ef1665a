# `make help` lists what there is. Needs Python 3.11 or newer and a package index; nothing else.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTEST_ARGS ?=
# The interpreter to build .venv with; found by itself where it is not given.
PYTHON ?=

INSTALL = $(BIN)/python tools/install.py

.DEFAULT_GOAL := help
.PHONY: help run test test-all soak bench docs reference picture lock venv dev clean \
	looked-at format lint types imports gathered pytest elsewhere ib-clients other-pythons

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: $(VENV)/kernels.stamp ## run the demo; other commands and options in ARGS="plan --env prod"
	@exec $(BIN)/python tools/foreground.py $(BIN)/python main.py $(or $(ARGS),run)

test: looked-at pytest elsewhere ## everything that CI runs

# Each takes one core; the types take the longest.
looked-at: $(VENV)/dev.stamp
	@$(MAKE) --no-print-directory -j 3 types format lint imports docs gathered $(VENV)/kernels.stamp

test-all: dev ## the whole test suite on every Python from 3.11 that this machine has
	@tools/other-pythons full

soak: dev ## the long versions of the tests that have one
	@echo "A line when a test begins and one when it ends; none may take longer than 70 minutes."
	QUANTICITY_SOAK=1 $(BIN)/python -m pytest -v -n 2 --dist worksteal --timeout 3600 --durations 20 \
		$(PYTEST_ARGS)

bench: dev ## the benchmarks; writes docs/benchmarks.md (BENCH_PEERS=1: dlt and Airbyte too)
	$(BIN)/python -m benchmarks.run

docs: $(VENV)/dev.stamp ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

reference: dev ## write again what is generated: schema, reference pages, figures
	$(BIN)/python -m tools.reference

picture: dev ## take the README's picture of the running system
	$(BIN)/python -m tools.picture

lock: ## resolve again what pyproject.toml asks for, with hashes, for every platform
	@PYTHON="$(PYTHON)" tools/lock

venv: $(VENV)/kernels.stamp ## what is needed to run

dev: $(VENV)/dev.stamp ## what is needed to run and to develop
	@$(MAKE) --no-print-directory -s $(VENV)/kernels.stamp

clean: ## remove what was built, environments included
	rm -rf $(VENV) .venv-* site build dist .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

format: $(VENV)/dev.stamp
	$(BIN)/ruff format --check --quiet .

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check --quiet .

imports: $(VENV)/dev.stamp
	@$(BIN)/lint-imports > .lint-imports.out 2>&1 || { cat .lint-imports.out; rm -f .lint-imports.out; exit 1; }
	@rm -f .lint-imports.out

types: $(VENV)/dev.stamp
	$(BIN)/mypy

# What pytest makes of the files of tests is kept, also where Python is told to write nothing: each
# of its processes would make it again.
gathered: $(VENV)/dev.stamp
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --collect-only -qq >.gathered.out 2>&1 || \
		{ cat .gathered.out; rm -f .gathered.out; exit 1; }
	@rm -f .gathered.out

pytest: dev
	$(BIN)/python -m pytest -q -n 4 --dist worksteal $(PYTEST_ARGS)

elsewhere: dev
	@tools/elsewhere

ib-clients: dev
	@tools/ib-clients

other-pythons: dev
	@tools/other-pythons quick

$(BIN)/python:
	@python=$$(PYTHON="$(PYTHON)" tools/find-python) && "$$python" tools/environment.py $(VENV) || { \
		status=$$?; rm -rf $(VENV); \
		[ $$status -eq 130 ] || echo "No environment was made. On Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }

$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	@$(INSTALL) requirements.txt "what is needed to run"
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(BIN)/python
	@$(INSTALL) requirements-dev.txt "what is needed to develop"
	@touch $@ $(VENV)/run.stamp

# Compiled beforehand, also where Python is told to write nothing: a third of the time of a start.
$(VENV)/kernels.stamp: $(VENV)/run.stamp
	@$(BIN)/python -m compileall -q quanticity
	@$(BIN)/python -m quanticity.quant
	@touch $@
