# Everything below needs only Python 3.11+ and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-wheel lint serve stack stack-down benchmark clean

demo: $(READY)          ## the main job on a table that ships with scikit-learn
	$(BIN)/finetooth demo

test: $(READY)          ## the test suite
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/wheel

test-wheel: $(READY)    ## the wheel in folders of any content, with servers of its own
	$(BIN)/python -m pytest tests/wheel

lint: $(READY)          ## style, types and the layering of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(READY)         ## a server on loopback (unless one is configured) with the flows deployed on it
	$(BIN)/python -P -m finetooth.deployments.serve

stack: $(READY)         ## PostgreSQL, Prefect, Dask on loopback until stack-down; MODELS="FILE..." are kept up to date
	$(BIN)/python -P -m finetooth.deployments.stack up $(MODELS)

stack-down: $(READY)    ## end the stack; its database and its runs stay
	$(BIN)/python -P -m finetooth.deployments.stack down

benchmark: $(READY)     ## wall time, overhead and memory; results in benchmarks/results
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python -m benchmarks.memory

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist
