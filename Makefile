# `make serve` builds and serves; `make test` checks everything. Both set up what they need below .build/ and target/.

.PHONY: serve demo test ui ui-lint citus lint doc clients api-tools openapi deny fuzz bench bench-quick bench-postgres soak clean \
	need-rust need-python need-node need-chromium need-curl need-strace need-postgres

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# A toolchain that was installed a minute ago is not on the PATH of the shell that installed it.
export PATH := $(HOME)/.cargo/bin:$(PATH)

# Arguments for `candor serve`: make serve ARGS="--listen 0.0.0.0:8080"
ARGS ?=
# Arguments for the measuring program: make bench BENCH=--dry
BENCH ?=
# The same for the one that measures PostgreSQL: make bench-postgres SHARED=--dry
SHARED ?=
# How many times `make soak` kills the server.
CYCLES ?= 500
# How long `make fuzz` runs each target.
SECONDS_EACH ?= 120

CLIENTS := .build/clients
RUST_CLIENT := tests/clients/amazon_q_rust
API := .build/api

serve: need-rust ui
	cargo build --release --locked
	exec target/release/candor serve $(ARGS)

# A year of made-up votes to look around in, thrown away at the end: make demo ARGS="--votes 1000000"
demo: need-rust ui
	cargo build --release --locked
	exec target/release/candor demo $(ARGS)

# What every engine must do: run on SQLite with all others, and then on PostgreSQL. What is of SQLite's files (faults, keeping) is
# not, and what has databases of its own (copy, postgres, servers) runs once.
ON_BOTH_ENGINES := store api dialects authorization clients mirror crash overload passing migrate cli

# The tests run last, so that what is read last is what they say.
test: lint doc ui clients api-tools need-chromium need-curl need-strace need-postgres
	$(NPM) test
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --locked; \
		TEST_STORE=postgres cargo nextest run --locked $(addprefix --test ,$(ON_BOTH_ENGINES)); \
	else \
		cargo test --locked; \
		TEST_STORE=postgres cargo test --locked $(addprefix --test ,$(ON_BOTH_ENGINES)); \
	fi

# What must hold on a Citus cluster too, where its programs are there; no part of `make test`. The cluster is this run's own:
# make citus CITUS_BIN=/folder/of/postgres/programs
ON_CITUS := store api dialects

citus: need-rust
	@if cargo nextest --version >/dev/null 2>&1; then run="nextest run"; else run=test; fi; \
		tests/support/postgres/citus.sh cargo $$run --locked $(addprefix --test ,$(ON_CITUS))

# The dashboard. What is built is embedded by the Rust build; what it is built with stays below ui/node_modules.
NPM := npm --prefix ui --loglevel=error
UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print)

ui: ui/dist/index.html.gz

ui/node_modules/.stamp: ui/package.json ui/package-lock.json | need-node
	$(NPM) ci --no-audit --no-fund
	@touch $@

ui/dist/index.html.gz: ui/node_modules/.stamp $(UI_SOURCES)
	$(NPM) run --silent build
	@touch $@

ui-lint: ui/node_modules/.stamp
	$(NPM) run --silent lint

lint: need-rust ui-lint
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

doc: need-rust
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --locked

# The vendors' own clients, which the tests call against the server.
clients: $(CLIENTS)/python.stamp $(CLIENTS)/node.stamp $(CLIENTS)/rust.stamp

$(CLIENTS)/python.stamp: tests/clients/requirements.txt | need-python
	@mkdir -p $(CLIENTS)
	python3 -m venv --clear $(CLIENTS)/venv
	$(CLIENTS)/venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(CLIENTS)/node.stamp: tests/clients/package.json tests/clients/package-lock.json | need-node
	@mkdir -p $(CLIENTS)
	cp $^ $(CLIENTS)/
	npm ci --prefix $(CLIENTS) --no-audit --no-fund --loglevel=error
	@touch $@

