# One command for each thing to do. Every target makes the virtual environment that it needs when there is none;
# a second run installs nothing. Needed beforehand: make and Python 3.11 or newer with pip.

# The first interpreter that is new enough; `make test PYTHON=python3.13` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

DEMO := .venv-demo# the base install: no torch, about 200 MB
DEV := .venv# everything: training, tests, linters
# Python compiles what it uses when it uses it; compiling all of it beforehand would take half of the time.
INSTALL := pip install --quiet --no-compile --constraint constraints.txt
# Two processes of tests, each with one thread for products: on two cores, four threads would wait for each other in turns.
ONE_THREAD := OMP_NUM_THREADS=1
PYTEST = $(ONE_THREAD) $(DEV)/bin/python -m pytest -n 2
RESULT := runs/demo
MODEL ?= best
ARGS ?=# more arguments for pytest or for the benchmark

.PHONY: help demo test test-slow test-masked docs tables dist check format bench clean

help:
	@echo "make demo    upscale a sample image (installs the base package first)"
	@echo "make test    run the tests (installs everything first; ARGS='-k tiles' is passed to pytest)"
	@echo "make test-slow     the tests that take longer: browsers, clusters, killed processes, memory over many images"
	@echo "make test-masked   make test as on a processor with AVX2 and nothing newer"
	@echo "make docs    build the documentation strictly, into build/docs"
	@echo "make tables  measure what is stale, and write the tables and images of the documentation (needs \$$SRCNN_DATA)"
	@echo "make dist    build sdist and wheel into dist/, install each into an empty environment and use it"
	@echo "make check   format, lint, spelling, types, all tests and documentation: all that must pass before a change is proposed"
	@echo "make format  format the code"
	@echo "make bench   scores of all methods on Set5 and Set14 below \$$SRCNN_DATA, into runs/bench"
	@echo "make clean   remove the virtual environments and caches"

demo: $(DEMO)/.installed
	@mkdir -p $(RESULT)
	$(DEMO)/bin/srcnn upscale examples/chart.png --scale 3 --model bicubic --overwrite -o $(RESULT)/chart_x3_bicubic.png
	$(DEMO)/bin/srcnn upscale examples/chart.png --scale 3 --model $(MODEL) --overwrite -o $(RESULT)/chart_x3_$(MODEL).png
	@echo
	@echo "The sample image            examples/chart.png"
	@echo "three times larger, bicubic   $(RESULT)/chart_x3_bicubic.png"
	@echo "three times larger, $(MODEL)   $(RESULT)/chart_x3_$(MODEL).png"
	@echo "Compare the two results side by side at full size, and look at the small letters, the spokes of the wheel and the flower:"
	@echo "bicubic leaves them soft, the network gives them clean edges."

test: $(DEV)/.installed
	$(PYTEST) -m "not slow" $(ARGS)

# The tests of a file run one after the other, because those of a cluster share it.
test-slow: $(DEV)/.installed
	$(PYTEST) --dist loadfile -m slow $(ARGS)

test-masked: $(DEV)/.installed
	$(ONE_THREAD) $(DEV)/bin/python scripts/masked.py -m pytest -n 2 -m "not slow" $(ARGS)

# No network is needed. The variable silences a notice of the theme's makers about the successor of MkDocs.
# Without --quiet, with which MkDocs counts no warnings and --strict does nothing.
docs: $(DEV)/.installed
	NO_MKDOCS_2_WARNING=1 $(DEV)/bin/mkdocs build --strict

# Only what was made from other weights is measured. Speed is measured last, and needs cores with nothing else to do:
# ARGS='--skip speed' leaves it out, ARGS=speed measures it whatever its state.
tables: $(DEV)/.installed
	$(ONE_THREAD) $(DEV)/bin/python -m scripts.tables $(ARGS)

dist: $(DEV)/.installed
	rm -rf dist
	$(DEV)/bin/python -m build --no-isolation
	$(DEV)/bin/python scripts/check_distributions.py dist $(ARGS)

check: $(DEV)/.installed
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/ruff check
	$(DEV)/bin/codespell
	$(DEV)/bin/mypy
	$(MAKE) --no-print-directory test test-slow docs

format: $(DEV)/.installed
	$(DEV)/bin/ruff format
	$(DEV)/bin/ruff check --fix

bench: $(DEV)/.installed
	$(DEV)/bin/srcnn benchmark --methods all --datasets Set5,Set14 --scales 2,3,4 --metrics all --output runs/bench $(ARGS)

clean:
	rm -rf $(DEMO) $(DEV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

$(DEMO)/.installed: pyproject.toml constraints.txt | $(DEMO)/bin/python
	$(DEMO)/bin/python -m $(INSTALL) --editable .
	@touch $@

# torch goes first and alone: it is most of the download, and a failure there is easier to understand.
$(DEV)/.installed: pyproject.toml constraints.txt | $(DEV)/bin/python
	$(DEV)/bin/python -m $(INSTALL) torch
	$(DEV)/bin/python -m $(INSTALL) --editable '.[dev]'
	@touch $@

# Some systems ship Python without ensurepip; there the system's pip fills the new environment.
%/bin/python:
	@test -n "$(PYTHON)" || { echo "srcnn needs Python 3.11 or newer; name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $* || { $(PYTHON) -m venv --clear --without-pip $* && $(PYTHON) -m pip --python $@ install --quiet pip; }
