# make demo   sets up what the demo needs and runs it
# make test   sets up everything, checks and tests
# make help   lists the rest
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# The locks are complete, so nothing is resolved at install time (--no-deps), only verified.
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: help demo test check e2e campaign playground bench setup lock build clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
	@echo 'make check  lint, types and the import contract'
	@echo 'make e2e    deploys template.yaml to a local AWS and drives it from end to end (minutes)'
	@echo 'make campaign  tampers with evidence over a thousand times, and shows what was found (minutes)'
	@echo 'make playground  the same, left running, with a page in the browser to play with'
	@echo 'make bench  the benchmarks, beside their peers'
	@echo 'make build  the artefact that is deployed (sam build)'
	@echo 'make lock   new versions of all requirements (needs uv)'
	@echo 'make clean  remove what these commands made'

demo: .venv/cli
	$(BIN)/recgate demo

test: check .venv-sam/done .venv-awscli/done
	$(BIN)/python -m pytest

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

e2e: .venv/dev .venv-sam/done .venv-emulator/done
	$(BIN)/python -m pytest -m deployed tests/deployed

campaign: .venv/dev
	$(BIN)/python -m tests.tampering.campaign --edits 1200

playground: .venv/dev .venv-sam/done .venv-emulator/done
	$(BIN)/python -m tests.deployed.playground

setup: .venv/dev .venv-sam/done .venv-awscli/done

bench: .venv/dev .venv-bench/done
	$(BIN)/python benchmarks/evaluate.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/validate.py
	$(BIN)/python benchmarks/backtest.py
	$(BIN)/python benchmarks/ledger.py
	$(BIN)/python benchmarks/chain_contention.py

build: .venv-sam/done
	.venv-sam/bin/sam build

lock:
	requirements/lock.sh

clean:
	rm -rf .venv .venv-sam .venv-bench .venv-emulator .venv-awscli .aws-sam .build .mypy_cache .ruff_cache .hypothesis

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo 'recgate needs Python 3.11 or later; say make PYTHON=/path/to/python3.11' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/cli: .venv/made requirements/cli.txt pyproject.toml
	$(BIN)/python $(PIP_INSTALL) -r requirements/cli.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/cli requirements/dev.txt
	$(BIN)/python $(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

.venv-sam/done: requirements/sam.txt
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python $(PIP_INSTALL) -r requirements/sam.txt
	@touch $@

.venv-bench/done: requirements/bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP_INSTALL) -r requirements/bench.txt
	@touch $@

.venv-emulator/done: requirements/emulator.txt
	$(PYTHON) -m venv .venv-emulator
	.venv-emulator/bin/python $(PIP_INSTALL) -r requirements/emulator.txt
	@touch $@

.venv-awscli/done: requirements/awscli.txt
	$(PYTHON) -m venv .venv-awscli
	.venv-awscli/bin/python $(PIP_INSTALL) -r requirements/awscli.txt
	@touch $@