# A crate of its own, with its own lock: nobody who builds Candor builds the vendor's SDK.
$(CLIENTS)/rust.stamp: $(wildcard $(RUST_CLIENT)/Cargo.* $(RUST_CLIENT)/src/*) | need-rust
	@mkdir -p $(CLIENTS)
	cargo build --quiet --locked --manifest-path $(RUST_CLIENT)/Cargo.toml --target-dir $(CLIENTS)/rust
	@touch $@

# schemathesis, which the tests run over the OpenAPI of the server.
api-tools: $(API)/python.stamp

$(API)/python.stamp: tests/api/requirements.txt | need-python
	@mkdir -p $(API)
	python3 -m venv --clear $(API)/venv
	$(API)/venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Writes docs/openapi.json from the code; a test says whether it was forgotten.
openapi: need-rust
	CANDOR_UPDATE=1 cargo test --locked --test api openapi

# Licences, sources, banned crates and known vulnerabilities of what is built in.
deny: need-rust
	@cargo deny --version >/dev/null 2>&1 || { \
		echo "make: cargo-deny is missing. Install it: cargo install cargo-deny --locked" >&2; exit 1; }
	cargo deny check

# Feeds anything to what reads bytes from strangers: make fuzz SECONDS_EACH=600
fuzz: need-rust
	@cargo fuzz --version >/dev/null 2>&1 || { \
		echo "make: cargo-fuzz is missing. Install it: cargo install cargo-fuzz --locked" >&2; exit 1; }
	for target in amazon_q_signature amazon_q_body; do \
		mkdir -p fuzz/corpus/$$target; \
		cargo +nightly fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(SECONDS_EACH) -dict=fuzz/$$target.dict; \
	done

# Measures votes, latency, CPU time, memory, disk and start-up, and writes them into docs/performance.md. Takes about half an
# hour, in which the machine should do nothing else: make bench BENCH="--steady-seconds 60 --stores 1000000"
bench: need-rust
	cargo bench --locked --bench load -- $(BENCH)

# The main figures, in about five minutes: they are printed and written below target/bench.
bench-quick: need-rust
	cargo bench --locked --bench load -- --quick $(BENCH)

# Servers that share a PostgreSQL of this run, beside a loop of statements without them: into docs/scaling.md. Takes some
# minutes, and more with more votes behind: make bench-postgres SHARED="--behind 1000000,10000000"
bench-postgres: need-rust need-postgres
	cargo bench --locked --bench shared -- $(SHARED)

# The crash test, for as long as one likes, then every fault again: make soak CYCLES=5000
soak: need-rust need-strace need-postgres
	CANDOR_SOAK_CYCLES=$(CYCLES) cargo test --release --locked --test crash -- --nocapture
	CANDOR_SOAK_CYCLES=$(CYCLES) cargo test --release --locked --test faults -- --nocapture --test-threads=1

clean:
	rm -rf .build target ui/node_modules ui/dist/assets ui/dist/index.html.gz

need-rust:
	@command -v cargo >/dev/null || { \
		echo "make: cargo is missing. Install Rust with rustup (https://rustup.rs); Cargo.toml names the oldest version." >&2; \
		exit 1; }
	@command -v cc >/dev/null || { \
		echo "make: a C compiler is missing, which SQLite is built with. Debian: apt-get install build-essential" >&2; exit 1; }

need-python:
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "make: python3 with venv is missing. Debian: apt-get install python3 python3-venv" >&2; exit 1; }

need-node:
	@command -v node >/dev/null && command -v npm >/dev/null || { \
		echo "make: node and npm are missing (node 20.19 or later). Debian: apt-get install nodejs npm" >&2; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' || { \
		echo "make: node $$(node --version) is too old: 20.19 or later builds the dashboard (https://nodejs.org)" >&2; exit 1; }

# The browser that the dashboard is tested in.
need-chromium:
	@[ -x /usr/bin/chromium ] || { [ "$$(id -u)" = 0 ] && { apt-get install --yes --quiet chromium || \
		{ apt-get update --quiet && apt-get install --yes --quiet chromium; }; }; } || { \
		echo "make: chromium is missing. Debian: apt-get install chromium" >&2; exit 1; }

need-curl:
	@command -v curl >/dev/null || { \
		echo "make: curl is missing. Debian: apt-get install curl" >&2; exit 1; }

need-strace:
	@command -v strace >/dev/null || { [ "$$(id -u)" = 0 ] && { apt-get install --yes --quiet strace || \
		{ apt-get update --quiet && apt-get install --yes --quiet strace; }; }; } || { \
		echo "make: strace is missing, by which tests let writes fail. Debian: apt-get install strace" >&2; exit 1; }

# A machine that was never updated finds nothing, so the list of packages is fetched if need be.
INSTALL_POSTGRES := DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet -o Dpkg::Options::=--force-confold postgresql

# Only its programs: the tests make servers of their own in temporary folders. Debian's package would make and start one too.
need-postgres:
	@{ ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; } || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && mkdir -p /etc/postgresql-common && \
		{ [ -e /etc/postgresql-common/createcluster.conf ] || \
			echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; } && \
		{ $(INSTALL_POSTGRES) || { apt-get update --quiet && $(INSTALL_POSTGRES); }; }; } || { \
		echo "make: PostgreSQL is missing (15 or later). Debian: apt-get install postgresql" >&2; exit 1; }
	@command -v flock >/dev/null || { \
		echo "make: flock is missing, by which the tests share a PostgreSQL. Debian: apt-get install util-linux" >&2; exit 1; }
