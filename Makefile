# Kette's commands. `make` alone prints them.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# tests and checks share the two cores of a small machine
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help env run serve test check lint types sql rules fix bench proof docs clean

help: ## print this help
	@echo "Kette: from vendor APIs to customer journeys. Usage: make <command>"
	@echo
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "Start with: make run && make serve. Settings are listed in .env.example;"
	@echo "everything else the stack can do: $(BIN)/kette --help"

env: $(READY) ## make or update the virtual environment from requirements.lock
	@:

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 is missing. On Debian 12: apt-get install python3.11 python3.11-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian 12: apt-get install python3.11-venv"; exit 1; }
	@test -x $(BIN)/python || { echo "Making the virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.lock.txt
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --require-hashes -r $(VENV)/uv.lock.txt
	@echo "Installing the locked packages (about a minute the first time)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(READY)
	@echo "Installed what requirements.lock names"

run: $(READY) ## load every source, build and test all models, publish
	@$(BIN)/kette run

serve: $(READY) ## open dashboards, Dagster and the webhook receiver until Ctrl-C
	@$(BIN)/kette serve

# tests wait for servers, locks and processes a fifth of their time: one more than there are cores
test: $(READY) ## run all tests
	@$(BIN)/python -m pytest -n $$(($(JOBS) + 1)) --dist worksteal tests

check: $(READY) ## ruff, codespell, mypy, sqlfluff and the structure rules
	@$(MAKE) --no-print-directory --jobs $(JOBS) --output-sync=target sql lint types rules

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell

types: $(READY)
	@$(BIN)/mypy

sql: $(READY)
	@$(BIN)/python -m orchestration.project sqlfluff lint --processes $(JOBS) dbt_project/models dbt_project/tests

rules: $(READY)
	@$(BIN)/python -m pytest -q tests/structure

fix: $(READY) ## let ruff and sqlfluff mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m orchestration.project sqlfluff fix --processes $(JOBS) dbt_project/models dbt_project/tests

bench: $(READY) ## measure speed and memory (minutes)
	@$(BIN)/python -m pytest tests/benchmarks

proof: $(READY) ## the long proofs: whole runs against the sandbox's truth
	@$(BIN)/python -m pytest -m proof tests

docs: $(READY) ## write docs/metrics.md and docs/data-model.md from seeds and models
	@$(BIN)/python -m orchestration.reference

clean: ## remove the environment and caches; the data folder stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dbt_project/target dbt_project/logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed the environment and caches. Your data is untouched."
