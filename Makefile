# What is done to darajabox. `make` alone lists it.

GO        ?= go
DOCKER    ?= docker
COMPOSE   ?= $(shell $(DOCKER) compose version >/dev/null 2>&1 && echo $(DOCKER) compose || echo docker-compose)
GOLANGCI  ?= $(GO) tool -modfile=tools/go.mod golangci-lint
FUZZTIME  ?= 10s
BENCHCPU  ?= 2
BENCHTIME ?= 3s
BENCHORDERS ?= 20000
CHAOSFOR  ?= 2m
GOVULNCHECK ?= v1.9.0
# The race detector needs a C compiler; without one it is left out, and said so.
RACE      ?= $(if $(filter 1,$(shell $(GO) env CGO_ENABLED 2>/dev/null)),-race)

IMAGE     := $(or $(DARAJABOX_IMAGE),darajabox:local)
# Runs go test, and prints a line for each package as it ends and how many are left.
PROGRESS  := build/progress
TARGET    := $(or $(DARAJABOX_BUILD_TARGET),prebuilt)
SUMMARY   := build/features-summary.txt
# With the race detector for all packages or none: a package without it brings generic
# code along, sync.Map's for one, that others then run without it, and races are seen
# where none are.
TEST      := $(GO) test -vet=off $(RACE)
# LONG=1, as .ci/run has it: each property for as many checks as it likes, a kill at
# every point on both databases, the chaos run. Without it: fewer of the same.
LONG      ?=
UNIT      := $(PROGRESS) $(TEST) -timeout 30m $(if $(LONG),,-short) -skip '^TestFeatures' ./...
# Never from the cache: the answer depends on what runs outside the process.
FEATURES  := DARAJABOX_E2E_SUMMARY=$(CURDIR)/$(SUMMARY) $(PROGRESS) $(TEST) -count=1 -timeout 20m

.DEFAULT_GOAL := help
.PHONY: help build image check test unit features e2e lint smoke scale scale-smoke up down cover fuzz bench bench-gateway chaos mutants sbom vulncheck clean prepare report build/docker/darajabox release release-dry release-smoke

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the binary, build/darajabox
	$(GO) build -o build/darajabox ./cmd/darajabox

