# Every command sets up what it needs, once. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
OUT    ?= proposals
WORKSHOP ?= workshop
# Debian and others forbid writing bytecode in places; without it every command starts seconds later.
unexport PYTHONDONTWRITEBYTECODE
export MPLBACKEND := Agg

.PHONY: help setup proposal test check images spark lab bench lock clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

setup: $(READY)  ## make the environment in .venv (done by the others when missing)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once; later runs skip this)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --compile-bytecode -e .
	@touch $@

proposal: $(READY)  ## write the proposals of the worked example into proposals/
	@$(BIN)/slo-workbench propose data/stagedoor/workbook.yaml --out $(OUT)

test: $(READY) check  ## everything that must hold: lint, types, floors, notebooks, tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --nbmake tests slo_workbench notebooks

check: $(READY)  ## lint, types, import floors, stripped notebooks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb

spark: $(READY)  ## install PySpark as well (400 MB), for its tests and for clusters; needs Java 17
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-spark.lock

images: $(READY)  ## make the pictures of the documentation again, by the tests that see them
	@KEEP_IMAGES="$(CURDIR)/docs/images" $(BIN)/python -m pytest -q tests/browser

lab: $(READY)  ## open JupyterLab on the worked example in workshop/, made when missing; on this machine only
	@test -f $(WORKSHOP)/workbook.yaml || $(BIN)/slo-workbench start $(WORKSHOP) --example
	@exec $(BIN)/slo-workbench lab $(WORKSHOP)

bench: $(READY)  ## measure: prints figures, changes nothing
	@for one in bench/*.py; do echo "== $$one"; $(BIN)/python $$one || exit 1; done

lock: $(READY)  ## renew both locks from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra lab --extra pdf --extra test pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra spark --constraint requirements.lock pyproject.toml -o requirements-spark.lock

clean:  ## remove the environment and everything built
	@rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
