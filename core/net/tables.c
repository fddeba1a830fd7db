/* SPDX-License-Identifier: MIT
 *
 * Tables for queries. What is sent along lives as long as the request and is stored nowhere. */
#include "tables.h"

#include "access.h"
#include "api.h"
#include "faults.h"
#include "query/narrow.h"
#include "store/audit.h"

static int refuse_audit(void *ctx, struct arena *a, const struct snap *snap, struct frame **out,
                        struct err *err)
{
    char roles[80];
    (void)ctx, (void)a, (void)snap, (void)out;
    right_roles(RIGHT_AUDIT, roles, sizeof roles);
    return err_set(err, ERR_FORBIDDEN,
                   "The audit trail is for the role %s, without limits of places and sources.",
                   roles);
}

void tables_init(struct tables *t, const struct request *r)
{
    memset(t, 0, sizeof *t);
    t->at[t->n++] =
        (struct query_table){"alerts", alert_table, r->service->alerts, .of_all_sources = true};
    t->at[t->n++] =
        (struct query_table){.name = "audit",
                             .fill = access_may(r, RIGHT_AUDIT) ? store_audit_table : refuse_audit,
                             .ctx = r->service->store};
    report_tables_of(r->service->store, t->at + t->n);
    t->n += REPORT_TABLES;
}

void tables_fini(struct tables *t)
{
    for (size_t i = 0; i < t->sents; i++)
        upload_unref(t->sent[i]);
    upload_report_fini(&t->report);
}

int tables_seen(struct request *r, const char *name, struct frame **out, struct err *err)
{
    struct tables t;
    const struct frame *seen = NULL;
    tables_init(&t, r);
    int rc = ERR_NOT_FOUND;
    for (size_t i = 0; i < t.n && rc == ERR_NOT_FOUND; i++)
        if (strcmp(t.at[i].name, name) == 0)
            rc = narrow_table(t.at, t.n, &t.at[i], &r->arena, r->snap, &seen, err);
    tables_fini(&t);
    ASSERT(rc != ERR_NOT_FOUND);
    *out = (struct frame *)(uintptr_t)seen; /* nobody else has it */
    return rc;
}

static int give(void *ctx, struct arena *a, const struct snap *snap, struct frame **out,
                struct err *err)
{
    (void)a, (void)snap, (void)err;
    const struct upload *u = ctx;
    *out = u->frame;
    return 0;
}

static int check(const struct tables *t, struct str name, size_t bytes, struct err *err)
{
    TRY(query_table_name(name, err));
    for (size_t i = 0; i < t->sents; i++) {
        bytes += t->sent[i]->file_bytes;
        if (str_eq_nocase(t->sent[i]->name, name))
            return err_set(err, ERR_PARAM, "the table \"%.*s\" was sent twice", STR_ARG(name));
    }
    if (t->sents == QUERY_TABLES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d tables with one query", QUERY_TABLES_MAX);
    if (bytes > TABLE_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE, "the tables of one query have at most %u bytes together",
                       TABLE_BYTES_MAX);
    return 0;
}

/* The file may be packed. */
static int read_one(struct tables *t, const struct request *r, struct str name, struct str file,
                    struct str text, struct upload **out, struct err *err)
{
    struct buf plain;
    int rc = 0;
    buf_init(&plain, MEM_NET);
    if (packing_of(text) != PACKING_NONE) {
        rc = unpack_whole(text, TABLE_BYTES_MAX, &plain, err);
        text = buf_view(&plain);
    }
    if (rc == 0)
        rc = upload_read(name, file, text, r->snap->tree, &t->report, out, err);
    buf_fini(&plain);
    return rc;
}

static int take(struct tables *t, const struct request *r, struct str field, struct str file,
                struct str text, struct err *err)
{
    struct upload *u;
    struct str prefix = STR("table.");
    if (!str_starts(field, prefix))
        return 0;
    struct str name = {field.p + prefix.n, field.n - prefix.n};
    TRY(check(t, name, text.n, err));
    upload_report_fini(&t->report);
    TRY(read_one(t, r, name, file.n > 0 ? file : field, text, &u, err));
    t->sent[t->sents++] = u;
    t->at[t->n++] = (struct query_table){u->name.p, give, u, .sent = true};
    return 0;
}

int tables_take(struct tables *t, const struct request *r, const struct form *form, struct err *err)
{
    for (size_t i = 0; i < r->url.args; i++)
        TRY(take(t, r, r->url.arg[i].name, STR(""), r->url.arg[i].value, err));
    for (size_t i = 0; form != NULL && i < form->files; i++)
        TRY(take(t, r, form->file[i].field, form->file[i].name, form->file[i].text, err));
    return 0;
}

void tables_refuse(struct request *r, const struct upload_report *report, const struct err *err)
{
    struct faults faults = {
        .error = report->error, .listed = report->errors, .total = report->errors_total};
    struct problem_more more = {faults_json, faults_text, &faults};
    answer_problem(&r->answer, err, &more);
}
