# Panji. `make run` serves the demonstration, `make test` runs what a change must pass, `make help`
# lists the rest.
#
# Settings: MODE=release|asan|tsan|fuzz, CC, BUILD (where everything goes), WERROR=1, V=1 (whole
# commands), JOBS, PREFIX, SYSCONFDIR, DESTDIR, ROWS (of bench-peers, bench-imports), FUZZ (one of
# tests/fuzz, else all), FUZZ_SECONDS (for each), SOAK_SECONDS, BENCH_ROWS.
MODE ?= release
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(MODE)),clang,gcc)
endif
BUILD ?= build$(if $(filter-out release,$(MODE)),/$(MODE))
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
ROWS ?= 10000000
BENCH_ROWS ?= 1000000
ROOMS := base data store ingest query script alert net main

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wwrite-strings -Wconversion -Wsign-conversion \
	-Wdouble-promotion -Wformat=2 -Wcast-qual -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wimplicit-fallthrough -Wswitch-enum \
	-Wnull-dereference $(if $(WERROR),-Werror)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
FLAGS_release := -O2 -g $(HARDEN) -DUSE_JEMALLOC
FLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_fuzz := $(FLAGS_asan) -fsanitize=fuzzer-no-link
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_asan := -fsanitize=address,undefined
LINK_tsan := -fsanitize=thread
LINK_fuzz := $(LINK_asan) -fsanitize=fuzzer
LIBS := -lmicrohttpd -lgnutls -lsqlite3 -llua5.4 -lcurl -lsodium -lzstd -lz -lutf8proc -ledit -lxlsxwriter \
	$(if $(filter release,$(MODE)),-ljemalloc) -lm -lpthread

CFLAGS += -std=c11 -D_GNU_SOURCE -fno-common $(WARN) $(FLAGS_$(MODE)) -Iinclude -isystem /usr/include/lua5.4
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-5s %s\n' $(1) $@;)
lib = $(BUILD)/lib$(1).a
below = $(foreach r,$(ROOMS),$(r) $(if $(filter $(1),$(r)),STOP))
upto = $(call take,$(call below,$(1)))
take = $(if $(filter STOP,$(firstword $(1))),,$(if $(1),$(firstword $(1)) $(call take,$(wordlist 2,$(words $(1)),$(1)))))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
libs_upto = $(foreach r,$(call reverse,$(call upto,$(1))),$(call lib,$(r)))

.PHONY: all attack bench-listeners dashboard dashboard-test screenshots lighthouse help setup built run demo test tests-built \
	unit fuzz fuzz-built soak tidy format bench \
	bench-growth bench-mixed bench-peers bench-imports bench-clickhouse bench-dirty install uninstall \
	check-asan check-tsan clean
.SECONDARY:
.DELETE_ON_ERROR:
all: $(BUILD)/panji ## the program (the default)

# One folder for all builds: the server finds it beside itself or one above.
DASHBOARD := plugins/dashboard
dashboard: build/dashboard/index.html ## the pages for the browser, in build/dashboard
build/dashboard/index.html: $(DASHBOARD)/node_modules/.package-lock.json $(DASHBOARD)/build.mjs \
		$(DASHBOARD)/tsconfig.json $(shell find $(DASHBOARD)/src $(DASHBOARD)/static -type f)
	$(call say,TSC) cd $(DASHBOARD) && node_modules/.bin/tsc
	@node $(DASHBOARD)/build.mjs build/dashboard
$(DASHBOARD)/node_modules/.package-lock.json: $(DASHBOARD)/package-lock.json
	npm ci --silent --ignore-scripts --prefix $(DASHBOARD)
	@touch $@

$(BUILD)/panji: $(foreach r,$(call reverse,$(ROOMS)),$(call lib,$(r)))
	$(call say,LINK) $(CC) $(CFLAGS) $(LINK_$(MODE)) -o $@ $(BUILD)/core/main/main.o $^ $(LIBS)

