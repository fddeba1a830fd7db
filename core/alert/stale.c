/* SPDX-License-Identifier: MIT
 *
 * Sources that are silent by the clock. A source that has sent in some rhythm and then stays away
 * for more than two of its usual gaps and six hours is one finding, panji/data_stale, and not one
 * for each place that it speaks of. What plugins say of days of data goes on: their time stands
 * still while nothing comes, which is just what nobody would notice without this. */
#include <stdio.h>

#include "base/json.h"
#include "engine_int.h"

enum {
    SOURCES_MAX = 256,
    GAPS = 20,         /* so many of the last make the rhythm */
    SENDINGS_MIN = 5,  /* fewer are no rhythm */
    HOUR_MS = 3600000, /* batches closer together are one sending */
    GRACE_MS = 6 * HOUR_MS
};

struct rhythm {
    int32_t source;
    size_t n;             /* sendings, the last GAPS + 1 of them in at[] */
    int64_t at[GAPS + 1]; /* wall clock, in a ring */
};

static struct rhythm *rhythm_of(struct rhythm *all, size_t *n, int32_t source)
{
    for (size_t i = 0; i < *n; i++)
        if (all[i].source == source)
            return &all[i];
    if (*n == SOURCES_MAX)
        return NULL;
    all[*n] = (struct rhythm){.source = source};
    return &all[(*n)++];
}

static int64_t last_of(const struct rhythm *r)
{
    return r->at[(r->n - 1) % (GAPS + 1)];
}

static void note(struct rhythm *r, int64_t at_ms)
{
    if (r->n > 0 && at_ms - last_of(r) < HOUR_MS)
        r->n--; /* the same sending goes on */
    r->at[r->n++ % (GAPS + 1)] = at_ms;
}

/* How long the source may be silent; 0: nobody knows. */
static int64_t patience(const struct rhythm *r)
{
    if (r->n < SENDINGS_MIN)
        return 0;
    size_t gaps = r->n - 1 < GAPS ? r->n - 1 : GAPS;
    int64_t first = r->at[(r->n - 1 - gaps) % (GAPS + 1)];
    return 2 * ((last_of(r) - first) / (int64_t)gaps) + GRACE_MS;
}

static int key_of(struct evaluation *ev, struct str source, struct str *out, struct err *err)
{
    struct buf b;
    struct json j;
    buf_init(&b, MEM_ALERT);
    json_init(&j, &b);
    json_object(&j);
    json_put_str(&j, "source", source);
    json_object_end(&j);
    *out = str_copy(&ev->mem, buf_view(&b));
    bool failed = b.failed || out->p == NULL;
    buf_fini(&b);
    return failed ? err_set(err, ERR_MEM, "no memory for alerts") : 0;
}

static int judge(struct evaluation *ev, const struct rhythm *r, struct err *err)
{
    char en[512];
    char hi[1024];
    struct str key;
    struct str source = dict_get(ev->snap->dict[ATTR_SOURCE], r->source);
    int64_t silent = ev->now_ms - last_of(r);
    int64_t allowed = patience(r);
    TRY(key_of(ev, source, &key, err));
    if (allowed == 0 || silent <= allowed)
        return system_finding(ev, "data_stale", key, NULL, NULL, err);
    snprintf(en, sizeof en,
             "Source %.*s has sent nothing for %lld hours; it used to send every %lld hours",
             STR_ARG(source), (long long)(silent / HOUR_MS),
             (long long)((allowed - GRACE_MS) / 2 / HOUR_MS));
    snprintf(hi, sizeof hi,
             "स्रोत %.*s ने %lld घंटे से कुछ नहीं भेजा; "
             "सामान्यतः हर %lld घंटे में भेजता है",
             STR_ARG(source), (long long)(silent / HOUR_MS),
             (long long)((allowed - GRACE_MS) / 2 / HOUR_MS));
    return system_finding(ev, "data_stale", key, en, hi, err);
}

int stale_find(struct evaluation *ev, struct err *err)
{
    struct rhythm *all = ARENA_ARRAY(&ev->mem, struct rhythm, SOURCES_MAX);
    size_t n = 0;
    int rc = 0;
    if (all == NULL)
        return err_set(err, ERR_MEM, "no memory for alerts");
    for (size_t i = 0; i < ev->snap->batch_count; i++) {
        struct rhythm *r = rhythm_of(all, &n, ev->snap->batch[i].source);
        if (r != NULL)
            note(r, ev->snap->batch[i].received_ms);
    }
    pthread_mutex_lock(&ev->e->lock);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = judge(ev, &all[i], err);
    pthread_mutex_unlock(&ev->e->lock);
    return rc;
}
