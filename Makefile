# bingo_tune: the extension (PGXS), its client tools, their tests and benchmarks.
#
# "make help" lists the targets.  PG_CONFIG selects the server.
#
# The file has two modes.  The targets in WORKFLOW install packages, run tests
# or make a demo: they are scripts that must start on a machine that has no
# pg_config yet, and PGXS has a target "check" of its own, so PGXS stays out.
# Every other target is an ordinary PGXS build.

PG_CONFIG ?= pg_config

# Of these, what runs servers as another user when root types it.
SERVED = check $(filter check-%,$(MAKECMDGOALS)) demo
WORKFLOW = help packages lint clean $(SERVED) demo-stop bench bench-smoke dist

MAKEFLAGS += --no-print-directory
# Compiler command lines are shown by "make V=1".
ifndef V
.SILENT:
endif

# A folder for each part of the extension; the folders of tools/ make tools/bingo_FOLDER.
EXTENSION_OBJECTS = $(patsubst %.c,%.o,$(wildcard extension/*.c extension/*/*.c))
TOOL_NAMES = $(patsubst tools/%/main.c,%,$(wildcard tools/*/main.c))
TOOLS = $(TOOL_NAMES:%=tools/bingo_%)

ifneq ($(filter $(WORKFLOW),$(MAKECMDGOALS)),)
# ============================ workflow targets ============================

# Goals run in the order given: "make clean all check" means what it says.
.NOTPARALLEL:
.PHONY: $(WORKFLOW) $(MAKECMDGOALS)

BUILD = +$(MAKE) PG_CONFIG='$(PG_CONFIG)'
CHECK_LIMITS = $(foreach kind,REGRESS ISOLATION TAP,$(if $(filter command,$(origin $(kind))),--only-$(kind)="$($(kind))"))

help:
	.ci/help

packages:
	.ci/install-packages build

# In a folder that this user can't read, such as root's home, all of it happens in a
# copy; asked here, before anything is installed.
ifneq ($(if $(filter $(SERVED),$(MAKECMDGOALS)),$(shell .ci/elsewhere needed)),)
$(SERVED):
	+.ci/elsewhere make $@
else

check:
	.ci/install-packages build check advise
	.ci/run-as check
	$(BUILD) stage STAGE=.build/stage
	PG_CONFIG='$(PG_CONFIG)' regress/check.sh --pg-config="$$(cat .build/stage/pg_config.path)" $(CHECK_LIMITS)

check-matrix:
	.ci/install-packages build check matrix
	.ci/run-as check
	PG_CONFIG='$(PG_CONFIG)' .ci/matrix $(MAJORS)

check-faults:
	.ci/install-packages build check faults
	.ci/run-as check
	$(BUILD) stage STAGE=.build/stage
	PG_CONFIG='$(PG_CONFIG)' regress/faults/check.sh --pg-config="$$(cat .build/stage/pg_config.path)" $(CHECK_LIMITS)

# DDL, roles, dumps and look-ups that find nothing: minutes each, so "make check" leaves them out.
check-ddl:
	.ci/install-packages build check
	.ci/run-as check
	$(BUILD) stage STAGE=.build/stage
	PG_CONFIG='$(PG_CONFIG)' regress/check.sh --pg-config="$$(cat .build/stage/pg_config.path)" --tests=regress/ddl \
		--output=.build/check-ddl --only-REGRESS= --only-ISOLATION= $(CHECK_LIMITS)

# FUZZ_QUERIES, FUZZ_SEED, FUZZ_INPUTS and FUZZ_JOBS: the script's head.
check-fuzz:
	.ci/install-packages build fuzz
	.ci/run-as check
	$(BUILD) stage STAGE=.build/stage
	$(foreach name,QUERIES SEED INPUTS JOBS,$(if $(FUZZ_$(name)),FUZZ_$(name)='$(FUZZ_$(name))')) PG_CONFIG='$(PG_CONFIG)' regress/fuzz/check.sh

# The server's own tests, and the servers and compilers that find what tests don't.
# Their output is below .build: a "make check" beside them empties .check.
CORE_SOURCE = $$(PG_CONFIG='$(PG_CONFIG)' .ci/server-source)
STRICT_SERVER = $$(PG_CONFIG='$(PG_CONFIG)' .ci/server-build assertions)
MEMORY_SERVER = $$(PG_CONFIG='$(PG_CONFIG)' .ci/server-build memory)
SANITIZE = -fsanitize=address,undefined -fno-omit-frame-pointer -g -O1

check-core:
	.ci/install-packages build check
	.ci/run-as check
	$(BUILD) stage STAGE=.build/stage
	source="$(CORE_SOURCE)" && PG_CONFIG='$(PG_CONFIG)' regress/check_core.sh \
		--pg-config="$$(cat .build/stage/pg_config.path)" --source="$$source" $(if $(ONLY),--only=$(ONLY))

check-cassert:
	.ci/install-packages build check server
	.ci/run-as check
	server="$(STRICT_SERVER)" && $(MAKE) stage STAGE=.build/stage-cassert PG_CONFIG="$$server" && \
		PG_CONFIG="$$server" regress/check.sh --pg-config="$$(cat .build/stage-cassert/pg_config.path)" \
			--output=.build/check-cassert $(CHECK_LIMITS)

# Random DDL beside orderings for SECONDS (default 60); SEED=N again, SESSIONS=N more,
# CASSERT=1 on the server with assertions.
check-catalog:
	.ci/install-packages build check $(if $(CASSERT),server)
	.ci/run-as check
	$(foreach name,SECONDS SEED SESSIONS,$(if $($(name)),export BINGO_CATALOG_$(name)='$($(name))';)) \
	server="$(if $(CASSERT),$(STRICT_SERVER),$(PG_CONFIG))" && stage=.build/stage$(if $(CASSERT),-cassert) && \
		$(MAKE) stage STAGE="$$stage" PG_CONFIG="$$server" && \
		PG_CONFIG="$$server" regress/check.sh --pg-config="$$(cat "$$stage/pg_config.path")" --output=.build/check-catalog \
			--only-REGRESS= --only-ISOLATION= --only-TAP=catalog_random

# Counts compared beside random writers, readers and DDL until COMPARISONS (default 1,000,000) came from counters; CASSERT=1 as above.
check-counters:
	.ci/install-packages build check $(if $(CASSERT),server)
	.ci/run-as check
	export BINGO_COUNTER_COMPARISONS='$(if $(COMPARISONS),$(COMPARISONS),1000000)'; \
	server="$(if $(CASSERT),$(STRICT_SERVER),$(PG_CONFIG))" && stage=.build/stage$(if $(CASSERT),-cassert) && \
		$(MAKE) stage STAGE="$$stage" PG_CONFIG="$$server" && \
		PG_CONFIG="$$server" regress/check.sh --pg-config="$$(cat "$$stage/pg_config.path")" --output=.build/check-counters \
			--only-REGRESS= --only-ISOLATION= --only-TAP=counter_random

check-caches:
	.ci/install-packages build check server
	.ci/run-as check
	server="$(MEMORY_SERVER)" && $(MAKE) stage STAGE=.build/stage-memory PG_CONFIG="$$server" && \
		PG_CONFIG="$$server" regress/check_caches.sh --pg-config="$$(cat .build/stage-memory/pg_config.path)" $(CHECK_LIMITS)

check-asan:
	.ci/install-packages build check advise
	.ci/run-as check
	$(BUILD) stage STAGE=.build/stage-asan COPT='$(SANITIZE)' WERROR=
	regress/sanitized_server.sh asan --pg-config="$$(cat .build/stage-asan/pg_config.path)"
	CHECK_ASAN=1 PG_CONFIG='$(PG_CONFIG)' regress/check.sh --pg-config="$$(cat .build/stage-asan/pg_config.path)" \
		--output=.build/check-asan $(CHECK_LIMITS)

check-valgrind:
	.ci/install-packages build check server
	.ci/run-as check
	server="$(MEMORY_SERVER)" && source="$(CORE_SOURCE)" && \
		$(MAKE) stage STAGE=.build/stage-valgrind PG_CONFIG="$$server" && \
		regress/sanitized_server.sh valgrind --pg-config="$$(cat .build/stage-valgrind/pg_config.path)" --source="$$source" && \
		PG_CONFIG="$$server" regress/check_valgrind.sh --pg-config="$$(cat .build/stage-valgrind/pg_config.path)" $(CHECK_LIMITS)

# MAJORS="17 18": there, in Debian suites.
check-packages:
	.ci/install-packages build package $(if $(MAJORS),matrix)
	.ci/run-as check
	$(if $(MAJORS),PG_CONFIG='$(PG_CONFIG)' .ci/matrix --target=check-packages $(MAJORS),regress/packages.sh)

# A scale that shows the effect in about a minute; what is wrong with it is said first.
demo: scale = $(if $(SCALE),$(SCALE),0.2)
demo:
	bench/demo.sh check --scale="$(scale)"
	.ci/quietly .demo/build.log "installing what the build lacks" .ci/install-packages build demo
	.ci/run-as check
	+.ci/quietly .demo/build.log "building" $(MAKE) PG_CONFIG='$(PG_CONFIG)' stage STAGE=.demo/stage
	bench/demo.sh start --scale="$(scale)"

endif

demo-stop:
	$(if $(wildcard .copy/.demo),.copy/)bench/demo.sh stop

# Archives for PGXN and RPM, of the commit.
dist:
	.ci/dist

lint:
	.ci/install-packages build lint
	$(BUILD) all
	.ci/lint

# Not elsewhere: results are kept in bench/results, with the commit.
bench bench-smoke:
	.ci/run-as check
	.ci/install-packages build
	$(BUILD) stage STAGE=.build/stage
	bench/run.sh $(if $(filter bench-smoke,$@),--smoke)

clean:
	.ci/elsewhere remove
	rm -rf .build .check bingo_tune.so libbingo_tune.* $(TOOLS)
	rm -f extension/*.o extension/*.d extension/*/*.o extension/*/*.d tools/*.o tools/*.d tools/*/*.o tools/*/*.d
	rm -rf regress/results regress/output_iso regress/tmp_check tmp_check output_iso

# A build target named beside a workflow target.
$(filter-out $(WORKFLOW),$(MAKECMDGOALS)):
	$(BUILD) $@

else
# ============================= build targets ==============================

SERVER_VERSION := $(shell $(PG_CONFIG) --version 2>/dev/null)
SERVER_MAJOR := $(shell echo '$(SERVER_VERSION)' | sed -n 's/^PostgreSQL \([0-9][0-9]*\).*/\1/p')
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
# One says nothing about the other: Debian ships PGXS with the client.
MISSING := $(strip $(foreach file,$(PGXS) $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)/postgres.h,$(if $(wildcard $(file)),,$(file))))

ifeq ($(SERVER_MAJOR),)
$(error "$(PG_CONFIG)" is not a working pg_config; type "make packages" to install what the build needs, or name another with PG_CONFIG=/path/to/pg_config)
endif
ifneq ($(shell test $(SERVER_MAJOR) -ge 15 || echo old),)
$(error bingo_tune needs PostgreSQL 15 or later, but "$(PG_CONFIG)" belongs to $(SERVER_VERSION); name another with PG_CONFIG=/path/to/pg_config)
endif
ifneq ($(MISSING),)
$(error the server headers of $(SERVER_VERSION) are missing ($(firstword $(MISSING)) does not exist); type "make packages", or install postgresql-server-dev-$(SERVER_MAJOR))
endif

MODULE_big = bingo_tune
EXTENSION = extension/bingo_tune
OBJS = $(EXTENSION_OBJECTS)
DATA = $(wildcard sql/bingo_tune--*.sql)
PGFILEDESC = "bingo_tune - indexes, orderings and timing for an application that cannot be changed"

# "make WERROR=" lets a compiler that knows more warnings finish.
WERROR ?= -Werror
PG_CPPFLAGS = -Iextension
PG_CFLAGS = $(WERROR) -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers

# installcheck: the tests against the server that PGPORT, PGHOST ... name; it must
# run with regress/bingo_tune.conf.  ("make check" needs no server.)
REGRESS = $(patsubst regress/sql/%.sql,%,$(wildcard regress/sql/*.sql))
ISOLATION = $(patsubst regress/specs/%.spec,%,$(wildcard regress/specs/*.spec))
TAP_TESTS = $(if $(wildcard regress/t/*.pl),1)
# Without these two, pg_regress would take our top-level sql/ for the tests.
REGRESS_OPTS = --inputdir=regress --outputdir=.check/installcheck/regress
ISOLATION_OPTS = --inputdir=regress --outputdir=.check/installcheck/isolation
REGRESS_PREP = installcheck-output
PROVE_TESTS = regress/t/*.pl
PROVE_FLAGS = -I $(top_srcdir)/src/test/perl -I regress/t

# Bitcode would only let the JIT inline these functions; none is called from expressions.
override with_llvm = no

include $(PGXS)

# INSTALL_TOOLS=no: only what belongs to one server version.
INSTALL_TOOLS ?= yes
ifeq ($(INSTALL_TOOLS),yes)
all: $(TOOLS)
install: install-tools
endif

# Objects are made again when the server or the flags change.
BUILD_ID = $(SERVER_VERSION) $(CC) $(CFLAGS) $(CPPFLAGS) $(datadir)
BUILD_ID_FILE = .build/id
$(shell mkdir -p .build; echo "$(BUILD_ID)" | cmp -s - $(BUILD_ID_FILE) || echo "$(BUILD_ID)" >$(BUILD_ID_FILE))

# The server's makefiles say ".SECONDARY:", that a missing object need not be made for its own
# sake: the object of a new source file that is older than the library would be left out.
missing = $(if $(filter-out $(wildcard $(1)),$(1)),objects-missing)
.PHONY: objects-missing
bingo_tune$(DLSUFFIX): $(call missing,$(OBJS))

$(OBJS): %.o: %.c $(BUILD_ID_FILE)
	@echo "  CC    $<"
	$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# The tools are plain libpq programs: no server header, never the server's $(LIBS).
VERSION := $(shell sed -n 's/^\t"version": "\(.*\)",/\1/p' META.json)
TOOL_OBJECTS = $(patsubst %.c,%.o,$(wildcard tools/*.c tools/*/*.c))
TOOL_CFLAGS = -O2 -g -std=gnu11 -Wall -Wextra $(WERROR) -Wno-unused-parameter
TOOL_COMMON = $(patsubst %.c,%.o,$(wildcard tools/*.c))
TOOL_LIBS_bench = -lcjson

$(TOOL_OBJECTS): %.o: %.c $(BUILD_ID_FILE)
	@echo "  CC    $<"
	$(CC) $(TOOL_CFLAGS) $(COPT) -Itools -Iextension -I$(includedir) -MMD -MP -c -o $@ $<

# What messages name: workloads to try, and what monitoring wants.
SHARE = $(datadir)/bingo_tune
SHARED_WORKLOADS = $(wildcard bench/workloads/*)
SHARED_MONITORING = $(wildcard bench/monitoring/*.yaml bench/monitoring/*.yml bench/monitoring/*.json)
SHARED = bench/shop.sql bench/shop_orders.sql

tools/options.o: META.json
tools/options.o: TOOL_CFLAGS += -DBINGO_VERSION='"$(VERSION)"' -DBINGO_SHARE='"$(SHARE)"'

$(TOOLS): $(call missing,$(TOOL_OBJECTS))

tool_objects = $(filter tools/$(1)/%,$(TOOL_OBJECTS))
.SECONDEXPANSION:
$(TOOLS): tools/bingo_%: $$(call tool_objects,$$*) $(TOOL_COMMON)
	@echo "  LD    $@"
	$(CC) $(TOOL_CFLAGS) $(COPT) $(TOOL_LDFLAGS) -o $@ $(filter %.o,$^) $(libpq) $(TOOL_LIBS_$*) -lpthread -lm

# Their manual pages say what --help says.
MANPAGES = $(TOOL_NAMES:%=.build/man/bingo_%.1)

$(MANPAGES): .build/man/%.1: tools/% tools/manpage.pl META.json
	@mkdir -p $(@D)
	tools/manpage.pl $< $(VERSION) >$@.new
	mv $@.new $@

-include $(wildcard extension/*.d extension/*/*.d tools/*.d tools/*/*.d)

.PHONY: install-tools installcheck-output
install-tools: $(TOOLS) $(MANPAGES)
	$(MKDIR_P) '$(DESTDIR)$(bindir)' '$(DESTDIR)$(mandir)/man1' '$(DESTDIR)$(SHARE)/workloads' '$(DESTDIR)$(SHARE)/monitoring'
	$(INSTALL_PROGRAM) $(TOOLS) '$(DESTDIR)$(bindir)/'
	$(INSTALL_DATA) $(MANPAGES) '$(DESTDIR)$(mandir)/man1/'
	$(INSTALL_DATA) $(SHARED_WORKLOADS) '$(DESTDIR)$(SHARE)/workloads/'
	$(INSTALL_DATA) $(SHARED_MONITORING) '$(DESTDIR)$(SHARE)/monitoring/'
	$(INSTALL_DATA) $(SHARED) '$(DESTDIR)$(SHARE)/'
	$(if $(DESTDIR),,@printf '%s\n' 'The tools are in $(bindir). This shows their manual pages (man is in the package man-db):' '    man -M $(mandir) bingo_bench')

uninstall: uninstall-tools
.PHONY: uninstall-tools
uninstall-tools:
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/,$(notdir $(TOOLS)))
	rm -f $(addprefix '$(DESTDIR)$(mandir)/man1'/,$(notdir $(MANPAGES)))
	rm -rf '$(DESTDIR)$(SHARE)'

installcheck: export PATH := $(CURDIR)/tools:$(PATH)
installcheck: all
installcheck-output:
	mkdir -p .check/installcheck/regress .check/installcheck/isolation

# A private copy of the server's installation with bingo_tune in it: the tests and
# the demo run from there, the system's installation is never touched.  postgres
# and pg_config find their files relative to themselves, so a copy is enough.
# Relative, so that a clone below a folder with spaces in its name works.
STAGE = .build/stage
.PHONY: stage
stage: all
	umask 022; \
	if [ "$$(cat $(STAGE)/version 2>/dev/null)" != '$(SERVER_VERSION) $(bindir)' ]; then rm -rf $(STAGE); fi; \
	for dir in '$(bindir)' '$(pkglibdir)' '$(datadir)'; do \
		mkdir -p "$(STAGE)$$dir" && cp -au "$$dir/." "$(STAGE)$$dir" || exit 1; \
	done; \
	$(MAKE) install DESTDIR=$(STAGE) && \
	echo '$(SERVER_VERSION) $(bindir)' >$(STAGE)/version && \
	echo "$$(pwd -P)/$(STAGE)$(bindir)/pg_config" >$(STAGE)/pg_config.path

endif
