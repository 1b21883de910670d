# All there is to run. `make` or `make help` lists it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

SYSTEM_PYTHON ?= python3
PYTHON := .venv/bin/python
BIN := .venv/bin
UV := UV_SYSTEM_CERTS=1 .venv/.uv/bin/uv
STATE := $(or $(SCRIBELINE_STATE_DIR),.scribeline)
MEMBERS := shared/pyproject.toml $(sort $(wildcard services/*/pyproject.toml)) cli/pyproject.toml
CODE := $(wildcard shared/src services/*/src cli/src deploy docs/*.py bench tests examples/*/*.py)
ARGS ?=
# Test processes at a time, each with servers of its own; 0 runs all in one, which shows what tests print.
WORKERS ?= 2
# A path may hold spaces: it travels in the environment, not in a command line.
export AUDIO

.PHONY: help
help: # what there is to run
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name told; do \
		printf '  make %-12s %s\n' "$$name" "$$told"; done

## --- the stack

.PHONY: demo
demo: setup ## all of it from nothing: set-up, up, and a transcript and analysis of AUDIO=file (or of a sample)
	@$(PYTHON) -m deploy.local demo "$$AUDIO"

.PHONY: up
up: setup ## start RabbitMQ, PostgreSQL, the object store and the services; what runs already stays
	@$(PYTHON) -m deploy.local up

.PHONY: down
down: ## end what `make up` started; the data stays
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m deploy.local down; else echo "Scribeline is not set up."; fi

.PHONY: status
status: ## what runs
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m deploy.local status; else echo "Scribeline is not set up."; fi

.PHONY: scale
scale: setup ## SERVICE=transcriber N=2: so many instances; the others keep running
	@test -n "$(SERVICE)" -a -n "$(N)" || { echo "Say which: make scale SERVICE=transcriber N=2" >&2; exit 2; }
	@$(PYTHON) -m deploy.local scale "$(SERVICE)" "$(N)"

.PHONY: restart
restart: setup ## SERVICE=analyzer: its instances anew, one after the other, each ending its work; all without SERVICE
	@$(PYTHON) -m deploy.local restart $(SERVICE)

.PHONY: logs
logs: ## follow every log
	@tail -n 20 -F "$(STATE)"/log/*.log

.PHONY: clean-data
clean-data: down ## forget all jobs, recordings and keys of the stack
	rm -rf "$(STATE)/data" "$(STATE)/log" "$(STATE)/run" "$(STATE)/secrets" "$(STATE)/env"

## --- containers

.PHONY: image
image: ## the services' images; SERVICE=transcriber: one, VARIANT=cuda: as it is for a GPU
	@$(SYSTEM_PYTHON) -m deploy.images build $(SERVICE) $(if $(VARIANT),--variant $(VARIANT))

.PHONY: pin
pin: ## deploy/pins.env: digests for the tags of others' images, where their registries can be reached
	@$(SYSTEM_PYTHON) -m deploy.images pin

.PHONY: verify-containers
verify-containers: setup ## the images and the composed stack, built and run by a real engine; as root on Debian
	$(PYTHON) -m deploy.verify

## --- the code

.PHONY: setup
setup: .venv/.set-up ## .venv with exactly what requirements.lock says

.venv/.set-up: requirements.lock members.txt pyproject.toml $(MEMBERS) deploy/local/virtualenv.py
	@command -v $(SYSTEM_PYTHON) > /dev/null || \
		{ echo "Python is missing: install Python 3.11 or newer (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(SYSTEM_PYTHON) deploy/local/virtualenv.py

.PHONY: test
test: setup ## every test, on servers that the suite starts itself; ARGS="-k cut" goes to pytest
	@for model in tiny.en base; do $(BIN)/scribeline models pull $$model || test "$$CI" != true || exit 1; done
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: test-unit
test-unit: setup ## the tests that need nothing but the code
	$(PYTHON) -m pytest -q tests/unit $(ARGS)

.PHONY: test-faults
test-faults: setup ## every way to break something; `make test` has one for each promise
	$(PYTHON) -m pytest -m "faults or thorough" $(ARGS)

BROKERS ?= 4.0 4.3
BROKER_TESTS := $(addprefix tests/integration/,test_worker.py test_relay.py test_gateway_queues.py test_notifier_forwarder.py \
	test_subscribers_isolation.py test_gateway_subscribers.py test_subscribe.py test_provision.py test_provision_broker.py) \
	$(wildcard tests/integration/test_result_writer*.py) tests/pipeline tests/faults --ignore=tests/faults/test_soak.py

.PHONY: test-brokers
test-brokers: setup ## what touches the broker, on RabbitMQ 4.0 and 4.3 (BROKERS=4.3: on one), as root on Debian
	@status=0; for version in $(BROKERS); do $(PYTHON) -m tests.support.broker_trees $$version && \
		SCRIBELINE_TEST_BROKER=$$version $(PYTHON) -m pytest -m "not llm" $(BROKER_TESTS) $(ARGS) || status=1; \
	done; exit $$status

.PHONY: soak
soak: setup ## 200 jobs while services, broker and database are killed; SOAK_JOBS, SOAK_SEED
	SOAK_JOBS=$${SOAK_JOBS:-200} $(PYTHON) -m pytest -s -m thorough tests/faults/test_soak.py $(ARGS)

.PHONY: test-llm
test-llm: setup ## the analyzer with a real small language model: fetches 1.2 GB once, takes minutes
	$(PYTHON) -m pytest -m llm tests/llm $(ARGS)

.PHONY: test-page
test-page: setup ## the operator's page in a real browser: needs Chromium (Debian: chromium)
	$(PYTHON) -m pytest -m browser tests/integration/test_operator_page.py $(ARGS)

.PHONY: bench
bench: up ## ratios against references, on the stack that runs; AUDIO_DIR=folder for speech (see bench/README.md)
	@env="$(STATE)/env"; case "$$env" in /*) ;; *) env="./$$env" ;; esac; . "$$env"; export PYTHONPATH=.; \
		$(PYTHON) bench/writer.py && $(PYTHON) bench/upload.py 256 && \
		$(PYTHON) -m bench.analysis && $(PYTHON) -m bench.analysis --split long && \
		$(PYTHON) -m bench.short_audio && $(PYTHON) -m bench.frozen_broker && $(PYTHON) -m bench.events && \
		{ test -z "$(AUDIO_DIR)" || { $(PYTHON) bench/long_recording.py "$(AUDIO_DIR)" && \
		$(PYTHON) -m bench.accuracy "$(AUDIO_DIR)"; }; }

.PHONY: check
check: setup ## formatting, lint, types, who may import whom, generated pages, AsyncAPI's own parser, promtool, manifests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(PYTHON) -m docs.generate --check
	$(PYTHON) -m docs.validation
	$(BIN)/hadolint deploy/Dockerfile deploy/verify/standins/*/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose*.yml
	$(PYTHON) -m deploy.grafana --check
	$(PYTHON) -m deploy.prometheus.check
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	$(PYTHON) -m deploy.k8s.check

.PHONY: lint
lint: check # by its other name

.PHONY: k8s
k8s: setup ## render what Kubernetes is given, and hold it against its schemas and our rules
	$(PYTHON) -m deploy.k8s.check

.PHONY: format
format: setup ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: docs
docs: setup ## write the generated pages and dashboards anew
	$(PYTHON) -m docs.generate
	$(PYTHON) -m deploy.grafana

# Without a header and with packages' names only, no registry's address gets into the lock.
.PHONY: lock
lock: setup ## requirements.lock from the pyproject files; what is locked stays where it can
	$(UV) pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --all-extras \
		$(foreach name,$(shell sed -n 's/^name = "\(.*\)"/\1/p' $(MEMBERS)),--no-emit-package $(name)) \
		--group dev --group local $(MEMBERS) -o requirements.lock
	@for lock in builder cuda; do $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 deploy/$$lock.in -o deploy/$$lock.lock || exit 1; done

.PHONY: audit
audit: setup ## ask whether what is locked has known vulnerabilities; what cannot be asked fails, too
	$(BIN)/pip-audit --strict --disable-pip --no-deps --require-hashes -r requirements.lock

# As the image is made: what the service asks for, in the lock's versions. The lock itself holds the tools, too.
.PHONY: sbom
sbom: setup ## dist/sbom: what each service is made of, as CycloneDX
	@mkdir -p dist/sbom; for service in $(notdir $(wildcard services/*)); do \
		list=dist/sbom/$$service.txt; bill=dist/sbom/$$service.cdx.json; \
		cp requirements.lock $$list && $(UV) pip compile -q --python-version 3.13 --generate-hashes --no-annotate \
			--no-header --no-emit-package scribeline services/$$service/pyproject.toml -o $$list > /dev/null && \
		$(PYTHON) -W ignore -m cyclonedx_py requirements $$list --pyproject services/$$service/pyproject.toml \
			--output-format JSON -o $$bill && rm $$list && echo $$bill || exit 1; \
	done

.PHONY: clean
clean: down ## remove .venv and all caches; the stack's data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.scribeline/*' -prune -exec rm -rf {} +
