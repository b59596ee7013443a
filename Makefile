# From a fresh clone, with nothing but Python 3.11+, pip and make:
#
#   make demo     train on the toy world, ask king - man + woman, write a report to open
#   make test     install, and run the tests
#
# PYTHON=python3.12 make test   takes another interpreter for .venv.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SHELL  := /bin/sh

# numba's disk cache doesn't see an edit to a helper in another file, so it gets a folder per state of the kernels.
KERNELS := $(shell cat embeddings/kernels/*.py | cksum | cut -d ' ' -f 1)
export NUMBA_CACHE_DIR ?= $(CURDIR)/.numba_cache/$(KERNELS)

FLOORS := embeddings models tasks

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow check format bench clean

help:  ## Say what each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# Made again when the dependencies change. --editable: the checkout is the package.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "wordgraft needs Python 3.11 or newer; set PYTHON=")'
	@# Some systems split ensurepip off: then the system's pip fetches one for the environment.
	$(PYTHON) -m venv $(VENV) 2>/dev/null || { $(PYTHON) -m venv --without-pip --clear $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test,bench]'
	@touch $@

install: $(VENV)/installed  ## Make .venv with everything in it

demo: install  ## Train on the toy world, ask king - man + woman, write demo.html
	$(BIN)/wordgraft demo --output demo.html

test: install  ## Run the fast tests
	$(BIN)/python -m pytest

test-slow: install  ## Run the slow tests too
	$(BIN)/python -m pytest -m 'not benchmark'

check: install  ## Format, lint, types, layers
	$(BIN)/ruff format --check --diff .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m pytest -q tests/test_house.py -k 'import or layer'

format: install  ## Put the sources in the project's format, mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install  ## Measure against the peers (needs the data: docs/benchmarks.md); results in benchmarks/results
	$(BIN)/python -m benchmarks

clean:  ## Take away what the other targets made
	rm -rf $(VENV) .numba_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info demo.html
