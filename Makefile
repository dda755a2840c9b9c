# `make` alone lists the targets. Two are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# make demo RUNTIME=kubernetes: on compose, embedded or kubernetes; without it, on what is there.
RUNTIME ?= auto
# Tests mostly wait: as many processes as there are cores, but no machine needs eight labs at once.
# One that hangs fails by its name after 20 minutes, with where it stands; the others go on.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadscope --timeout 1200 --durations 25 --durations-min 5

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check report notebooks record live faults kill-matrix doctor clean

help:  ## цей список
	@grep -hE '^[a-z.-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Потрібен Python 3.11 або новіший: make PYTHON=python3.12 …"; exit 2; }
	@echo "1/2 Готую .venv (раз, кілька хвилин) …"
	$(PYTHON) -m venv .venv
	@echo "2/2 Встановлюю пакети: Redis, PostgreSQL, Jupyter та інші …"
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

.venv: .venv/.ready  ## лише середовище Python із командою .venv/bin/lab6

demo: .venv/.ready $(if $(filter kubernetes,$(RUNTIME)),.venv/.kubernetes)  ## запустити лабораторну, показати її роботу й перевірити результат
	$(BIN)/lab6 demo --runtime $(RUNTIME) $(if $(JOBS),--jobs $(JOBS))

.venv/.kubernetes: .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[kubernetes]'
	@touch $@

test: .venv/.ready  ## тести комплекту, які може виконати цей комп’ютер (кілька хвилин)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow" tests checks

test-all: .venv/.ready  ## усі тести: мутанти, атаки, випадкові збої, ноутбуки (пів години)
	$(BIN)/python -m pytest -m alone tests
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not alone" tests checks

report: .venv/.ready  ## звіт у Markdown і HTML зі справжнього запуску
	$(BIN)/lab6 report

notebooks: .venv/.ready  ## ноутбуки з поясненнями у JupyterLab
	$(BIN)/jupyter lab --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00_overview.ipynb

record: .venv/.ready  ## виконати всі ноутбуки від початку й зберегти їхній вивід
	$(BIN)/python -m harness.lesson.recording

live: .venv/.ready  ## робота лабораторної наживо у браузері
	$(BIN)/lab6 live

faults: .venv/.ready  ## три цикли воркера, по 320 збоїв на кожен (15 хвилин): docs/faults.md
	$(BIN)/lab6 bench faults --jobs 5200 --faults 320

kill-matrix: .venv/.ready  ## оцінити кожен мутант, обман і чесний варіант (близько години): docs/kill-matrix.md
	$(BIN)/python -m tests.mutants.matrix

doctor: .venv/.ready  ## що може запустити цей комп’ютер і як виправити решту
	$(BIN)/lab6 doctor

check: .venv/.ready  ## перед комітом: стиль, типи, межі шарів
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[dev,browser,bench,cluster,group,kubernetes]'
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

clean:  ## видалити середовище й усі результати
	rm -rf .venv out .lab6
