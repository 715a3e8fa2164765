# The short commands. Each one installs what it needs (installers/build-deps), configures a CMake
# preset and builds; `make` alone lists them.

JOBS ?= $(shell nproc)
# Places for tests that run side by side, two for each core. What computes takes two of them, what mostly
# waits for others one (PROCESSORS in tests/).
TEST_JOBS ?= $(shell expr 2 \* $$(nproc))
# What the sanitizers run of the dev run's tests: parsers, transport, store and threads. Lists of
# targets, so that only they are built; ASAN_TESTS=all or TSAN_TESTS=all takes everything.
FUZZ_REPLAYS := $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.cpp)))
ASAN_TESTS ?= $(FUZZ_REPLAYS) test_result test_executor test_multi_hash test_cbor test_http_suite \
  test_http_server test_tls_stream test_connection_pool test_listener test_immutable_encoder \
  test_read_pipeline test_disk_store test_gbs_edge_cases
TSAN_TESTS ?= test_executor test_multi_hash test_disk_store test_spool test_upload test_download \
  test_download_faults
space := $(subst ,, )
NAMED = $(if $(filter all,$(1)),--label-regex 'unit|fuzz|sim',--tests-regex '^($(subst $(space),|,$(strip $(1))))$$')

BUILD = cmake --build --preset $(1) --parallel $(JOBS)
CTEST = ctest --preset $(1) --parallel $(TEST_JOBS)

.PHONY: help deps build release packages demo test asan tsan lint tidy format bench fuzz soak clean
.NOTPARALLEL:

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

deps:
	@installers/build-deps

build: deps ## build everything for development, in build/dev
	@cmake --preset dev
	$(call BUILD,dev)

release: deps ## build the optimized programs, in build/release
	@cmake --preset release
	$(call BUILD,release)

packages: deps ## Debian packages, one for each role, in build/release/packages
	@cmake --preset release
	$(call BUILD,release) --target tarn-storage tarn-gateway tarn-introducer tarn-relay tarn-node tarn tarn_completions
	@cd build/release && SOURCE_DATE_EPOCH=$$(dpkg-parsechangelog -l ../../installers/packages/changelog -STimestamp) cpack
	@ls -1 build/release/packages/*.deb

demo: deps ## ten servers, one gateway: a file goes in, seven servers die, it comes out again
	@cmake --preset release
	$(call BUILD,release) --target tarn-storage tarn-gateway
	@python3 -B tests/demo/demo.py --programs build/release/bin

test: build asan tsan ## everything that a change has to pass: sanitizers, then all tests and lints
	$(call CTEST,dev)

asan: deps ## ASAN_TESTS under address and undefined-behaviour sanitizers
	@cmake --preset asan
	$(call BUILD,asan) --target $(ASAN_TESTS)
	$(call CTEST,asan) $(call NAMED,$(ASAN_TESTS))

tsan: deps ## TSAN_TESTS under the thread sanitizer
	@cmake --preset tsan
	$(call BUILD,tsan) --target $(TSAN_TESTS)
	$(call CTEST,tsan) $(call NAMED,$(TSAN_TESTS))

lint: deps ## format, layers, coroutine rule, headers alone, link checks
	@cmake --preset dev
	$(call CTEST,dev) --label-regex lint

tidy: build ## clang-tidy over the sources (slow); FILES=... for some
	@python3 -B tests/lint/run_tidy.py --build build/dev --jobs $(JOBS) $(FILES)

format: ## clang-format over all sources
	@git ls-files '*.h' '*.cpp' | xargs clang-format-14 -i

bench: release ## speed and memory, beside the floor and Tahoe-LAFS; QUICK=1 ONLY=parts BIG_GB=10 STORE_SHARES=1000000
	@python3 -B tests/interop/make_venv.py build/tahoe-venv || true
	@python=python3; [ ! -e build/tahoe-venv/pins ] || python=build/tahoe-venv/bin/python; \
	  exec $$python -B tests/bench/run_bench.py --build build/release --out build/bench \
	    $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY)) $(if $(BIG_GB),--big-gigabytes $(BIG_GB)) \
	    $(if $(STORE_SHARES),--store-shares $(STORE_SHARES))

fuzz: deps ## every parser under libFuzzer, SECONDS_EACH=60
	@cmake --preset fuzz
	$(call BUILD,fuzz) --target fuzzers
	@python3 tests/fuzz/run_fuzzers.py --build build/fuzz --seconds $(or $(SECONDS_EACH),60)

soak: deps ## simulated grids from SEEDS=3000 seeds (FIRST=1); says how to run a failing one alone
	@cmake --preset release
	$(call BUILD,release) --target test_sim_random
	@QTEST_FUNCTION_TIMEOUT=3600000 TARN_SIM_SEEDS=$(or $(SEEDS),3000) TARN_SIM_FIRST=$(or $(FIRST),1) \
	  build/release/tests/sim/test_sim_random

clean: ## remove everything that was built
	rm -rf build
