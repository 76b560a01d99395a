# The whole life of the local registry. `make up` and `make test` are all a newcomer needs.
PYTHON := .venv/bin/python
COMPILE := uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url

# Else each of the many processes would compile this project for itself.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up shell down clean policy test soak check coverage sbom lock help prepare

up: prepare ## a verified registry on the local cloud; its API has TCP port 8780, or a free one, or that of PORT=N
	$(PYTHON) -m dev.local up $(if $(PORT),--port $(PORT))

shell: ## a shell in which `pulumi` and `operate` work on the local stack
	@$(PYTHON) -m dev.local shell

down: ## destroy the stack, its machines and the local cloud; FORCE=1 does where it is protected
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m dev.local down $(if $(FORCE),--force); else echo "nothing is up"; fi

clean: down ## and the caches: engine, images, Python packages
	@rm -rf .local .venv policy/.venv "$${REGISTRY_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/softlayer-registry}"

policy: ## the policy pack ready to be used, see docs/reference/costs.md
	@dev/local/prepare policy

test: ## every check and test, the fast ones first, or the tests of one tier: TIER=unit; installs Chromium and Prometheus
	@dev/local/prepare tests policy
	$(PYTHON) -m dev.local test $(TIER)

soak: prepare ## the campaigns at full size, or one at a share of it: WHAT=orders SCALE=0.1, see docs/design/tests.md
	$(PYTHON) -m dev.local soak $(WHAT) --scale $(or $(SCALE),1)

check: prepare ## ruff, mypy, import-linter, vulture, shellcheck
	$(PYTHON) -m dev.local check

coverage: ## the branch coverage of every package, see pyproject.toml for the bar
	@dev/local/prepare tests policy
	$(PYTHON) -m dev.local coverage

sbom: prepare ## what is shipped, as CycloneDX documents in docs/reference/sbom
	$(PYTHON) -m dev.local sbom

lock: ## every requirements.in -> requirements.txt, with hashes
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) --constraint requirements.txt requirements-dev.in -o requirements-dev.txt
	cd policy && $(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-sbom.in -o requirements-sbom.txt

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

prepare:
	@dev/local/prepare
