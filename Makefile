# Each target makes what it needs by itself; `make test` or `make demo` may be the first command in a fresh clone.
# PYTHON names the interpreter to build on, ARGS goes to pytest, DEMO_ARGS to the demo.
PYTHON ?= python3
VENV ?= .venv
OUT ?= out/demo
# Named after this folder: an environment that was copied along with its checkout still points to the old one.
READY := $(VENV)/.ready-$(shell pwd | cksum | cut -d " " -f 1)
SHELL := /bin/sh
# One test process more than there are cores: many tests wait for servers, and would leave a core without work.
PROCESSES ?= $(shell $(PYTHON) -c "import os; print(min(8, (os.cpu_count() or 1) + 1))")

.PHONY: help test soak demo score fuzz readme check check-ruff check-format check-types check-layers format lock schema wheel clean
.DEFAULT_GOAL := help

help:  ## Show the targets
	@sed -n 's/^\([a-z]*\):.*##/\1 -/p' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml .ci/venv.py
	$(PYTHON) .ci/venv.py $(VENV)
	@touch $@

test: $(READY)  ## Run the tests (all but the soaks)
	$(VENV)/bin/python -m pytest --numprocesses $(PROCESSES) --dist worksteal $(ARGS)

soak: $(READY)  ## Run the long tests: random crashes, kills and wipes
	$(VENV)/bin/python -m pytest -m soak -p no:xdist $(ARGS)

demo: $(READY)  ## Show six weeks of two post-mortems, on GitHub and in Jira, in under two minutes
	$(VENV)/bin/followthrough demo --out $(OUT) $(DEMO_ARGS)

score: $(READY)  ## Measure how well post-mortems are read and judged, beside the bars
	$(VENV)/bin/python -m tests.bench.score $(ARGS)

fuzz: $(READY)  ## Throw 100,000 random and some hostile documents at the reader, and measure it
	$(VENV)/bin/python -m tests.bench.fuzz $(ARGS)

readme: $(READY)  ## Write the README's pages that are made anew from what commands and messages say
	$(VENV)/bin/python -m tests.readme.render

check: check-ruff check-format check-types check-layers  ## Lint, format, types, layers

check-ruff: $(READY)
	$(VENV)/bin/ruff check .

check-format: $(READY)
	$(VENV)/bin/ruff format --check .

check-types: $(READY)
	$(VENV)/bin/mypy

check-layers: $(READY)
	$(VENV)/bin/lint-imports

format: $(READY)  ## Format the code and mend what ruff can mend
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock: $(READY)  ## Write the two lock files anew from pyproject.toml
	$(VENV)/bin/python .ci/lock.py

schema: $(READY)  ## Write config/schema anew from the settings' types
	$(VENV)/bin/python -m worker.app.schema config/schema

wheel: $(READY)  ## Build the wheel into dist/
	$(VENV)/bin/python -m hatchling build -t wheel

clean:  ## Remove everything that make made
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find worker tests -name __pycache__ -type d -prune -exec rm -rf {} +
