# kroles, built with PGXS. (GNU make reads GNUmakefile first, which hands most targets to this file.)

EXTENSION  = kroles
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" kroles.control)
MODULE_big = kroles
OBJS       = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
DATA_built = kroles--$(EXTVERSION).sql
# upgrade scripts, and the base scripts of earlier releases
DATA       = $(filter-out $(DATA_built),$(sort $(wildcard kroles--*.sql)))
REGRESS    = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))

# PostgreSQL's own headers and macros are not clean under all of -Wextra; and clang does not know all of gcc's options.
PG_CPPFLAGS = -Isrc -DKROLES_VERSION='"$(EXTVERSION)"'
# (calls from one of our files to another go straight there)
SHLIB_LINK = -lcrypto -Wl,-Bsymbolic-functions
PG_CFLAGS   = -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
    -Wno-cast-function-type $(if $(findstring clang,$(shell $(CC) --version)),\
    -Wno-unknown-warning-option -Wno-ignored-optimization-argument -Wno-ignored-attributes)

EXTRA_CLEAN = build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)

# A PostgreSQL with LLVM wants bitcode too; that is left out where the very clang it was built with is not installed.
CLANG := $(shell sed -n 's/^CLANG *= *//p' $(dir $(PGXS))../Makefile.global)
ifeq ($(shell command -v $(CLANG)),)
override with_llvm := no
endif

include $(PGXS)

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h)
src/store/version.o src/store/version.bc: kroles.control

# The body of kroles.make_tables() comes before what calls it.
PIECES := $(sort $(wildcard src/sql/[0-8]*.sql)) $(sort $(wildcard src/sql/tables/*.sql)) $(sort $(wildcard src/sql/9*.sql))
$(DATA_built): $(PIECES) kroles.control
	sed 's/@version@/$(EXTVERSION)/g' $(PIECES) >$@.new
	mv $@.new $@

# A server that "test/server start" left running would be lost with its note in build/.
clean: stop-server
.PHONY: stop-server
stop-server:
	@test/server stop
