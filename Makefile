# Everything a newcomer types. `make` alone lists the targets.
# Needs Python 3.11 or later and make; packages come from the registry that pip is set up to use.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PEOPLE ?= 20000
MONTHS ?= 6
PIP    := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install -qq --require-hashes

export DAGSTER_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help run ui portal test check lint format docs bench mutants lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Sample district, six monthly editions, and where to look next
	@$(BIN)/doudi demo --people $(PEOPLE) --months $(MONTHS)

ui: $(VENV)/.run ## Open the Dagster pages: which feed came, which stage ran, which check failed
	@$(BIN)/doudi ui

portal: $(VENV)/.run ## Open the staff pages: list, deliveries, rule book
	@$(BIN)/doudi serve

test: lint build/foreign/fetched ## Install the development tools, check, and run every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: lint ## Lint, types, import rules and the checks of the house itself
	@$(BIN)/python -m pytest tests/house -q

# Data files of other projects' source distributions, to be read by ours; without a registry their tests are skipped.
build/foreign/fetched: tests/foreign/sources.txt | $(VENV)/.dev
	@$(BIN)/python -m tests.foreign.fetch

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

docs: $(VENV)/.dev ## Build the pages in build/site from docs/ and from the contracts and rules
	@$(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html"

bench: $(VENV)/.dev ## Ingest and rules against bare Polars: ratios, no judgement
	@$(BIN)/python -m bench

mutants: $(VENV)/.dev ## Put slips into the law, one at a time; every one must be noticed or justified (about an hour)
	@POLARS_MAX_THREADS=1 nice -n 10 $(BIN)/python -m tests.mutation

lock: ## Resolve the dependencies anew (needs uv)
	@uv pip compile pyproject.toml --universal --no-strip-extras --generate-hashes --no-emit-index-url \
		--quiet -o requirements.lock
	@uv pip compile pyproject.toml --extra dev --universal --no-strip-extras --generate-hashes --no-emit-index-url \
		--quiet -o requirements-dev.lock -c requirements.lock

clean: ## Remove what was built; the data of `make run` stays
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("doudi needs Python 3.11 or later, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# A path file puts the checkout on the path of the environment: nothing is built, edits work at once. The command
# starts as a shell script, which finds the environment's Python wherever the checkout was moved, and goes on as Python.
# A process that it starts reads it once more, under another name than __main__, and must not begin all over.
$(VENV)/.path: Makefile | $(BIN)/python
	@pwd > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/doudi.pth"
	@printf '%s\n' '#!/bin/sh' \
		"'''exec' \"\$$(dirname \"\$$(readlink -f \"\$$0\")\")/python\" \"\$$0\" \"\$$@\"" "' '''" \
		'from pipelines.cli import main' '' 'if __name__ == "__main__":' '    main()' > $(BIN)/doudi
	@chmod +x $(BIN)/doudi
	@touch $@

$(VENV)/.run: requirements.lock | $(VENV)/.path
	@echo "Installing the locked packages (once; a few minutes) ..."
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/.path
	@echo "Installing the locked packages and the development tools (once; a few minutes) ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/.run
