# Two commands on a fresh machine: `make demo` and `make test`. Only Python >= 3.11 and make need be there.

.DEFAULT_GOAL := help
.PHONY: help setup test check demo recall bench picture docs wheel clean clean-all
PY := .venv/bin/python

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## environment in .venv, npm packages, a browser: whatever is missing
	@python="$(PYTHON)"; \
	for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do \
		test -n "$$python" && break; \
		$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python=$$candidate; \
	done; \
	test -n "$$python" || { echo "Python 3.11 or newer is needed and none was found. Install it, or say: make setup PYTHON=/path/to/python3" >&2; exit 1; }; \
	exec "$$python" -m setup

demo: setup ## audit the demo site and compare the findings with what its pages did
	@$(PY) -m tests.demo

test: setup ## format, lint, types, imports, then all tests
	@failed=; \
	echo "ruff format"; $(PY) -m ruff format --check --quiet . || failed="$$failed format"; \
	echo "ruff check";  $(PY) -m ruff check --quiet . || failed="$$failed lint"; \
	echo "mypy";        $(PY) -m mypy --no-error-summary || failed="$$failed types"; \
	echo "lint-imports"; .venv/bin/lint-imports >.make/imports.txt 2>&1 || { cat .make/imports.txt; failed="$$failed imports"; }; \
	test -z "$$failed" || echo "NOT CLEAN:$$failed (the tests run all the same)"; \
	{ $(PY) -m pytest -n 2 --dist worksteal || { echo "Once more, alone: what failed (a busy machine runs browsers into their caps)"; \
	  $(PY) -m pytest -n 0 --last-failed --last-failed-no-failures none; }; } && test -z "$$failed"

check: setup ## the checks of `make test` without the tests
	@$(PY) -m ruff format --check . && $(PY) -m ruff check . && $(PY) -m mypy && .venv/bin/lint-imports

recall: setup ## recorded against done on the demo and the torture site, 20 times over (N=3: three times)
	@$(PY) -m tests.recall $(if $(N),--repeats $(N))

bench: setup ## what capturing costs beside a bare page load
	@$(PY) -m tests.bench

picture: setup ## audit the demo site and photograph its report for the README
	@$(PY) -m tests.demo --picture docs/report.png

docs: setup ## the tables of the README, from the code
	@$(PY) -m tests.readme

wheel: setup ## dist/consentinel-*.whl with catalogue, probes, templates and npm packages inside
	@$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist . && ls dist

clean: ## remove what was made, but keep the environment
	rm -rf dist build demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

clean-all: clean ## remove the environment and the fetched packages too
	rm -rf .venv .make node_modules crawler/browser/assets classifiers/assets