$(PROGRESS): $(wildcard scripts/progress/*.go)
	@$(GO) build -o $@ ./scripts/progress

build/docker/darajabox: # always: go knows best what has changed
	@mkdir -p build/docker/empty
	GO='$(GO)' scripts/build.sh $@

image: build/docker/darajabox ## build the image darajabox:local around the static binary
	$(DOCKER) build --target $(TARGET) -t $(IMAGE) .

test: prepare ## every test: unit, features in process, features in containers (LONG=1, E2E=require, E2E=off)
	@status=0; \
	echo "$(UNIT)"; $(UNIT) || status=1; \
	$(FEATURES) -run '^TestFeatures' ./harness || status=1; \
	$(MAKE) --no-print-directory report || status=1; exit $$status

# What one runs while working: the short tests without the race detector, and without
# what starts PostgreSQL, containers, other languages or a full disk. What has not changed
# comes from the cache.
CHECKED    = $(shell $(GO) list ./... | grep -vE '/(gateway/postgres|gateway/storetest|internal/loadtest|harness|examples)$$')
check: $(PROGRESS) ## the inner loop, in under a minute: gofmt, go vet, short tests, features in one process
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	@E2E=off $(PROGRESS) $(GO) test -vet=off -short -skip 'Postgres|TestFullDisk' $(CHECKED)
	@E2E=off $(PROGRESS) $(GO) test -vet=off -short -run '^TestFeaturesEmbedded$$' ./harness

unit: $(PROGRESS) ## tests without the features
	$(UNIT)

features: prepare ## the features, all in one process
	@status=0; $(FEATURES) -run '^TestFeaturesEmbedded$$' ./harness || status=1; \
	$(MAKE) --no-print-directory report || status=1; exit $$status

e2e: prepare ## the features, against containers; a missing engine is a failure
	@status=0; E2E=require $(FEATURES) -run '^TestFeaturesContainers$$' ./harness || status=1; \
	$(MAKE) --no-print-directory report || status=1; exit $$status

prepare: $(PROGRESS)
	@mkdir -p build && rm -f $(SUMMARY)
	@test -n '$(RACE)' || echo 'note: no C compiler here, so the race detector is left out'

report:
	@echo; echo 'Features:'; \
	if test -s $(SUMMARY); then sed 's/^/  /' $(SUMMARY); else echo '  none were run to the end'; exit 1; fi

lint: ## gofmt, go vet and golangci-lint, whose choices are explained in .golangci.yml
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GOLANGCI) run ./...

smoke: ## README's first command and its pasted curl, on free ports
	scripts/smoke.sh

up: image ## start simulator, gateway and inbox as containers, and wait until they are healthy
	COMPOSE='$(COMPOSE)' scripts/up.sh

scale: image ## start PostgreSQL, three replicas and a load balancer besides; their images are made when missing
	DOCKER='$(DOCKER)' scripts/scale-images.sh
	COMPOSE='$(COMPOSE)' scripts/up.sh scale

scale-smoke: image ## payments through three replicas on PostgreSQL in containers, one of which is killed
	COMPOSE='$(COMPOSE)' DOCKER='$(DOCKER)' scripts/scale-smoke.sh

down: ## stop them; payments stay in their volume (make down DOWN=-v forgets them)
	$(COMPOSE) --profile scale down $(DOWN)

cover: ## test coverage of every package, build/cover.html
	@mkdir -p build
	E2E=off $(GO) test -vet=off -coverpkg=./... -coverprofile=build/cover.out ./...
	$(GO) tool cover -html=build/cover.out -o build/cover.html
	$(GO) tool cover -func=build/cover.out | tail -n 1

fuzz: ## each fuzz test for a short while (FUZZTIME=10s)
	GO='$(GO)' scripts/fuzz.sh $(FUZZTIME)

bench: image ## the simulator's speed, each figure beside its yardstick in the same run (BENCHCPU=2, BENCHTIME=3s)
	GO='$(GO)' DOCKER='$(DOCKER)' IMAGE='$(IMAGE)' scripts/bench.sh $(BENCHCPU) $(BENCHTIME)

bench-gateway: ## whole payments through the gateway, durable, checked by the ledgers (BENCHCPU=2, BENCHORDERS=20000)
	$(GO) test ./internal/loadtest -run '^$$' -bench Payments -benchtime $(BENCHORDERS)x -cpu $(BENCHCPU) -timeout 20m

chaos: prepare ## faults for two minutes: replicas killed, connections cut, callbacks forged; every promise checked from outside (CHAOSFOR=2m)
	$(TEST) -count=1 ./internal/loadtest -run Chaos -timeout 30m -v -args -chaos.for $(CHAOSFOR) -chaos.clients 64 -chaos.history $(CURDIR)/build/chaos-history.jsonl

# MUTANTS=-short, as .ci/run has it: those that span the promises. '-only receipt' takes
# those whose name matches.
MUTANTS   ?=
mutants: ## plants faults in the gateway one by one, and shows that the chaos run finds each (MUTANTS=-short)
	$(GO) run ./internal/loadtest/mutant/run $(MUTANTS)

sbom: build/docker/darajabox ## what the image's binary is made of, module by module with checksums, build/sbom.txt
	$(GO) version -m build/docker/darajabox > build/sbom.txt
	@grep -c '	dep	' build/sbom.txt | sed 's/$$/ modules in build\/sbom.txt/'

# The tools of a release, built at first use and when their versions change.
RELEASE_TOOLS := build/tools/goreleaser build/tools/cyclonedx-gomod build/tools/release-image
TOOL_BUILD     = $(GO) -C tools/release build -trimpath -ldflags='-s -w' -o $(CURDIR)/$@

build/tools/goreleaser: tools/release/go.mod
	$(TOOL_BUILD) github.com/goreleaser/goreleaser/v2

build/tools/cyclonedx-gomod: tools/release/go.mod
	$(TOOL_BUILD) github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

build/tools/release-image: tools/release/go.mod $(wildcard tools/release/image/*.go) Dockerfile
	$(GO) -C tools/release test -count=1 ./image # the Dockerfile is outside of its module, so the test cache overlooks it
	$(TOOL_BUILD) ./image

release-dry: $(RELEASE_TOOLS) ## every file of a release into build/dist: six platforms, deb, rpm, SBOM, image; without network, nothing is published
	GO='$(GO)' scripts/release.sh dry

release-smoke: ## installs the deb of release-dry on this machine, pays with it and with the image, removes both
	DOCKER='$(DOCKER)' scripts/release-smoke.sh

release: $(RELEASE_TOOLS) ## for maintainers: the tag that is checked out as a draft on GitHub, the image to a registry (GITHUB_TOKEN, IMAGE_REPOSITORY)
	GO='$(GO)' scripts/release.sh publish

# Its database is on the internet, so this is never part of what must pass.
vulncheck: ## known weaknesses of what is used, where vuln.go.dev can be reached; never a gate
	$(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...

clean: ## remove build/
	rm -rf build
