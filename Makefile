# Skein: `make serve` and `make test` are all a fresh Debian machine with a Swift toolchain needs.

SHELL := /bin/bash
SWIFT ?= $(shell command -v swift || ls /opt/swift/usr/bin/swift /usr/local/swift/usr/bin/swift 2>/dev/null | head -1)
DEBIAN_PACKAGES := pkg-config libhwloc-dev libpcre2-dev
# One configuration for serving and tests: release, with internals visible to tests.
BUILD_FLAGS := -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error
SKEIN := .build/release/skein
# So many tests run at once. Without a bound all begin together, and those that wait for an answer starve beside those that compute.
TEST_WIDTH ?= $(shell echo $$((4 * $$(nproc))))
SOURCES := Package.swift Sources Tests

MODEL ?=
TOPOLOGY ?= $(if $(MODEL),,$(if $(wildcard Models/skein-demo/config.json),Topologies/default.yaml))
ARGS ?=

.PHONY: serve test build build-tests format lint bench kernel-tests client-tests foreign-tests dependencies clean

serve: build
	exec $(SKEIN) serve $(if $(MODEL),--model "$(MODEL)") $(if $(TOPOLOGY),--topology "$(TOPOLOGY)") $(ARGS)

test: build-tests
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(TEST_WIDTH) \
	$(SWIFT) test -c release -Xswiftc -enable-testing --skip-build --disable-xctest $(ARGS)

build: dependencies
	$(SWIFT) build $(BUILD_FLAGS) --product skein

build-tests: dependencies
	$(SWIFT) build $(BUILD_FLAGS) --build-tests

format:
	$(SWIFT) format -i -r --configuration .swift-format $(SOURCES)

lint:
	$(SWIFT) format lint --strict -r --configuration .swift-format $(SOURCES)

bench: build
	Benchmarks/split/run $(if $(MODEL),--model "$(MODEL)") $(ARGS)

# The kernels in C, without Swift: native, with sanitizers, and for AArch64 under qemu.
kernel-tests:
	Tests/KernelTests/run $(ARGS)

# Real clients from PyPI against a running server; needs python3 and a package index.
client-tests: build-tests
	Tests/ClientTests/run

# The demo model as GGUF files, written by PyPI's gguf; needs python3 and a package index.
foreign-tests: build-tests
	Tests/ForeignTests/run

dependencies:
	@if [ -z "$(SWIFT)" ]; then \
	  echo "No Swift toolchain found. Install Swift 6.3 from https://www.swift.org/install/linux/ and put it on PATH, or pass SWIFT=/path/to/swift." >&2; \
	  exit 1; \
	fi
	@missing=""; for package in $(DEBIAN_PACKAGES); do \
	  dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q "ok installed" || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing Debian packages:$$missing"; \
	  if [ "$$(id -u)" = 0 ]; then privilege=""; else privilege=sudo; fi; \
	  $$privilege apt-get update -q && $$privilege apt-get install -y -q $$missing; \
	fi

clean:
	rm -rf .build
