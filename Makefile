# Each target sets up what it needs: a virtual environment in .venv/ with the package and its tools, from settings.ini.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: docs test portable torture check lab refresh bench clean
.DEFAULT_GOAL := docs

docs: $(READY)
	$(BIN)/nbdev_export
	$(BIN)/python -m tools.readme
	$(BIN)/python -m tools.site

test: $(READY)
	$(BIN)/python -m pytest

# The notebooks on other kinds of machine, as far as this one can act as them.
portable: $(READY)
	$(BIN)/python -m tools.portable
	$(BIN)/python -m pytest -m slow -k test_kinds tools/tests/test_portable.py

# Files that are damaged, disks that are full, processes that share a file and are killed.
torture: $(READY)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tools.torture

# Everything that takes longer than `make test` may.
check: torture
	$(BIN)/python -m tools.portable
	$(BIN)/python -m pytest -m slow

lab: $(READY)
	$(BIN)/jupyter lab nbs

refresh: $(READY)
	$(BIN)/nbdev_export
	$(BIN)/python -m tools.notebooks
	$(BIN)/nbdev_clean
	$(BIN)/nbdev_export
	$(BIN)/python -m tools.readme

# CATS=folder for the real cat pictures; COMPETITORS="jax scikit-learn" to install these only. Who does not install is left out.
bench: $(READY)
	$(BIN)/python -m tools.bench.install $(COMPETITORS)
	$(BIN)/python -m tools.bench $(if $(CATS),--cats "$(CATS)")

clean:
	rm -rf $(VENV) .import_linter_cache _build _docs _proc build *.egg-info

# Not pyproject.toml: nbdev_export writes it each time, and would have everything installed again.
$(READY): settings.ini setup.py
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $(READY)