define room_rules
objs_$(1) := $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard core/$(1)/*.c))
$(call lib,$(1)): $$(objs_$(1))
	@rm -f $$@
	@ar rcs $$@ $$^
tests_$(1) := $$(patsubst tests/unit/%.c,$(BUILD)/unit/%,$$(wildcard tests/unit/$(1)/*_test.c))
$(BUILD)/unit/$(1)/%: tests/unit/$(1)/%.c $(call libs_upto,$(1))
	@mkdir -p $$(@D)
	$$(call say,TEST) $(CC) $(CFLAGS) $(LINK_$(MODE)) -MMD -MP -Itests/unit -o $$@ $$< $(call libs_upto,$(1)) -lcmocka $(LIBS)
.PHONY: unit-$(1)
unit-$(1): $$(tests_$(1))
	@for t in $$^; do echo "== $$$$t"; ./$$$$t || exit 1; done
unit: unit-$(1)
unit_tests += $$(tests_$(1))
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# Runs tests/query/*.test: query, expected table or error.
$(BUILD)/query_test: tests/query/run.c $(call libs_upto,query)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LINK_$(MODE)) -MMD -MP -o $@ $< $(call libs_upto,query) $(LIBS)

# Asks random questions in two ways each.
$(BUILD)/query_selfcheck: tests/query/selfcheck.c $(call libs_upto,query)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LINK_$(MODE)) -MMD -MP -Itests/unit -o $@ $< $(call libs_upto,query) -lcmocka $(LIBS)

# A fuzz target: with libFuzzer where MODE=fuzz, else with a driver of our own.
fuzz_targets := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out %/driver.c,$(wildcard tests/fuzz/*.c)))
$(BUILD)/fuzz/%: tests/fuzz/%.c $(if $(filter fuzz,$(MODE)),,$(BUILD)/tests/fuzz/driver.o) $(call libs_upto,net)
	@mkdir -p $(@D)
	$(call say,FUZZ) $(CC) $(CFLAGS) $(LINK_$(MODE)) -MMD -MP -Itests/unit -Itests/fuzz -o $@ $(filter %.c %.o,$^) $(call libs_upto,net) -lcmocka $(LIBS)
$(BUILD)/tests/fuzz/%.o: CFLAGS += -Itests/fuzz
fuzz-built: $(fuzz_targets)

help: ## this list
	@sed -n 's/^\([a-z -]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

setup:
	@scripts/setup

built: setup
	@$(MAKE) --no-print-directory -j$(JOBS) all dashboard

run: demo ## install what is missing, build, serve the demonstration on 127.0.0.1:8090
	exec $(BUILD)/panji serve --data $(BUILD)/demo --plugins plugins

demo: built ## the demonstration data, in build/demo
	@scripts/demo $(BUILD)/demo $(BUILD)/panji

test: setup ## all that a change must pass
	@scripts/test

tests-built: all fuzz-built $(unit_tests) $(BUILD)/query_test $(BUILD)/query_selfcheck

unit: ## the unit tests of all rooms (unit-base, unit-data, ...: of one)

dashboard-test: built ## the dashboard in Chromium (ONLY=words of a test)
	$(DASHBOARD)/test/run.mjs $(BUILD)/panji $(ONLY)

screenshots: built ## each page of the dashboard, in build/screenshots
	node $(DASHBOARD)/test/screenshots.mjs $(BUILD)/panji build/screenshots

LIGHTHOUSE := $(DASHBOARD)/lighthouse/node_modules/.package-lock.json
lighthouse: built $(LIGHTHOUSE) ## Lighthouse over the dashboard: 95 at least in each category
	node $(DASHBOARD)/lighthouse/run.mjs $(BUILD)/panji

$(LIGHTHOUSE): $(DASHBOARD)/lighthouse/package-lock.json
	npm ci --silent --ignore-scripts --prefix $(DASHBOARD)/lighthouse
	@touch $@

fuzz: ## coverage-guided fuzzing of each target in tests/fuzz (FUZZ=target, FUZZ_SECONDS=60)
	@scripts/setup clang libclang-rt-14-dev
	@scripts/fuzz $(FUZZ)

soak: setup ## what finds the rare: the kill loop for an hour, random queries, fuzzing (SOAK_SECONDS=3600)
	@scripts/setup clang libclang-rt-14-dev
	@scripts/soak

tidy: ## what a machine can see in the sources
	@scripts/tidy

format: ## clang-format on all C
	@find core include tests -name '*.[ch]' -exec clang-format -i {} +

bench: built $(BUILD)/bare-http ## the benchmark suite (BENCH_ROWS=1000000)
	$(BUILD)/panji bench --rows $(BENCH_ROWS)

bench-listeners: built ## 5,000 clients that listen to events: how soon each is told
	tests/e2e/listeners.py $(BUILD)/panji

attack: built ## a mixed attack beside a client that behaves (ATTACK_SECONDS=600)
	tests/e2e/attack.py $(BUILD)/panji $(or $(ATTACK_SECONDS),600)

bench-growth: built ## the questions at 1, 10, 100 and 310 million rows, kept in build/growth
	$(BUILD)/panji bench growth --data $(BUILD)/growth

bench-mixed: built ## queries while batches arrive, over HTTP (BENCH_ROWS=1000000)
	$(BUILD)/panji bench mixed --rows $(BENCH_ROWS)

# libmicrohttpd without Panji, for `make bench`.
$(BUILD)/bare-http: scripts/bench/bare.c
	$(call say,LINK) $(CC) $(CFLAGS) $(LINK_$(MODE)) -o $@ $< -lmicrohttpd

# The questions of the benchmark, compiled in: lines as texts of C.
$(BUILD)/questions.inc: scripts/bench/questions.txt
	@mkdir -p $(@D)
	@sed 's/["\\]/\\&/g; s/.*/    "&",/' $< > $@
