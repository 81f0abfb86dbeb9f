# Needs Python 3.11 or later and make; everything else is set up in .venv by itself.
PYTHON ?= python3
BIN := .venv/bin
CITY := datasets/tanjungpinang
# A stop that repeats: the same plan on every machine, see docs/explanation/allocation.md.
WORK ?= 60
# Seconds of fuzzing in `make measure`.
FUZZ ?= 3600
REFERENCE ?=
REFERENCE_OPTION := $(if $(REFERENCE),--reference=$(REFERENCE))

.DEFAULT_GOAL := help
.PHONY: help run test lint types docs bench measure data clean

help:  ## list what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 12

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: got $$($(PYTHON) --version); expected Python 3.11 or later. Run: make PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group test --group lint
	@touch $@

.venv/fuzz: .venv/ready
	$(BIN)/python -m pip install --quiet --group fuzz
	@touch $@

.venv/docs: .venv/ready
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@

run: .venv/ready  ## plan the demo city into out/
	$(BIN)/karier-reco plan $(CITY) --year 2027 --work-limit $(WORK) --out out

test: .venv/ready  ## run the tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(REFERENCE_OPTION)

lint: .venv/ready  ## style, formatting and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/ready  ## static types, strict
	$(BIN)/mypy

docs: .venv/docs  ## build the documentation into docs/_build
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build

bench: .venv/ready  ## print one JSON line per benchmark case
	for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file $(REFERENCE_OPTION) || exit 1; done

measure: .venv/fuzz  ## the full counts: brute force, corruptions, the city, a nation, 200,000 rows, an hour of fuzzing
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --full $(REFERENCE_OPTION)
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/doors.py
	$(BIN)/python benchmarks/known_optima.py $(REFERENCE_OPTION)
	$(BIN)/python benchmarks/allocation.py additive full large demo tenth nation bound
	$(BIN)/python tests/fuzz/readers.py --seconds $(FUZZ)

data: .venv/ready  ## generate the demo city anew
	$(BIN)/python datasets/generate.py --people 3600 --seed 2027 --out $(CITY)

clean:  ## remove what the other targets made
	rm -rf .venv out build dist docs/_build
	find src -name '*.nb[ci]' -delete
