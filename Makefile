# `make run` serves the app, `make test` runs every test; both set up all they need first.

PYTHON ?= python3
PORT ?= 8501
HOST ?= 127.0.0.1

VENV := .venv
BIN := $(VENV)/bin
NODE := $(BIN)/node
PLOTLY := 4.1.1
TSC := $(NODE) node_modules/typescript/bin/tsc

.DEFAULT_GOAL := help
.PHONY: help run test sweep check kernels image-test bench truth catalogue pictures screenshot plotly clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: $(VENV)/.installed ## serve the app on http://HOST:PORT (127.0.0.1:8501 unless set)
	$(BIN)/streamlit run app/server.py --server.address $(HOST) --server.port $(PORT) --server.headless true

test: $(VENV)/.tested check ## lint, types and all tests, in a browser too
	$(NODE) --test --test-reporter=dot tests/player/*.test.js
	OMP_NUM_THREADS=1 RAVINE_CHROMIUM="$$(scripts/find-browser || true)" $(BIN)/python -m pytest -n 2 --dist loadfile

sweep: $(VENV)/.tested ## all of which the tests walk a covering set: sizes, pages and states, schedules, traces; long absences
	RAVINE_SWEEP=1 RAVINE_CHROMIUM="$$(scripts/find-browser || true)" $(BIN)/python -m pytest -n 2 --dist load \
		tests/browser/test_room.py tests/browser/test_away.py tests/test_app.py tests/test_trace.py tests/test_trace_fused.py \
		tests/test_script.py tests/test_formula.py

check: $(VENV)/.tested node_modules/.installed ## lint, format and types, of the player's modules too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(TSC) --project tsconfig.json
	$(TSC) --project tests/player/tsconfig.json

kernels: $(VENV)/.tested ## the engine's tests as other processors' BLAS, numpy and libm compute (15 minutes)
	OMP_NUM_THREADS=1 PYTEST_ADDOPTS="-n 2 --dist loadfile" $(BIN)/python -m tests.kernels $(KINDS)

image-test: $(VENV)/.tested ## build and run the container for real, a proxy before two of them too
	$(BIN)/python -m pip install --quiet -r tests/image/requirements.txt
	$(BIN)/python -m tests.image

bench: $(VENV)/.tested ## measure the tables of docs/benchmarks.md
	$(BIN)/python -m pip install --quiet -r benchmarks/requirements.txt
	RAVINE_CHROMIUM="$$(scripts/find-browser || true)" $(BIN)/python -m benchmarks

truth: $(VENV)/.installed ## measure how true it is what is said of runs: the table of docs/truth.md (15 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.truth

catalogue: $(VENV)/.installed ## write docs/catalogue.md from what the entries declare
	$(BIN)/python -m docs.catalogue

pictures: $(VENV)/.installed ## draw the small pictures of lessons and gallery
	OMP_NUM_THREADS=1 $(BIN)/python -m docs.pictures

screenshot: $(VENV)/.tested ## renew the README's pictures from those that the tests take
	RAVINE_CHROMIUM="$$(scripts/find-browser || true)" $(BIN)/python -m pytest tests/browser -k "first_screen or compare or dissect or quoted_number or by_its_link"
	cp tests/output/lesson.png docs/lesson.png
	cp tests/output/first-screen.png docs/first-screen.png
	cp tests/output/first-screen-phone.png docs/phone.png
	cp tests/output/compare-loss.png docs/compare.png
	cp tests/output/dissect.png docs/dissect.png
	cp tests/output/formula.png docs/formula.png

plotly: $(VENV)/.tested ## renew plotly.js in app/player/vendor, in the version named above
	PATH="$$PWD/$(BIN):$$PATH" scripts/get-plotly app/player/vendor $(PLOTLY)

clean: ## remove what the other targets made
	rm -rf $(VENV) node_modules build *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis tests/output

$(VENV)/bin/python:
	PYTHON="$(PYTHON)" scripts/make-venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# Node is a package of requirements-test.txt, so that nothing but Python must be there.
node_modules/.installed: package.json package-lock.json .npmrc | $(VENV)/.tested
	$(BIN)/npm ci --loglevel=error
	touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-test.txt
	$(BIN)/python -m pip install --quiet -r requirements-test.txt
	PYTHON="$(BIN)/python" scripts/get-browser
	touch $@
