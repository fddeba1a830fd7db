/* SPDX-License-Identifier: MIT
 *
 * GET /v1/findings: what the checks found, chosen by simple conditions. The answer's `snapshot` is
 * the one that the checks have seen, which may be older than the newest: who waits for the findings
 * of a batch asks until it has reached the batch's. */
#include "api.h"
#include "base/limits.h"
#include "tables.h"

static const char text[] =
    "FROM findings"
    " |> WHERE (@status = 'all' OR status = @status)"
    " AND (@plugin IS NULL OR plugin = @plugin) AND (@check IS NULL OR check = @check)"
    " AND (@severity IS NULL OR severity = @severity)"
    " AND (@source IS NULL OR source = @source) AND (@batch IS NULL OR batch = @batch)"
    " AND snapshot >= @opened_since";

static const char *const known[] = {"status", "plugin", "check",       "severity",
                                    "source", "batch",  "opened_since"};

static int read_status(const struct request *r, struct str *out, struct err *err)
{
    struct str s = request_arg(r, "status");
    *out = s.p != NULL ? s : STR("open");
    if (str_eq(*out, STR("open")) || str_eq(*out, STR("closed")) || str_eq(*out, STR("all")))
        return 0;
    return err_set(err, ERR_PARAM, "status=%.*s is neither 'open' nor 'closed' nor 'all'",
                   STR_ARG(*out));
}

/* In the order of `known`: texts, then one number. */
static int read_params(const struct request *r, struct query_param p[ARRAY_LEN(known)],
                       struct err *err)
{
    int64_t since;
    TRY(request_number(r, "opened_since", 0, INT64_MAX, &since, err));
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        struct str s = request_arg(r, known[i]);
        p[i] = (struct query_param){str_of(known[i]), {.type = TYPE_STRING, .s = s}};
        p[i].value.null = s.p == NULL;
    }
    p[ARRAY_LEN(known) - 1].value = (struct value){.type = TYPE_INT64, .i = since};
    p[0].value.null = false;
    return read_status(r, &p[0].value.s, err);
}

static int run(struct request *r, const struct query *q, uint64_t checked, struct err *err)
{
    struct query_param param[ARRAY_LEN(known)];
    struct tables tables;
    struct query_result result;
    int64_t limit;
    TRY(read_params(r, param, err));
    TRY(request_number(r, "limit", QUERY_ROWS_MAX, INT32_MAX, &limit, err));
    tables_init(&tables, r);
    struct query_context ctx = {.snap = r->snap,
                                .viewer = &r->viewer,
                                .table = tables.at,
                                .tables = tables.n,
                                .param = param,
                                .params = ARRAY_LEN(param),
                                .cancel = &r->cancel,
                                .hindi = r->hindi,
                                .rows_max = limit > 0 ? (size_t)limit : 1};
    TRY(query_run(q, &ctx, &result, err));
    struct format_options o = request_format_options(r);
    o.snapshot = checked;
    o.truncated = result.truncated;
    int rc = request_reply_frame(r, result.frame, &o, err);
    query_result_fini(&result);
    return rc;
}

int api_findings(struct request *r, struct err *err)
{
    struct query *q;
    uint64_t checked = checks_snapshot(r->service->checks); /* before the table is read */
    TRY(request_pin(r, err));
    TRY(query_parse(str_of(text), &q, err));
    int rc = run(r, q, checked, err);
    query_unref(q);
    return rc;
}
