# The front door: each target fetches and builds what it needs (see CONTRIBUTING.md); CMake does the building.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PRODUCT ?= client
BOARD ?=
KEEP ?=
CPU ?= s390x arm aarch64 i386 x86-64 mips mipsel riscv64 powerpc
# `make fuzz SECONDS=n`; bash keeps a variable of that name, so it is handed on as an argument
SECONDS ?= 60

.PHONY: help build demo test images size port-check bench crypto-cost interop lint fuzz cross clean

help:
	@echo 'make build                      the libraries and programs, into build/lib and build/bin'
	@echo 'make demo [PRODUCT=] [BOARD=] [KEEP=1]   a device under management, from bootstrap to deregistration, in a dozen lines'
	@echo 'make test                       unit tests (gcc and clang, sanitizers), end-to-end tests, build tests'
	@echo 'make cross [CPU=...]             the tests and a managed client on other CPUs, emulated: by default on all nine'
	@echo 'make images [PRODUCT=] [BOARD=] firmware images for Cortex-M boards, into build/images'
	@echo 'make size [ARGS=--files]        flash and RAM of each product and board, and the ceilings; also build/size.json'
	@echo 'make port-check [BOARD=]        does a port keep its contract? POSIX, or an emulated board'
	@echo 'make bench                      instructions, bytes on the wire, memory; also build/bench.json'
	@echo 'make crypto-cost                a handshake with certificates in each way to compute it: docs/crypto-cost.md'
	@echo 'make interop                    against other implementations (comes later)'
	@echo 'make lint                       layers, symbols, function length, formatting, clang-tidy'
	@echo 'make fuzz [SECONDS=60]          each fuzz target for so many seconds'
	@echo 'make clean                      removes build/; what was fetched (third_party/) stays'

build:
	@scripts/deps build mbedtls
	@mkdir -p build; [ -f build/release/build.ninja ] || cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLIMPET_WERROR=ON \
	    -DLIMPET_BIN=$(CURDIR)/build/bin -DCMAKE_ARCHIVE_OUTPUT_DIRECTORY=$(CURDIR)/build/lib \
	    $(CMAKE_ARGS) >build/cmake.log || { cat build/cmake.log; rm -f build/release/build.ninja; exit 1; }
	@ninja -C build/release -j $(JOBS)

demo: build
	@scripts/demo '$(PRODUCT)' '$(BOARD)' '$(KEEP)'

test:
	@scripts/deps build images test mbedtls cmocka lwip
	@scripts/test

cross:
	@scripts/deps build test cross mbedtls cmocka
	@scripts/test $(CPU)

size: build
	@scripts/deps images mbedtls lwip
	@scripts/images '*' '*' $(JOBS) >build/images-sizes.log
	@scripts/size $(ARGS)

port-check: build
	@[ -z '$(BOARD)' ] || { scripts/deps images mbedtls lwip && scripts/images check '$(BOARD)' $(JOBS) >build/images-sizes.log; }
	@scripts/port-check $(BOARD)

bench: build
	@scripts/deps bench images mbedtls lwip
	@scripts/images '*' '*' $(JOBS) >build/images-sizes.log
	@scripts/bench

crypto-cost:
	@scripts/deps build bench mbedtls
	@scripts/crypto-cost

lint:
	@scripts/deps build lint mbedtls
	@scripts/lint

fuzz:
	@scripts/deps build test mbedtls
	@scripts/fuzz $(SECONDS)

# Both or one of PRODUCT and BOARD choose among the images; what they are for `make demo` by default does not count here.
images_of = $(if $(filter command line environment,$(origin $(1))),$($(1)),$(2))
images:
	@scripts/deps images mbedtls lwip
	@scripts/images '$(call images_of,PRODUCT,*)' '$(call images_of,BOARD,*)' $(JOBS)

interop:
	@echo 'make $@ comes later' >&2; exit 2

clean:
	rm -rf build
