/* SPDX-License-Identifier: MIT
 *
 * What operators see of a server: its log, and what stands in its metrics. */
#include <string.h>

#include "settings_int.h"

#define AT(type, member) offsetof(struct type, member)
#define RECORD(word, type, table, text)                                                            \
    {                                                                                              \
        .name = (word), .doc = (text), .bytes = sizeof(struct type), .field = (table),             \
        .fields = ARRAY_LEN(table)                                                                 \
    }

/* In the order of the enums that they name. */
static const char log_formats[] = "text|logfmt|json";
static const char log_levels[] = "debug|info|warn|error";
static const char log_requests[] = "notable|all|none";

enum { SLOW_MS_MAX = 3600000 };

/* Which of the words it is; `otherwise` when nothing was said. */
static int index_of(const char *list, struct str s, int otherwise)
{
    int i = 0;
    if (s.n == 0)
        return otherwise;
    for (const char *p = list; *p != '\0'; i++) {
        const char *end = strchrnul(p, '|');
        if (str_eq(s, (struct str){p, (size_t)(end - p)}))
            return i;
        p = *end != '\0' ? end + 1 : end;
    }
    return otherwise;
}

static struct str word_at(const char *list, int i)
{
    for (; i > 0; i--)
        list = strchr(list, '|') + 1;
    return (struct str){list, (size_t)(strchrnul(list, '|') - list)};
}

/* ---- log ---- */

const struct log_setting log_setting_default = {LOG_TEXT, LOG_INFO, 0, 1000};

void take_log(struct taking *t)
{
    const struct log_decl *d = &t->decl->log;
    struct log_setting *out = &t->out->log;
    out->format = (enum log_form)index_of(log_formats, d->format, (int)out->format);
    out->level = (enum log_level)index_of(log_levels, d->level, (int)out->level);
    out->requests = index_of(log_requests, d->requests, out->requests);
    if (!d->slow_ms.given)
        return;
    double ms = d->slow_ms.value;
    if (ms >= 0 && ms <= SLOW_MS_MAX && ms <= (double)(int)ms)
        out->slow_ms = (int)ms;
    else
        take_fault(t, STR("slow_ms"), "\"slow_ms\" must be a whole number from 0 (never) to %d",
                   SLOW_MS_MAX);
}

static const struct field log_fields[] = {
    {"format", FIELD_CHOICE, false, 0, AT(log_decl, format), log_formats, NULL,
     "how lines are written, \"text\" when nothing is said"},
    {"level", FIELD_CHOICE, false, 0, AT(log_decl, level), log_levels, NULL,
     "the least that is written, \"info\" when nothing is said"},
    {"requests", FIELD_CHOICE, false, 0, AT(log_decl, requests), log_requests, NULL,
     "which requests have a line: those that change something or fail, all, none"},
    {"slow_ms", FIELD_NUMBER, false, 0, AT(log_decl, slow_ms), NULL, NULL,
     "a request that takes so many milliseconds always has one; 0: never"},
};
const struct record log_record = RECORD("log", log_decl, log_fields, "What stands in the log.");

/* ---- metrics ---- */

void take_metrics(struct taking *t)
{
    t->out->metrics_of_drive = !str_eq(t->decl->metrics.drive, STR("off"));
}

static const struct field metrics_fields[] = {
    {"drive", FIELD_CHOICE, false, 0, AT(metrics_decl, drive), "districts|off", NULL,
     "registrations and targets of each district among the metrics, or not"},
};
const struct record metrics_record =
    RECORD("metrics", metrics_decl, metrics_fields, "What stands in the metrics.");

/* ---- printing ---- */

void settings_print_ops(const struct settings *s, struct buf *out)
{
    struct str format = word_at(log_formats, (int)s->log.format);
    struct str level = word_at(log_levels, (int)s->log.level);
    struct str requests = word_at(log_requests, s->log.requests);
    buf_printf(out,
               "log = { format = \"%.*s\", level = \"%.*s\", requests = \"%.*s\", slow_ms = %d }\n",
               STR_ARG(format), STR_ARG(level), STR_ARG(requests), s->log.slow_ms);
    buf_printf(out, "metrics = { drive = \"%s\" }\n", s->metrics_of_drive ? "districts" : "off");
}
