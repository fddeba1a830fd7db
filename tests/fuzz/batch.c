/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a batch of registrations, CSV or NDJSON, packed or not, checked against a real
 * store. The first line says how ("s": on_error=skip, "c": a correction, "m": with a mapping, "w":
 * written, not a dry run); the rest is the file. How it was cut into pieces changes nothing, and
 * what is taken adds up. */
#include "world.h"

struct told {
    int rc;
    size_t errors;
    struct batch_result result;
};

static const char fuzz_mapping[] = "column: din = date\nsector: kheti = Agriculture\n"
                                   "constant: state = 20\n";

static struct batch_options options(struct str how, struct mapping **m)
{
    struct batch_options o = world_options("fuzz", "");
    o.dry_run = memchr(how.p, 'w', how.n) == NULL;
    o.correction = memchr(how.p, 'c', how.n) != NULL;
    o.on_error = memchr(how.p, 's', how.n) ? ON_ERROR_SKIP : ON_ERROR_REJECT;
    if (memchr(how.p, 'm', how.n) != NULL) {
        ASSERT(mapping_parse(str_of(fuzz_mapping), m, NULL) == 0);
        o.mapping = *m;
    }
    return o;
}

static void check_errors(const struct batch *b, size_t *total)
{
    size_t listed;
    struct buf json;
    const struct batch_error *e = batch_errors(b, &listed, total);
    ASSERT(listed <= *total && listed <= IMPORT_ERRORS_MAX);
    for (size_t i = 0; i < listed; i++) {
        ASSERT(e[i].line >= 1 && e[i].reason[0] != '\0');
        ASSERT(utf8_check(str_of(e[i].value)) == strlen(e[i].value));
        ASSERT(utf8_check(str_of(e[i].reason)) == strlen(e[i].reason));
        ASSERT(utf8_check(str_of(e[i].near)) == strlen(e[i].near));
    }
    buf_init(&json, MEM_INGEST);
    batch_result_json(b, &(struct batch_result){.id = "x"}, &json);
    ASSERT(!json.failed && utf8_check(buf_view(&json)) == json.n);
    buf_fini(&json);
}

static struct told import(struct world *w, const struct batch_options *o, struct str text,
                          size_t step)
{
    struct told t = {.rc = 0};
    struct batch *b = NULL;
    struct err err = {0};
    ASSERT(batch_new(w->store, w->cell, o, &b, &err) == 0);
    for (size_t at = 0; t.rc == 0 && at < text.n; at += step)
        t.rc = batch_push(b, text.p + at, text.n - at < step ? text.n - at : step, &err);
    if (t.rc == 0)
        t.rc = batch_end(b, &t.result, &err);
    if (t.rc < 0)
        fuzz_check_error(t.rc, &err);
    check_errors(b, &t.errors);
    batch_free(b);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct world *w = fuzz_world_get();
    struct mapping *m = NULL;
    const char *nl = memchr(p, '\n', n);
    if (nl == NULL)
        return 0;
    struct str how = {(const char *)p, (size_t)(nl - (const char *)p)};
    struct str text = {nl + 1, n - how.n - 1};
    struct batch_options o = options(how, &m);
    int64_t before = world_registrations(w);
    struct told whole = import(w, &o, text, text.n ? text.n : 1);
    int64_t after = world_registrations(w);
    bool counted = whole.rc == 0 && !o.dry_run && !whole.result.duplicate;
    ASSERT(after == before + (counted ? whole.result.registrations : 0));
    struct told cut = import(w, &o, text, 1 + n % 90);
    ASSERT(cut.rc == whole.rc &&
           (whole.rc < 0 || cut.errors == whole.errors || cut.result.duplicate));
    ASSERT(cut.rc < 0 || cut.result.accepted == whole.result.accepted);
    ASSERT(cut.rc < 0 || cut.result.registrations == whole.result.registrations);
    ASSERT(world_registrations(w) == after);
    mapping_free(m);
    return 0;
}
