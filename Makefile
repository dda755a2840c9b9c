# `make` alone lists the targets. Two are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# make demo RUNTIME=kubernetes: on compose, embedded or kubernetes; without it, on what is there.
RUNTIME ?= auto
# Tests mostly wait: as many processes as there are cores, but no machine needs eight labs at once.
# One that hangs fails by its name after 20 minutes, with where it stands; the others go on.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadscope --timeout 1200

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check report notebooks record live faults kill-matrix doctor clean

help:  ## this list
	@grep -hE '^[a-z.-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Потрібен Python 3.11 або новіший: make PYTHON=python3.12 …"; exit 2; }
	@echo "1/2 Готую .venv (раз, кілька хвилин) …"
	$(PYTHON) -m venv .venv
	@echo "2/2 Встановлюю пакети: Redis, PostgreSQL, Jupyter та інші …"
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

.venv: .venv/.ready  ## the environment with the command .venv/bin/lab6

demo: .venv/.ready $(if $(filter kubernetes,$(RUNTIME)),.venv/.kubernetes)  ## run the lab, watch it, judge it
	$(BIN)/lab6 demo --runtime $(RUNTIME) $(if $(JOBS),--jobs $(JOBS))

.venv/.kubernetes: .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[kubernetes]'
	@touch $@

test: .venv/.ready  ## tests of every kind that this machine can run, a few minutes
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow" tests checks

test-all: .venv/.ready  ## all of them: mutants, attacks, random faults, notebooks, half an hour
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) tests checks

report: .venv/.ready  ## the Markdown report of a real run
	$(BIN)/lab6 report

notebooks: .venv/.ready  ## the walkthrough, in JupyterLab
	$(BIN)/jupyter lab --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00_overview.ipynb

record: .venv/.ready  ## run all notebooks from clean and keep their outputs
	$(BIN)/python -m harness.lesson.recording

live: .venv/.ready  ## the lab at work, live in the browser
	$(BIN)/lab6 live

faults: .venv/.ready  ## three loops under 320 faults each (15 minutes): docs/faults.md
	$(BIN)/lab6 bench faults --jobs 5200 --faults 320

kill-matrix: .venv/.ready  ## every mutant, cheat and honest variant graded (about an hour): docs/kill-matrix.md
	$(BIN)/python -m tests.mutants.matrix

doctor: .venv/.ready  ## what this machine can run, and how to mend the rest
	$(BIN)/lab6 doctor

check: .venv/.ready  ## what a maintainer runs before a commit: style, types, layers
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[dev,browser,bench,cluster,group,kubernetes]'
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

clean:  ## remove the environment and all results
	rm -rf .venv out .lab6
