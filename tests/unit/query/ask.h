/* SPDX-License-Identifier: MIT
 *
 * Asks the small country of tests/query/world.h and compares what comes back. */
#ifndef TEST_QUERY_ASK_H
#define TEST_QUERY_ASK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../query/world.h"

#include "base/buf.h"
#include "query/format.h"
#include "query/query.h"

struct ask {
    struct world world;
    struct query_context ctx; /* may be changed between questions */
    struct buf out;
    struct err err;
    const char *engine;
};

static inline int ask_setup(void **state)
{
    static struct ask a;
    world_init(&a.world);
    a.ctx = (struct query_context){.snap = a.world.snap,
                                   .targets = &a.world.book,
                                   .table = world_tables,
                                   .tables = ARRAY_LEN(world_tables),
                                   .param = world_params,
                                   .params = ARRAY_LEN(world_params)};
    buf_init(&a.out, MEM_QUERY);
    *state = &a;
    return 0;
}

static inline int ask_teardown(void **state)
{
    struct ask *a = *state;
    buf_fini(&a->out);
    world_fini(&a->world);
    return 0;
}

/* The answer as CSV, or 0 and a->err. */
static inline const char *ask_text(struct ask *a, struct str text)
{
    struct query *q = NULL;
    struct query_result r;
    buf_clear(&a->out);
    err_clear(&a->err);
    if (query_parse(text, &q, &a->err) < 0)
        return NULL;
    int rc = query_run(q, &a->ctx, &r, &a->err);
    query_unref(q);
    if (rc < 0)
        return NULL;
    struct format_options o = {.tree = a->world.tree, .hindi = a->ctx.hindi, .as_on = DAY_NONE};
    rc = format_frame(r.frame, FORMAT_CSV, &o, &a->out, &a->err);
    buf_char(&a->out, '\0');
    a->engine = r.engine;
    query_result_fini(&r);
    return rc < 0 ? NULL : a->out.p;
}

static inline const char *ask(struct ask *a, const char *text)
{
    return ask_text(a, str_of(text));
}

static inline void ask_expect(struct ask *a, const char *text, const char *want)
{
    const char *got = ask(a, text);
    if (got == NULL)
        fail_msg("%s\n%s\n%s", text, a->err.msg, a->err.excerpt);
    assert_string_equal(got, want);
}

/* Parts that the answer has; NULL ends. */
static inline void ask_parts(struct ask *a, const char *text, const char *const *part)
{
    const char *got = ask(a, text);
    if (got == NULL)
        fail_msg("%s\n%s", text, a->err.msg);
    for (; *part != NULL; part++)
        if (strstr(got, *part) == NULL)
            fail_msg("%s\nlacks %s\n%s", text, *part, got);
}

/* The code, where (column of the first line), and a part of the message. */
static inline void ask_fails(struct ask *a, const char *text, int code, int column,
                             const char *part)
{
    if (ask(a, text) != NULL)
        fail_msg("%s\nwas answered with\n%s", text, a->out.p);
    if (a->err.code != code || strstr(a->err.msg, part) == NULL)
        fail_msg("%s\n%s: %s", text, err_name(a->err.code), a->err.msg);
    assert_int_equal(a->err.column, column);
}

/* The code alone. */
static inline void ask_refused(struct ask *a, const char *text, int code)
{
    if (ask(a, text) != NULL)
        fail_msg("%s\nwas answered with\n%s", text, a->out.p);
    if (a->err.code != code)
        fail_msg("%s\n%s: %s", text, err_name(a->err.code), a->err.msg);
}

#define ASK_TEST(fn) cmocka_unit_test_setup_teardown(fn, ask_setup, ask_teardown)

#endif
