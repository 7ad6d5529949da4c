PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TARGETS ?= ../shared/targets
WORK ?= build/targets
TRUST ?= build/trust
JOBS ?= 2

.PHONY: help demo test check fix format lint types targets verifier trust trust-quick crash clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(STAMP)  ## install and run the whole job, offline, on the bundled sample
	$(BIN)/perfsmith demo

test: $(STAMP)  ## run all tests (under 10 minutes on 2 cores, no GPU, no network)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: $(STAMP) .types/perfsmith  ## format, lint, types, architecture rules, tests: what must be green before a commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright --level error
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

fix: $(STAMP)  ## repair what can be repaired by machine
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lint: $(STAMP) .types/perfsmith  ## format, lint and types only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright --level error

targets: $(STAMP)  ## ask what it says of real packages (TARGETS=folder with prepare.sh, WORK=folder; needs the package index)
	$(BIN)/python benchmarks/targets/run.py --targets $(TARGETS) --work $(WORK)

verifier: $(STAMP)  ## how many planted faults that real test suites miss are noticed (SECONDS=1800, resumable; TARGETS, WORK as above)
	$(BIN)/python benchmarks/verifier/run.py --targets $(TARGETS) --work $(WORK) --seconds $(or $(SECONDS),1800) --again
	$(BIN)/python benchmarks/verifier/variants.py --targets $(TARGETS) --work $(WORK)

trust: $(STAMP)  ## how far claims can be trusted, beside other tools (some hours, resumable; MINUTES=60 ends it early)
	$(BIN)/python benchmarks/trust/run.py --work $(TRUST) --minutes $(or $(MINUTES),600)

trust-quick: $(STAMP)  ## a taste of the same in about three minutes
	@rm -rf $(TRUST)-quick
	$(BIN)/python benchmarks/trust/run.py --work $(TRUST)-quick --quick

crash: $(STAMP)  ## kill runs with SIGKILL 200 times and see what is left (resumable)
	$(BIN)/python benchmarks/crash/run.py --work build/crash --kills 200

clean:  ## remove what was built
	rm -rf $(VENV) .types build *.egg-info

.types/perfsmith:
	@mkdir -p .types && ln -sfn .. .types/perfsmith

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m compileall -q optimizer/harness
	@touch $(STAMP)
