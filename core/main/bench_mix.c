/* SPDX-License-Identifier: MIT
 *
 * A question of the list is varied by putting another code in the place of the one that stands
 * behind `district_code = ` and the like, and by its limit, so that no answer kept before fits. */
#include "bench_mix.h"

#include <stdio.h>
#include <string.h>

#include "base/httpc.h"
#include "bench_ask.h"
#include "synth.h"

enum { LIMIT_LEAST = 300000, LIMITS = 1000000, SEED = 2 };

const char *mix_name(enum mix_kind kind)
{
    static const char *const names[MIX_KINDS] = {"C, small answers", "C, thousands of rows",
                                                 "A, of one place", "A and C12, the country",
                                                 "batches"};
    return names[kind];
}

/* ---- questions ------------------------------------------------------------------------------- */

static enum mix_kind kind_of(struct str id)
{
    static const struct {
        const char *id;
        enum mix_kind kind;
    } known[] = {{"C6", MIX_TABLE},  {"C8", MIX_TABLE}, {"C10", MIX_TABLE},
                 {"C12", MIX_HEAVY}, {"A4", MIX_PLACE}, {"A9", MIX_PLACE}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eq(id, str_of(known[i].id)))
            return known[i].kind;
    return id.p[0] == 'A' ? MIX_HEAVY : MIX_CUBE;
}

/* The k-th question, in turn, of those that are heavy or those that are not. */
static struct bench_question pick(bool heavy, uint64_t k)
{
    size_t n = bench_question_count();
    size_t fit = 0;
    for (size_t i = 0; i < n; i++)
        fit += (kind_of(bench_question(i).id) == MIX_HEAVY) == heavy;
    ASSERT(fit > 0);
    k %= fit;
    for (size_t i = 0;; i++) {
        struct bench_question q = bench_question(i);
        if ((kind_of(q.id) == MIX_HEAVY) == heavy && k-- == 0)
            return q;
    }
}

static void vary(struct str text, uint32_t x, struct buf *out)
{
    static const struct {
        const char *before;
        uint32_t first, n;
    } codes[] = {{"district_code = ", 1001, SYNTH_DISTRICTS},
                 {"state_code = ", 1, SYNTH_STATES},
                 {"occupation_code = ", 1000, 13}};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        size_t n = strlen(codes[i].before);
        const char *at = memmem(text.p, text.n, codes[i].before, n);
        if (at == NULL)
            continue;
        size_t head = (size_t)(at - text.p) + n;
        size_t tail = head + strspn(at + n, "0123456789");
        buf_str(out, (struct str){text.p, head});
        buf_i64(out, codes[i].first + x % codes[i].n);
        buf_str(out, (struct str){text.p + tail, text.n - tail});
        return;
    }
    buf_str(out, text);
}

int mix_question(const void *reader, uint64_t k, struct buf *out)
{
    const struct mix_reader *r = reader;
    struct bench_question q = pick(r->heavy, k + (uint64_t)r->number * 5);
    uint64_t number = k * 64 + (uint64_t)r->number;
    struct buf text, target;
    buf_init(&text, MEM_MAIN);
    buf_init(&target, MEM_MAIN);
    vary(q.text, (uint32_t)(number * 2654435761u >> 7), &text);
    buf_cstr(&target, "/v1/query?q=");
    httpc_escape(&target, buf_view(&text));
    buf_printf(&target, "&limit=%llu", (unsigned long long)(LIMIT_LEAST + number % LIMITS));
    buf_char(&target, '\0');
    bench_client_get(out, target.p, "");
    buf_fini(&text);
    buf_fini(&target);
    return (int)kind_of(q.id);
}

/* ---- batches --------------------------------------------------------------------------------- */

int mix_writer_init(struct mix_writer *w, int64_t rows, int32_t days, struct err *err)
{
    for (uint64_t i = 0; i < MIX_TEXTS; i++) {
        buf_init(&w->text[i], MEM_MAIN);
        synth_csv_header(&w->text[i]);
        synth_csv_recent(i * (uint64_t)rows, (uint64_t)rows, SEED, days, &w->text[i]);
        TRY(buf_check(&w->text[i], err));
    }
    return 0;
}

void mix_writer_fini(struct mix_writer *w)
{
    for (size_t i = 0; i < MIX_TEXTS; i++)
        if (w->text[i].p != NULL)
            buf_fini(&w->text[i]);
}

int mix_batch(const void *writer, uint64_t k, struct buf *out)
{
    const struct mix_writer *w = writer;
    struct str text = buf_view(&w->text[k % MIX_TEXTS]);
    buf_printf(out,
               "POST /v1/registrations?source=bench HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               "Content-Type: text/csv\r\nIdempotency-Key: %s-%llu\r\nContent-Length: %zu\r\n\r\n",
               w->run, (unsigned long long)k, text.n);
    buf_str(out, text);
    return MIX_BATCH;
}

int64_t mix_acknowledged(const struct bench_reply *r)
{
    int64_t n = r->status == 201 ? bench_reply_number(r, "\"registrations\":") : 0;
    return n > 0 ? n : 0;
}
