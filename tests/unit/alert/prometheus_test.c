/* SPDX-License-Identifier: MIT
 *
 * The shape that Prometheus' clients read. */
#include "desk.h"

static void says(const struct buf *b, const char *what)
{
    if (memmem(b->p, b->n, what, strlen(what)) == NULL)
        fail_msg("%.*s\ndoes not say %s", (int)b->n, b->p, what);
}

static void alerts_and_rules_are_told(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    struct buf b;
    buf_init(&b, MEM_ALERT);
    desk_init(&d, FEW("pending = '1 day', keep = '2 days', "));
    assert_int_equal(alert_prometheus_rules(d.engine, NULL, &b, &err), 0);
    says(&b, "\"health\":\"unknown\"");
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    buf_clear(&b);
    struct snap *snap = snap_cell_get(d.cell);
    assert_int_equal(alert_prometheus_alerts(d.engine, snap, &b, &err), 0);
    snap_unref(snap);
    says(&b, "{\"alerts\":[{\"labels\":{\"alertname\":\"few\",\"block\":\"Gola\",\"block_code\":"
             "\"3168\"");
    says(&b, "\"summary_hi\":\"गोला: 3 "
             "ही\"},\"state\":\"pending\",\"activeAt\":\"2021-11-18T12:00:00+05:30\"");
    buf_clear(&b);
    assert_int_equal(alert_prometheus_rules(d.engine, NULL, &b, &err), 0);
    says(&b, "{\"groups\":[{\"name\":\"t\"");
    says(&b, "\"state\":\"pending\",\"name\":\"few\"");
    says(&b, "\"duration\":86400,\"keepFiringFor\":172800");
    says(&b, "\"health\":\"ok\",\"lastEvaluation\":\"2021-11-18T12:00:00+05:30\"");
    buf_fini(&b);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(alerts_and_rules_are_told)};
    return cmocka_run_group_tests_name("alert/prometheus", tests, NULL, NULL);
}
