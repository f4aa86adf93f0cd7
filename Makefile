# Builds the extension with PGXS; `make check-core` runs the unit tests of src/core, without a server.

EXTENSION = intsearch
MODULE_big = intsearch
INTSEARCH_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" intsearch.control)

# the first version, the steps from each to the next, and the whole of today's
DATA = sql/intsearch--0.1.0.sql $(sort $(wildcard sql/intsearch--*--*.sql))
DATA_built = sql/intsearch--$(INTSEARCH_VERSION).sql

# src/core is one folder of files and folders of files; src itself holds folders alone
CORE_OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/core/*.c src/core/*/*.c)))
OBJS = $(sort $(patsubst %.c,%.o,$(wildcard src/*/*.c)) $(CORE_OBJS))
# not HEADERS: those PGXS would install
SOURCE_HEADERS = $(wildcard src/*/*.h src/core/*/*.h)

PG_CPPFLAGS = -DINTSEARCH_VERSION='"$(INTSEARCH_VERSION)"' -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
# The same score to the last bit on every machine: no multiplication fused with an addition.
PG_CFLAGS = -Wall -Wextra -ffp-contract=off -O3
# nothing of this could be inlined into a query
override with_llvm = no

# test/installcheck runs the pgTAP files, which pg_regress does not know
NO_INSTALLCHECK = 1

# not all of build: a server of the demo may be running there
EXTRA_CLEAN = build/core build/portable

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(SOURCE_HEADERS) intsearch.control

$(DATA_built): sql/intsearch.sql intsearch.control
	cp $< $@

# on the server that PGHOST and its like name, after make install
installcheck:
	PG_CONFIG='$(PG_CONFIG)' test/installcheck

# test/portable sets these for other C libraries and processors: where the tests are built, what they
# are linked to, what runs them, and objects of the core beside those of the extension.
CORE_BUILD = build/core
CMOCKA = -lcmocka
CORE_RUN =
CORE_TEST_OBJS = $(CORE_OBJS)

CORE_TESTS = $(patsubst test/core/%.c,$(CORE_BUILD)/%,$(sort $(wildcard test/core/*_test.c test/core/*/*_test.c)))
TEST_HEADERS = $(wildcard test/lib/*.h) $(SOURCE_HEADERS)

TEST_LIB_OBJS = $(patsubst test/%.c,$(CORE_BUILD)/%.o,$(sort $(wildcard test/lib/*.c)))

CORE_TEST_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -ffp-contract=off -Isrc -Itest $(COPT)

# The kernels for AVX-512 once more, for processors without it; they take some from those for AVX2.
# How registers that are not there would be passed to functions is of no interest. SIMDe's sums wrap around, as
# the instructions' do, which C leaves undefined.
ifeq ($(host_cpu),x86_64)
EMULATED_OBJS = $(CORE_BUILD)/kernels_emulated.o
endif

$(CORE_BUILD)/kernels_emulated.o: src/core/kernels/kernels_avx512.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) -mavx2 -mpopcnt -fwrapv -Wno-psabi -include test/lib/emulated_avx512.h -c $< -o $@

$(TEST_LIB_OBJS): $(CORE_BUILD)/%.o: test/%.c $(TEST_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) -c $< -o $@

# What of the core is not the extension's own, which PostgreSQL's compiler makes with its options.
$(CORE_BUILD)/src/%.o: src/%.c $(SOURCE_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) -O3 -c $< -o $@

# An archive, so that a test is only as much of the helpers as it uses.
$(CORE_BUILD)/lib.a: $(TEST_LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(CORE_BUILD)/%: test/core/%.c $(TEST_HEADERS) $(CORE_BUILD)/lib.a $(CORE_TEST_OBJS) $(EMULATED_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) $< $(CORE_BUILD)/lib.a $(CORE_TEST_OBJS) $(EMULATED_OBJS) $(CMOCKA) -lm -o $@

CORE_RUNS = $(addprefix run-,$(CORE_TESTS))

$(CORE_RUNS): run-%: %
	@sh test/lib/unit_test.sh $(CORE_RUN) $<

check-core: $(CORE_RUNS)

# see bench/kernels
$(CORE_BUILD)/kernel_times: bench/kernel_times.c $(TEST_HEADERS) $(CORE_BUILD)/lib.a $(CORE_TEST_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) -O2 $< $(CORE_BUILD)/lib.a $(CORE_TEST_OBJS) -lm -o $@

# Debian packages, one for each PostgreSQL whose headers are installed, in build/deb
deb:
	tools/deb

# what PGXN takes, in build/dist
dist:
	tools/dist

.PHONY: installcheck deb dist check-core $(CORE_RUNS)
