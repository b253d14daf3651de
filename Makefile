# Everything that is done with the program from outside. `make help` lists it.

PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
BACKUPS ?= instance/backups

.DEFAULT_GOAL := help
.PHONY: help setup run serve test check format texts upgrade bench constraints

help: ## List the tasks
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## Install what the program needs into .venv
	@test -n "$(PYTHON)" || { echo "Clientela needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) setup/install.py

run: setup ## Start the demonstration club on http://127.0.0.1:5000 (PORT changes it)
	@CLUB_MODE=demo exec $(BIN)/python -m demo

serve: setup ## Start the club under production settings (WORKERS, PORT)
	@CLUB_MODE=production exec $(BIN)/python -m setup.serve

test: check ## Check the code, then run all tests on both databases and in a browser
	@$(PYTHON) setup/services.py
	@rm -rf .cache
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 2 --dist worksteal $(TESTS)

check: setup ## Look at the code without running it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet $(wildcard web portal shop admin demo)

format: setup ## Lay out the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

texts: setup ## Collect the sentences of the pages and bring the translations up to date
	@$(BIN)/python -m setup.texts

upgrade: setup ## Back up into BACKUPS, then bring the database to the newest shape
	@mkdir -p $(BACKUPS)
	@$(FLASK) db backup $(BACKUPS)/before-upgrade-$$(date +%Y%m%d-%H%M%S).backup
	@$(FLASK) db upgrade

bench: setup ## Measure imports, the night and the pages on real input
	@$(PYTHON) setup/services.py
	@$(BIN)/python -m bench

constraints: setup ## Choose the newest versions again (edit pyproject.toml first)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--no-annotate --no-header --quiet --upgrade --output-file constraints.txt
