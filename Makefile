# `make run` and `make test` are all that a newcomer needs: each does its own set-up in .venv.
# PYTHON=... chooses the interpreter of a new .venv, CHROMIUM=... the browser of the browser tests.

venv := .venv/bin
export PYTHON CHROMIUM

.DEFAULT_GOAL := help
.PHONY: help run test programs lint format types docs docs-serve check bench clean

help:  ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

run: .venv/.run-is-ready  ## Serve the chat example at http://127.0.0.1:5000
	@exec $(venv)/samovar run examples/chat

test: .venv/.dev-is-ready programs  ## Run all tests: unit, integration, browser, conformance
	$(venv)/python -m pytest $(ARGS)

# What cannot be had is said; the tests that need it fail, and the others run.
programs:
	@scripts/need chromium || true
	@scripts/need redis-server || true
	@scripts/need nginx || true
	@scripts/need apache2 || true

lint: .venv/.dev-is-ready  ## Check format and style
	$(venv)/ruff format --check .
	$(venv)/ruff check .

format: .venv/.dev-is-ready  ## Mend format and style
	$(venv)/ruff check --fix .
	$(venv)/ruff format .

types: .venv/.dev-is-ready  ## Check the types of package, tests, examples and sample programs
	$(venv)/mypy
	$(venv)/pyright

export NO_MKDOCS_2_WARNING := 1

docs: .venv/.dev-is-ready  ## Build the documentation into site/
	$(venv)/mkdocs build --strict --quiet

docs-serve: .venv/.dev-is-ready  ## Read the documentation at http://127.0.0.1:8000 while writing it
	$(venv)/mkdocs serve

check: lint types docs test  ## Everything that a change must pass

bench: .venv/.run-is-ready  ## Measure against other servers and frameworks
	$(venv)/python -m bench $(ARGS)

clean:  ## Remove what was made, .venv too
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.%-is-ready: pyproject.toml
	@scripts/setup $*