$(BUILD)/core/main/bench_ask.o: $(BUILD)/questions.inc
$(BUILD)/core/main/bench_ask.o: CFLAGS += -I$(BUILD)

PEERS := scripts/bench/node_modules/.package-lock.json
bench-peers: built $(PEERS) ## beside ClickHouse and DuckDB: same rows, same questions (ROWS=10000000)
	node scripts/bench/peers.mjs --rows $(ROWS) --panji $(BUILD)/panji

bench-imports: built $(PEERS) ## the same for the import of a CSV file
	node scripts/bench/imports.mjs --rows $(ROWS) --panji $(BUILD)/panji

bench-clickhouse: built ## the questions here and through ClickHouse, side by side (ROWS=10000000)
	@scripts/bench/remote.py $(BUILD)/panji --rows $(ROWS)

bench-dirty: built ## a dirty file beside its clean twin: each fault told, both times (BENCH_ROWS=1000000)
	tests/e2e/dirty.py $(BUILD)/panji --rows $(BENCH_ROWS)

$(PEERS): scripts/bench/package-lock.json
	@command -v npm >/dev/null || scripts/setup nodejs npm
	npm ci --prefix scripts/bench
	@touch $@

share := $(DESTDIR)$(PREFIX)/share
unit := $(DESTDIR)$(PREFIX)/lib/systemd/system/panji.service
conf := $(DESTDIR)$(SYSCONFDIR)/panji/panji.lua
install: all dashboard ## into PREFIX (/usr/local) and SYSCONFDIR (/etc): program, plugins, service, manual
	install -D -m 755 $(BUILD)/panji $(DESTDIR)$(PREFIX)/bin/panji
	cd build/dashboard && find . -type f -exec install -D -m 644 {} $(abspath $(share)/panji/dashboard)/{} \;
	cd plugins && find . -path ./dashboard -prune -o -type f -exec install -D -m 644 {} $(abspath $(share)/panji/plugins)/{} \;
	install -d $(share)/man/man1 $(share)/bash-completion/completions $(dir $(unit)) $(dir $(conf))
	$(BUILD)/panji --man > $(share)/man/man1/panji.1
	$(BUILD)/panji --completion > $(share)/bash-completion/completions/panji
	sed 's|@bindir@|$(PREFIX)/bin|; s|@confdir@|$(SYSCONFDIR)/panji|' scripts/package/panji.service > $(unit)
	install -D -m 644 -t $(share)/doc/panji README.md LICENSE
	install -D -m 644 -t $(share)/doc/panji/examples scripts/package/panji.lua scripts/*.yml scripts/grafana.json
	[ -e $(conf) ] || install -m 644 scripts/package/panji.lua $(conf)

uninstall: ## takes away what install put there; the configuration and the data stay
	rm -rf $(share)/panji $(share)/doc/panji
	rm -f $(DESTDIR)$(PREFIX)/bin/panji $(share)/man/man1/panji.1 $(share)/bash-completion/completions/panji $(unit)

check-asan check-tsan: setup ## the unit tests under the address or the thread sanitizer
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=$(@:check-%=%) WERROR=1 tests-built
	@$(MAKE) --no-print-directory MODE=$(@:check-%=%) WERROR=1 unit

clean: ## removes build/, the demonstration data in it too
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
