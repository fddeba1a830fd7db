/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: lines of NDJSON. What is read is the same wherever the memory ends, lies in the line
 * or the scratch, is told with places in the line; and, written anew, is read as the same. */
#include "fuzz.h"

#include "../../core/ingest/ndjson.h"
#include "base/json.h"

static bool within(struct str s, const char *from, size_t n)
{
    return s.n == 0 || (s.p >= from && s.p + s.n <= from + n);
}

static void write_member(struct json *j, const struct ndjson_member *m)
{
    json_key_str(j, m->key);
    if (m->kind == NDJSON_TEXT) {
        json_str(j, m->value);
        return;
    }
    j->after_key = false;
    buf_str(j->out, m->kind == NDJSON_NULL ? STR("null") : m->value);
}

/* Reads the line, with `more` bytes of other memory behind it, and writes it anew. False: it has a
 * fault. */
static bool read_line(struct str in, size_t more, struct buf *out, size_t *fault_at)
{
    char *line = malloc(in.n + more + 1);
    char *scratch = malloc(in.n + 1);
    struct ndjson j;
    struct ndjson_member m;
    struct json w;
    memcpy(line, in.p, in.n);
    memset(line + in.n, '"', more);
    json_init(&w, out);
    json_object(&w);
    ndjson_open(&j, line, in.n, line + in.n + more, scratch);
    while (ndjson_next(&j, &m)) {
        ASSERT(m.at <= in.n);
        ASSERT(within(m.key, line, in.n) || within(m.key, scratch, in.n));
        ASSERT(m.moved ? within(m.value, scratch, in.n) : within(m.value, line, in.n));
        ASSERT(m.kind != NDJSON_NULL || m.value.n == 0);
        write_member(&w, &m);
    }
    json_object_end(&w);
    *fault_at = j.fault_at;
    bool good = j.fault == NULL;
    if (!good)
        ASSERT(j.fault_at <= in.n && within(j.fault_text, line, in.n));
    ASSERT(!ndjson_next(&j, &m));
    free(scratch);
    free(line);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str in = {(const char *)p, n};
    struct buf tight, roomy, again;
    size_t at, other;
    if (memchr(p, '\n', n) != NULL || memchr(p, '\0', n) != NULL || utf8_check(in) < n)
        return 0; /* no line: seen to before */
    buf_init(&tight, MEM_INGEST);
    buf_init(&roomy, MEM_INGEST);
    buf_init(&again, MEM_INGEST);
    bool good = read_line(in, 0, &tight, &at);
    ASSERT(read_line(in, 40, &roomy, &other) == good && other == at);
    ASSERT(str_eq(buf_view(&tight), buf_view(&roomy)));
    if (good) {
        ASSERT(read_line(buf_view(&tight), 0, &again, &at));
        ASSERT(str_eq(buf_view(&tight), buf_view(&again)));
    }
    buf_fini(&again);
    buf_fini(&roomy);
    buf_fini(&tight);
    return 0;
}
