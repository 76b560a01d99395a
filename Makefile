# The whole life of the local registry. `make up` and `make test` are all a newcomer needs.
PYTHON := .venv/bin/python

.PHONY: up down clean policy test check coverage lock prepare

up: prepare ## a verified registry on the local cloud
	$(PYTHON) -m local up

down: ## destroy the stack, its machines and the local cloud
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local down; else echo "nothing is up"; fi

clean: down ## and the caches: engine, images, Python packages
	@rm -rf .local .venv policy/.venv "$${REGISTRY_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/softlayer-registry}"

policy: ## the policy pack ready to be used, see docs/costs.md
	@local/prepare policy

test: ## every check and every test, the fast ones first; installs Chromium for the pages' tests
	@local/prepare browser policy
	$(PYTHON) -m local test

check: prepare ## ruff, mypy, import-linter, shellcheck
	$(PYTHON) -m local check

coverage: policy ## the provider's branch coverage, see pyproject.toml for the bar
	$(PYTHON) -m local coverage

lock: ## requirements.in -> requirements.txt, with hashes
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url requirements.in -o requirements.txt
	cd policy && uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url requirements.in -o requirements.txt

prepare:
	@local/prepare
