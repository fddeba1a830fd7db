# Panji. `make run` serves the demonstration, `make test` runs what a change must pass.
#
# Settings: MODE=release|asan|tsan, CC, BUILD (where everything goes), WERROR=1.
MODE ?= release
CC ?= gcc
BUILD ?= build$(if $(filter-out release,$(MODE)),/$(MODE))
ROOMS := base data store ingest query script alert net main

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wwrite-strings -Wconversion -Wsign-conversion \
	-Wdouble-promotion -Wformat=2 -Wcast-qual -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wimplicit-fallthrough -Wswitch-enum \
	-Wnull-dereference $(if $(WERROR),-Werror)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
FLAGS_release := -O2 -g $(HARDEN) -DUSE_JEMALLOC
FLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -g -fsanitize=thread
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_asan := -fsanitize=address,undefined
LINK_tsan := -fsanitize=thread
LIBS := -lmicrohttpd -lsqlite3 -llua5.4 -lcurl -lsodium $(if $(filter release,$(MODE)),-ljemalloc) -lm -lpthread

CFLAGS += -std=c11 -D_GNU_SOURCE -fno-common $(WARN) $(FLAGS_$(MODE)) -Iinclude -isystem /usr/include/lua5.4
lib = $(BUILD)/lib$(1).a
below = $(foreach r,$(ROOMS),$(r) $(if $(filter $(1),$(r)),STOP))
upto = $(call take,$(call below,$(1)))
take = $(if $(filter STOP,$(firstword $(1))),,$(if $(1),$(firstword $(1)) $(call take,$(wordlist 2,$(words $(1)),$(1)))))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
libs_upto = $(foreach r,$(call reverse,$(call upto,$(1))),$(call lib,$(r)))

.PHONY: all unit clean
.SECONDARY:
.DELETE_ON_ERROR:
all: $(BUILD)/panji

$(BUILD)/panji: $(foreach r,$(call reverse,$(ROOMS)),$(call lib,$(r)))
	$(CC) $(CFLAGS) $(LINK_$(MODE)) -o $@ $(BUILD)/core/main/main.o $^ $(LIBS)

define room_rules
objs_$(1) := $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard core/$(1)/*.c))
$(call lib,$(1)): $$(objs_$(1))
	@rm -f $$@
	@ar rcs $$@ $$^
tests_$(1) := $$(patsubst tests/unit/%.c,$(BUILD)/unit/%,$$(wildcard tests/unit/$(1)/*_test.c))
$(BUILD)/unit/$(1)/%: tests/unit/$(1)/%.c $(call libs_upto,$(1))
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) $(LINK_$(MODE)) -MMD -MP -Itests/unit -o $$@ $$< $(call libs_upto,$(1)) -lcmocka $(LIBS)
.PHONY: unit-$(1)
unit-$(1): $$(tests_$(1))
	@for t in $$^; do echo "== $$$$t"; ./$$$$t || exit 1; done
unit: unit-$(1)
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
