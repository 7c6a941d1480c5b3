# `make` lists what there is. Everything sets itself up: git, make and Python ≥ 3.11 are enough.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONSTRAINTS := requirements/constraints.txt
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --dist=loadgroup

# What generated repos have and no Jinja2 is in, by the settings of a generated repo.
OF_REPOS := --config template/shared-infra/pyproject.toml template/app/tools template/shared-infra/tools

# make app DEST=../todo ARGS='--defaults -d app_name=todo'
DEST ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help app infra test test-slow lint format types check benchmark benchmark-deploy benchmark-rollout tags lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

app: $(VENV)/app.stamp ## Make a new app, register it, print its monthly cost (DEST=../todo ARGS=…)
	@$(BIN)/tenner new $(if $(DEST),"$(DEST)") $(ARGS)

infra: $(VENV)/app.stamp ## Make the shared infrastructure's repo (DEST=../aws-shared-infra ARGS=…)
	@$(BIN)/tenner new --kind shared-infra $(if $(DEST),"$(DEST)") $(ARGS)

test: $(VENV)/dev.stamp ## Run the tests (all but the slow ones)
	$(PYTEST) $(ARGS)

test-slow: $(VENV)/dev.stamp ## Run the slow tests: every combination, kills, long fuzzing
	$(PYTEST) -m slow $(ARGS)

lint: $(VENV)/dev.stamp ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ruff check $(OF_REPOS)
	$(BIN)/ruff format --check $(OF_REPOS)

format: $(VENV)/dev.stamp ## Mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/dev.stamp ## Check types
	$(BIN)/mypy

check: lint types test ## Run all that a commit must pass

benchmark: $(VENV)/dev.stamp ## Print the ratios that docs and notes speak of
	$(BIN)/python benchmarks/estimate.py
	$(BIN)/python benchmarks/generate.py

benchmark-deploy: $(VENV)/dev.stamp ## Time deploys in both topologies, on MiniStack: ten minutes
	$(BIN)/python benchmarks/deploy.py

benchmark-rollout: $(VENV)/dev.stamp ## Time a rollout to 100 apps against copier update: ten minutes
	$(BIN)/python benchmarks/rollout.py $(ARGS)

tags: $(VENV)/app.stamp ## Tag the releases of releases.yaml in this clone, where tags have not come along
	@$(BIN)/python -c 'from pathlib import Path; from tenner.release_files import tag_releases; \
	  print("tagged:", ", ".join(tag_releases(Path())) or "all are there")'

lock: ## Pin what the newest allowed releases are today
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip
	build/lock/bin/python -m pip install --quiet --editable . --group dev
	{ echo '# Made by `make lock`: the releases that Tenner is tested with.'; \
	  build/lock/bin/python -m pip freeze --exclude-editable; } > $(CONSTRAINTS)

clean: ## Take away what was built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@echo "Setting up $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Given $$($(PYTHON) --version), expected Python 3.11 or newer. Run: make PYTHON=python3.11 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/app.stamp: $(VENV)/bin/python pyproject.toml $(CONSTRAINTS)
	@$(BIN)/python -m pip install --quiet --editable '.[aws]' --constraint $(CONSTRAINTS)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/app.stamp
	@$(BIN)/python -m pip install --quiet --editable . --group dev --constraint $(CONSTRAINTS)
	@touch $@
