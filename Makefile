# Needs Python 3.11 to 3.13, and nothing else: `make run` and `make test` set up what they use.
# What needs more says so.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHOP := shop
PYTEST := $(BIN)/pytest -q --numprocesses auto --dist loadfile
DEV := $(VENV)/.dev-installed
INFRASTRUCTURE := $(BIN)/pytest -q -p no:randomly
IMAGE ?= recommender
TAG ?= local
LABELS = --build-arg VERSION=$(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' recommender/__init__.py) \
  --build-arg REVISION=$(shell git rev-parse HEAD) --build-arg CREATED=$(shell git show -s --format=%cI HEAD) \
  $(if $(PYTHON_IMAGE),--build-arg PYTHON_IMAGE=$(PYTHON_IMAGE))
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --custom-compile-command "make lock"
CHECKOV := build/checkov
CHECKED := build/checked
export RECOMMENDER_STORAGE_URL ?= file:$(SHOP)
export DOCKER_BUILDKIT = 1
# Where Terraform finds its provider if the registry cannot be reached (.ci/terraform.sh).
ifneq ($(wildcard build/terraform/check.tfrc),)
terraform: export TF_CLI_CONFIG_FILE := $(CURDIR)/build/terraform/check.tfrc
endif

.PHONY: help
help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: run
run: $(SHOP)/.trained ## Make a sample shop, train, and serve on 127.0.0.1:8000.
	$(BIN)/recommender serve

.PHONY: setup
setup: $(BIN)/recommender ## Make .venv with the `recommender` command.

.PHONY: test
test: $(DEV) ## Run all tests.
	$(PYTEST)

.PHONY: unit
unit: $(DEV) ## Run the unit tests: seconds, no network, no data.
	$(PYTEST) tests/unit

.PHONY: pipeline
pipeline: $(DEV) ## Test the deployment, and check the workflows.
	$(BIN)/pytest -q tests/infrastructure/test_deploy*.py tests/infrastructure/test_workflows.py tests/infrastructure/test_runbook.py

.PHONY: check
check: $(DEV) ## Layers, types, lint, format.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

.PHONY: coverage
coverage: $(DEV) ## Run all tests and show which lines none of them reaches.
	$(PYTEST) --cov --cov-report=term-missing:skip-covered

.PHONY: format
format: $(DEV) ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(DEV) ## Time GET /recommend on the current model, one process against one client.
	$(BIN)/python -m benchmarks.recommend

.PHONY: full-size
full-size: $(DEV) ## A shop of RetailRocket's own size: time and memory of every step, into docs/scale.md.
	$(BIN)/python -m benchmarks.full_size build/full-size docs/scale.md
	$(BIN)/python -m benchmarks.event_store build/full-size/files/events.csv

.PHONY: notebook
notebook: $(DEV) $(if $(filter file:$(SHOP),$(RECOMMENDER_STORAGE_URL)),$(SHOP)/.trained) ## Explore the stored log: every plot, in build/exploration.ipynb.
	$(BIN)/python notebooks/execute.py notebooks/exploration.ipynb build/exploration.ipynb

.PHONY: docs
docs: $(DEV) ## Write the pages that are made from tests.
	PYTHONPATH=tests $(BIN)/python tests/unit/test_bad_input_page.py

.PHONY: kills
kills: $(DEV) ## Kill imports, appends, compactions, publications and servers at random moments.
	RECOMMENDER_KILLS=50 $(BIN)/pytest -q tests/integration/test_kills.py
	RECOMMENDER_KILLS=200 $(BIN)/pytest -q tests/integration/test_kills_events.py tests/integration/test_kills_models.py
	RECOMMENDER_KILLS=100 $(BIN)/pytest -q tests/integration/test_kills_live.py

.PHONY: live
live: $(DEV) ## Click 1,000 times on one server and look at another: does the next answer show it, and how soon?
	RECOMMENDER_CLICKS=1000 $(BIN)/pytest -q tests/integration/test_live.py

.PHONY: reloads
reloads: $(DEV) ## Send 10,000 requests while 20 versions are promoted and rolled back.
	RECOMMENDER_RELOADS=10000 $(BIN)/pytest -q tests/integration/test_reload.py

.PHONY: fuzz
fuzz: $(DEV) ## Send 20,000 requests made up from the OpenAPI document.
	RECOMMENDER_FUZZ=20000 $(BIN)/pytest -q tests/integration/test_fuzz.py

.PHONY: load
load: $(DEV) ## A constant rate of arrivals on two workers, and twice what they bear (needs k6 and redis-server).
	$(BIN)/python -m benchmarks.load

.PHONY: soak
soak: $(DEV) ## Ten minutes of a moderate load, and SIGTERM under it (needs k6 and redis-server).
	$(BIN)/python -m benchmarks.soak

.PHONY: image
image: ## Build the images recommender:TAG and recommender:TAG-train (needs Docker; TAG=local).
	docker build --target serve --tag $(IMAGE):$(TAG) $(LABELS) .
	docker build --target train --tag $(IMAGE):$(TAG)-train $(LABELS) .

.PHONY: smoke
smoke: $(DEV) ## Bring everything up with Compose, and ask for recommendations (needs Docker).
	$(INFRASTRUCTURE) tests/infrastructure/test_compose.py

.PHONY: infrastructure
infrastructure: $(DEV) ## Run all tests of images and infrastructure (needs Docker and Terraform).
	$(INFRASTRUCTURE) tests/infrastructure

# On a copy beside links to all that its tests read, so that who operates from terraform/ keeps state and lock file.
.PHONY: terraform
terraform: $(CHECKOV)/.installed ## Check terraform/: format, types, tests, security (needs Terraform).
	terraform fmt -check -recursive -diff terraform
	rm -rf $(CHECKED) && mkdir -p $(CHECKED)/terraform
	ln -s $(addprefix $(CURDIR)/,$(filter-out build terraform,$(wildcard *))) $(CHECKED)
	tar -C terraform --exclude='.terraform*' --exclude='*.tfstate*' --exclude='*.tfvars' -c . | tar -C $(CHECKED)/terraform -x
	$(CHECKOV)/bin/checkov --directory $(CHECKED)/terraform --framework terraform --compact --quiet --skip-download
	cd $(CHECKED)/terraform && terraform init -backend=false -input=false && terraform validate && terraform test

.PHONY: evaluate
evaluate: setup ## DATA=folder: import, train, judge, and write docs/evaluation.md.
	@test -d "$(DATA)" || { echo "make evaluate DATA=folder, with RetailRocket's files in its folders sessions, buyers"; exit 2; }
	$(BIN)/python -m benchmarks.evaluation "$(DATA)" docs/evaluation.md

.PHONY: search
search: setup ## Search the ranker's hyper-parameters on a validation stretch of the stored log.
	$(BIN)/python -m benchmarks.search

.PHONY: robots
robots: setup ## What robots do to popularity and co-visitation of the stored log.
	$(BIN)/python -m benchmarks.robots

.PHONY: lock
lock: ## Resolve the dependencies anew (needs uv).
	$(LOCK) --extra serve --extra train pyproject.toml -o requirements/run.txt
	$(LOCK) --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	$(LOCK) --extra serve -c requirements/run.txt pyproject.toml -o requirements/serve.txt
	echo 'hatchling>=1.25' | $(LOCK) -c requirements/dev.txt - -o requirements/build.txt
	echo checkov | $(LOCK) - -o requirements/checkov.txt

.PHONY: clean
clean: ## Remove the sample shop, with its models, and .venv.
	rm -rf $(SHOP) $(VENV)

# pip compiles on one core, which takes as long as all the rest.
$(BIN)/recommender: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11 to 3.13 is needed: make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --require-hashes -r requirements/run.txt
	-$(BIN)/python -m compileall -q -j 0 $(VENV)/lib
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

$(DEV): $(BIN)/recommender requirements/dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# In an environment of its own: it asks for exact versions of much that we use, too.
$(CHECKOV)/.installed: requirements/checkov.txt
	$(PYTHON) -m venv $(CHECKOV)
	$(CHECKOV)/bin/pip install --quiet --require-hashes -r requirements/checkov.txt
	@touch $@

# The sample ends now, so that "trending" and "just bought" mean something.
$(SHOP)/.trained: | $(BIN)/recommender
	$(BIN)/recommender sample --visitors 75000 --items 5000 --days 60 --out $(SHOP)/files
	$(BIN)/recommender ingest --events $(SHOP)/files/events.csv \
	  --item-properties $(SHOP)/files/item_properties.csv --category-tree $(SHOP)/files/category_tree.csv
	$(BIN)/recommender train
	@touch $@
