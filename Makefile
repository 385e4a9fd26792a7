# Everything is installed into .venv of this checkout. Choose the interpreter with PYTHON: make test PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

PYTEST := $(BIN)/python -m pytest -n 2
PYTEST_FLAGS ?=
CODE := $(wildcard mmtui tests benchmarks)
# These rooms decide about money: nearly every branch of them is tested.
COVERED := mmtui/model/*,mmtui/core/*,mmtui/simulation/*

UV_VERSION := 0.13.8
LOCK := pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header $(LOCK_FLAGS)

# The terminal where there is one to show it in, else 20 seconds without it.
DEMO = if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/mmtui; \
	else exec $(BIN)/mmtui --headless --config settings/examples/perp_maker.sim.json --duration 20; fi

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test check format-check lint types imports coverage acceptance bench format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

# The stamp says what the install was made from: checkout, interpreter, locked requirements, project file. It goes
# away before work starts and comes back when all of it succeeded: without a stamp the next run begins from nothing.
# Two makes at once take turns, where the machine has flock. A pyenv that hides PYTHON is asked where it lies.
install: ## create .venv with everything in it; does nothing if nothing changed
	@set -eu; \
	exec 9>$(VENV).lock; if command -v flock >/dev/null; then flock 9; fi; \
	python='$(PYTHON)'; \
	if ! "$$python" -c '' 2>/dev/null && command -v pyenv >/dev/null; then \
		version=$$(pyenv whence "$$python" 2>/dev/null | tail -n 1); \
		python=$$(PYENV_VERSION="$$version" pyenv which "$$python" 2>/dev/null) || python='$(PYTHON)'; \
	fi; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: '$(PYTHON)' is no Python 3.11 or newer; name one with PYTHON=..." >&2; exit 1; }; \
	base="$(CURDIR) $$("$$python" -VV | tr '\n' ' ')"; \
	files="$$(cat requirements/dev.txt pyproject.toml | cksum)"; \
	if ! $(BIN)/python -c "" 2>/dev/null || [ "$$(head -n 1 $(STAMP) 2>/dev/null)" != "$$base" ]; then \
		echo "creating $(VENV) with $$("$$python" -V)" >&2; \
		rm -rf $(VENV); "$$python" -m venv $(VENV); \
	elif [ "$$(tail -n 1 $(STAMP))" = "$$files" ]; then \
		exit 0; \
	fi; \
	rm -f $(STAMP); \
	echo "installing the pinned requirements into $(VENV)" >&2; \
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt; \
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .; \
	printf '%s\n' "$$base" "$$files" > $(STAMP).new; mv $(STAMP).new $(STAMP)

demo: install ## see it work on the simulated venue: the terminal, or without one 20 seconds and a summary
	@$(DEMO)

test: install ## the tests
	$(PYTEST) -m "not acceptance" $(PYTEST_FLAGS)

check: install format-check lint types imports ## what CI runs: format, lint, types, import contracts, tests, coverage
	$(MAKE) test PYTEST_FLAGS="--cov --cov-report="
	$(MAKE) coverage

format-check: install
	$(BIN)/ruff format --check .

lint: install
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy $(CODE)

imports: install
	$(BIN)/lint-imports --no-logo

coverage: install
	$(BIN)/coverage report --include='$(COVERED)' --fail-under=95

acceptance: install ## the long ones: 60 s runs, tutorials, documented commands
	$(PYTEST) -m acceptance --timeout=900 $(PYTEST_FLAGS)

bench: install ## the benchmarks
	$(BIN)/python -m benchmarks

format: install ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## pin the requirements again after a change of pyproject.toml (LOCK_FLAGS=--upgrade takes newer versions)
	@set -eu; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(PYTHON) -m venv "$$work"; "$$work/bin/python" -m pip install --quiet uv==$(UV_VERSION); \
	"$$work/bin/uv" $(LOCK) --extra dev pyproject.toml --output-file requirements/dev.txt >/dev/null; \
	"$$work/bin/uv" $(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/runtime.txt >/dev/null; \
	grep -c == requirements/dev.txt requirements/runtime.txt

clean: ## remove .venv, caches and builds (never data, logs or settings)
	rm -rf $(VENV) $(VENV).lock build dist *.egg-info .coverage .coverage.* htmlcov snapshot_report.html
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
