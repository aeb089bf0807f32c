# Users need two commands: `make run` and `make test`. The others are for developers.
PORT ?= 8080
DATA ?= .data
PYTHON ?= python3
# One more than the machine has, because tests also wait for disks and browsers.
CORES ?= $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check bench guide soak lock clean

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

# Write the versions and hashes of all packages from pyproject.toml. This needs uv. `make lock UPGRADE=--upgrade` takes newer versions.
LOCK = uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-annotate \
	--custom-compile-command "make lock" $(UPGRADE)

lock:
	@$(LOCK) pyproject.toml --group build --extra analysis --extra test --extra bench -o requirements/bench.txt
	@$(LOCK) pyproject.toml --group build --extra analysis --extra test -c requirements/bench.txt -o requirements/test.txt
	@$(LOCK) pyproject.toml --group build --extra analysis -c requirements/bench.txt -o requirements/run.txt
	@$(LOCK) --group pages -o requirements/pages.txt

clean:
	rm -rf $(VENV) .data static/installed

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

# Each stamp file stands for one set of installed packages. pip installs only packages with a hash in requirements/.
# RMS itself needs none: git has its hash.
LOCKED := $(BIN)/pip install -q --require-hashes -r
RMS := $(BIN)/pip install -q --no-deps --no-build-isolation -e .

$(VENV)/.run: $(BIN)/python pyproject.toml requirements/run.txt $(VENV)/.pages
	@echo "Installing RMS into $(VENV) (once) ..."
	@$(LOCKED) requirements/run.txt
	@$(RMS)
	@touch $@

# GOV.UK Frontend, MoJ Frontend and the fonts of reports, from npm.
$(VENV)/.pages: $(BIN)/python requirements/pages.txt static/install.sh static/govuk.scss static/package.json static/package-lock.json
	@echo "Installing packages for the pages and the reports (once) ..."
	@static/install.sh $(VENV)/pages $(VENV)
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@echo "Installing packages for the tests (once) ..."
	@$(LOCKED) requirements/test.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	@$(LOCKED) requirements/bench.txt
	@touch $@
