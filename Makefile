# bingo_tune: the extension (PGXS), its client tools and their tests.
#
# "make help" lists the targets.  PG_CONFIG selects the server.

PG_CONFIG ?= pg_config

MODULE_big = bingo_tune
EXTENSION = extension/bingo_tune
OBJS = $(patsubst %.c,%.o,$(wildcard extension/*.c))
DATA = $(wildcard sql/bingo_tune--*.sql)
PGFILEDESC = "bingo_tune - indexes, orderings and timing for an application that cannot be changed"
PG_CFLAGS = -Werror -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers

REGRESS = $(patsubst regress/sql/%.sql,%,$(wildcard regress/sql/*.sql))
ISOLATION = $(patsubst regress/specs/%.spec,%,$(wildcard regress/specs/*.spec))
TAP_TESTS = $(if $(wildcard regress/t/*.pl),1)
REGRESS_OPTS = --inputdir=regress --outputdir=$(CHECK_OUTPUT) --temp-instance=$(CHECK_OUTPUT)/instance --temp-config=regress/bingo_tune.conf
ISOLATION_OPTS = $(REGRESS_OPTS)
CHECK_OUTPUT = .check/out

# Bitcode would only let the JIT inline these functions; none is called from expressions.
override with_llvm = no

TOOLS = tools/bingo_load tools/bingo_bench tools/bingo_wire
TOOL_COMMON = tools/client.o tools/options.o
EXTRA_CLEAN = $(TOOLS) $(wildcard tools/*.o) .check

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

all: tools

$(OBJS): $(wildcard extension/*.h)

# --- tools: plain libpq programs, never linked with the server's $(LIBS) ---

.PHONY: tools
tools: $(TOOLS)

tools/%.o: CFLAGS += -std=gnu11
tools/%.o: tools/%.c $(wildcard tools/*.h) extension/histogram.h
	$(CC) -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Iextension -I$(includedir) -c -o $@ $<

tools/bingo_load: $(patsubst %.c,%.o,$(wildcard tools/load_*.c)) $(TOOL_COMMON)
	$(CC) -o $@ $^ $(libpq) -lpthread -lm

tools/bingo_bench: $(patsubst %.c,%.o,$(wildcard tools/bench_*.c)) $(TOOL_COMMON)
	$(CC) -o $@ $^ $(libpq) -lcjson -lpthread -lm

tools/bingo_wire: $(patsubst %.c,%.o,$(wildcard tools/wire_*.c)) $(TOOL_COMMON)
	$(CC) -o $@ $^ $(libpq) -lpthread

# --- tests: a private copy of the server's installation, private clusters ---

# postgres refuses to run as root: root hands the run to this user.
RUN_AS ?= postgres
as_user = $(if $(filter 0,$(shell id -u)),setpriv --reuid=$(RUN_AS) --regid=$(RUN_AS) --init-groups env HOME=/tmp)
STAGE = $(CURDIR)/.build/stage
STAGE_CONFIG = $(STAGE)$(bindir)/pg_config

.PHONY: stage check
stage: all
	mkdir -p $(STAGE)$(bindir) $(STAGE)$(pkglibdir) $(STAGE)$(datadir)
	cp -au $(bindir)/. $(STAGE)$(bindir)
	cp -au $(pkglibdir)/. $(STAGE)$(pkglibdir)
	cp -au $(datadir)/. $(STAGE)$(datadir)
	$(MAKE) --no-print-directory -s install DESTDIR=$(STAGE)

check: stage
	rm -rf .check
	mkdir -p .check/out .check/tap
	$(if $(as_user),chown -R $(RUN_AS) .check)
	$(as_user) $(MAKE) --no-print-directory -s regress-staged tap-staged PG_CONFIG=$(STAGE_CONFIG)

.PHONY: regress-staged tap-staged
regress-staged:
	$(pg_regress_installcheck) $(REGRESS_OPTS) $(REGRESS)
	$(if $(ISOLATION),$(pg_isolation_regress_installcheck) $(ISOLATION_OPTS) $(ISOLATION))

tap-staged:
	$(if $(wildcard regress/t/*.pl),cd .check/tap && TESTDIR=$(CURDIR)/.check/tap TESTDATADIR=$(CURDIR)/.check/tap/tmp_check TESTLOGDIR=$(CURDIR)/.check/tap/log PATH=$(bindir):$(CURDIR)/tools:$(PATH) PG_REGRESS=$(top_builddir)/src/test/regress/pg_regress $(PROVE) -I $(top_srcdir)/src/test/perl -I $(CURDIR)/regress/t $(CURDIR)/regress/t/*.pl)
