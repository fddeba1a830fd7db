/* SPDX-License-Identifier: MIT
 *
 * Functions that are programs: one state a run, closed whichever way it goes; rows that do not
 * matter are left alone. */
#include "ask.h"

static int opened, closed, rows;

static int test_open(void *ctx, void **state, struct err *err)
{
    (void)err;
    opened++;
    *state = ctx;
    return 0;
}

/* x + 1, NULL for 7; 99 cannot be computed. */
static int test_call(void *state, const struct query_code_call *c, struct err *err)
{
    assert_ptr_equal(state, &opened);
    for (size_t i = 0; i < c->n; i++) {
        if (!c->todo[i])
            continue;
        rows++;
        if (c->arg[0]->i[i] == 99)
            return err_set(err, ERR_VALUE, "99 is unlucky");
        c->out->i[i] = c->arg[0]->i[i] + 1;
        c->out->null[i] = c->arg[0]->i[i] == 7;
    }
    return 0;
}

static void test_close(void *state)
{
    assert_ptr_equal(state, &opened);
    closed++;
}

static const struct query_code code = {test_open, test_call, test_close, &opened};
static const enum type types[] = {TYPE_INT64};
static const struct str one[] = {{"x", 1}};
static const struct query_fn next = {{"next", 4}, one,   1,     {NULL, 0},
                                     TYPE_INT64,  types, &code, {NULL, 0}};

static void use(struct ask *a)
{
    opened = closed = rows = 0;
    a->ctx.fn = &next;
    a->ctx.fns = 1;
}

static void one_state_serves_a_run(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district "
               "|> SELECT next(n) AS a, next(next(n)) AS b |> ORDER BY a",
               "a,b\n2,3\n6,7\n10,11\n13,14\n35,36\n");
    assert_true(opened > 0);
    assert_int_equal(opened, closed);
}

static void nulls_and_rows_not_taken_are_left_alone(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_expect(a, "SELECT next(NULL) AS a, IF(1 > 2, next(99), 5) AS b, next(7) AS c",
               "a,b,c\n,5,\n");
    assert_int_equal(opened, closed);
}

static void a_failure_closes_too(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_fails(a, "SELECT next(99)", ERR_VALUE, 8, "In function next: 99 is unlucky");
    assert_true(opened > 0);
    assert_int_equal(opened, closed);
    ask_fails(a, "SELECT next('x')", ERR_TYPE, 13, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(one_state_serves_a_run),
        ASK_TEST(nulls_and_rows_not_taken_are_left_alone),
        ASK_TEST(a_failure_closes_too),
    };
    return cmocka_run_group_tests_name("query/fn_code", tests, NULL, NULL);
}
