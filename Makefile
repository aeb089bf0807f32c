# Two commands do everything: `make run` and `make test`. The rest is for those who carry the house on.
PORT ?= 8080
DATA ?= .data
PYTHON ?= python3
# One more than there are: tests wait for disks and browsers as well.
CORES ?= $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check bench guide soak clean

run: $(VENV)/.run
	@$(BIN)/rms demo --data "$(DATA)" --port "$(PORT)"

test: $(VENV)/.test check
	@tests/browser/install_chromium.sh
	@$(BIN)/python -m pytest -n $(CORES) --dist loadgroup --no-loadscope-reorder

check: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.bench
	@$(BIN)/python -m tests.benchmarks

guide: $(VENV)/.test
	@$(BIN)/python -m tests.guide

soak: $(VENV)/.test
	@$(BIN)/python -m pytest -m soak

clean:
	rm -rf $(VENV) .data static/installed

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

# Each stamp stands for one set of installed packages; the pinned versions are constraints.txt.
$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt $(VENV)/.pages
	@echo "Installing RMS into $(VENV) (once) ..."
	@$(BIN)/pip install -q -c constraints.txt -e .
	@touch $@

# GOV.UK Frontend, from npm: what the pages stand on.
$(VENV)/.pages: $(BIN)/python static/install.sh static/govuk.scss static/package.json static/package-lock.json
	@echo "Installing what the pages need (once) ..."
	@static/install.sh $(VENV)/pages $(VENV)
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/pip install -q -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	@$(BIN)/pip install -q -c constraints.txt -e '.[test,bench]'
	@touch $@
