# Every target sets up what it needs; nothing but Python 3.11+ and make is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
T ?= tests
DATA ?= data
ORIGIN ?= http://localhost:8000
LISTEN ?= 127.0.0.1:8000
TIME ?= 60
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.py))
BROWSERS := chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable
BENCHES := $(sort $(wildcard tests/bench/bench_*.py))

.PHONY: help setup run demo browser test check texts openapi golden bench fuzz schemathesis

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

$(STAMP): pyproject.toml
	@echo "Installing into $(VENV), 1 of 2: fedinet and its tools. The first time this takes a few minutes."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --use-pep517 --editable '.[dev]' \
		>$(VENV)/setup.log 2>&1 || { cat $(VENV)/setup.log; exit 1; }
	@echo "Installing into $(VENV), 2 of 2: examples for the tests."
	@# What it depends on does not go together with ours, and only its data is wanted.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target $(VENV)/pasture 'fediverse-pasture-inputs==0.3.0' \
		>$(VENV)/setup.log 2>&1 || cat $(VENV)/setup.log
	@touch $(STAMP)

setup: $(STAMP)  ## create .venv and install everything

run: $(STAMP)  ## start a node on http://localhost:8000; DATA, ORIGIN and LISTEN choose others
	$(BIN)/fedinet serve --data $(DATA) --origin $(ORIGIN) --listen $(LISTEN) \
		--allow-private-networks 127.0.0.0/8,::1/128

demo: $(STAMP)  ## three communities on loopback that talk to each other
	$(BIN)/fedinet demo

browser: $(STAMP)  ## Chromium for the tests, from the packages of the system where that may be
	@for one in $(BROWSERS); do command -v $$one >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium from the packages of the system, for the tests in a browser."; \
		timeout 300 sh -c 'apt-get update && for one in chromium-headless-shell chromium; do \
			apt-get install -y --no-install-recommends $$one && exit 0; done; exit 1' \
			>$(VENV)/chromium.log 2>&1 </dev/null || echo "It could not be had, see $(VENV)/chromium.log."; \
	fi

test: $(STAMP) $(if $(filter tests tests/browser%,$(T)),browser)  ## run the tests; T=tests/unit or T=path for a part
	$(BIN)/python -m pytest -n 2 --dist worksteal $(T)

check: $(STAMP)  ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

texts: $(STAMP)  ## collect the texts of pages into the catalogues, and compile these
	$(BIN)/pybabel -q extract --mapping pyproject.toml -k NN_:1,2 --add-location file --no-wrap \
		--project fedinet --msgid-bugs-address "" --output $(VENV)/fedinet.pot fedinet
	$(BIN)/pybabel -q update --domain fedinet --input-file $(VENV)/fedinet.pot --output-dir fedinet/locale \
		--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel compile --domain fedinet --directory fedinet/locale --statistics

openapi: $(STAMP)  ## write schemas/openapi.yaml from schemas/openapi/
	$(BIN)/python -m tests.contract.bundle

golden: $(STAMP)  ## write schemas/mastodon/ anew from what a node answers
	FEDINET_WRITE_GOLDEN=1 $(BIN)/python -m pytest -q tests/integration/test_golden_entities.py

bench: $(STAMP)  ## run the benchmarks; exits with 1 when a promise is broken
	@failed=0; for bench in $(BENCHES); do \
		echo "== $$bench"; $(BIN)/python $$bench || failed=1; \
	done; exit $$failed

fuzz: $(STAMP)  ## fuzz the readers of what others send; TIME=60 seconds for each harness
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,fuzz]'
	@for one in $(FUZZERS); do echo "== $$one"; \
		$(BIN)/python $$one -max_total_time=$(TIME) -timeout=10 -max_len=20000 -print_final_stats=0 \
			-verbosity=0 -artifact_prefix=$(VENV)/fuzz- "$$(mktemp -d)" tests/wire || exit 1; \
	done

schemathesis: $(STAMP)  ## random requests of schemas/openapi.yaml against a node; TIME=60 seconds
	FEDINET_SCHEMATHESIS_S=$(TIME) $(BIN)/python -m pytest -q tests/integration/test_random_requests.py
