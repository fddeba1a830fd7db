/* SPDX-License-Identifier: MIT
 *
 * The country: 7,230 blocks, twenty rules that look at each of them, a batch, and how long it takes
 * until all is judged and stored. */
#include "desk.h"

enum { SCALE_BLOCKS = 7230, SCALE_RULES = 20, SCALE_DISTRICTS = 780 };

static void add_places(struct buf *b)
{
    buf_cstr(b, "level,code,parent,name\nstate,20,,Jharkhand\n");
    for (int i = 0; i < SCALE_DISTRICTS; i++)
        buf_printf(b, "district,%d,20,District %d\n", 1000 + i, i);
    for (int i = 0; i < SCALE_BLOCKS; i++)
        buf_printf(b, "block,%d,%d,Block %d\n", 10000 + i, 1000 + i % SCALE_DISTRICTS, i);
}

/* One block in ten is a finding of each rule. */
static void add_rules(struct buf *b)
{
    buf_cstr(b, HEAD);
    for (int i = 0; i < SCALE_RULES; i++)
        buf_printf(b,
                   "alert \"r%d\" { key = 'block', message = { en = '{block}: {n} of {week}', hi = "
                   "'{block}: {n}, {week}' }, severity = { { 'critical', 'n < %d' }, { 'warning', "
                   "'n < %d' } }, query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n, "
                   "COUNTIF(date > DATE '2021-11-1%d') AS week GROUP BY block |> CALL "
                   "complete('block') ]] }\n",
                   i, 2 + i, 6 + i, i % 10);
}

static void import(struct desk *d, const char *id, int first, int n, const char *day)
{
    struct err err = {0};
    struct rows rows;
    struct batch_result result;
    struct snap *s = snap_cell_get(d->cell);
    struct batch_spec spec = {.source = STR("test"), .id = str_of(id), .as_on = DAY_NONE};
    rows_init(&rows, MEM_INGEST, s->schema);
    for (int i = first; i < first + n; i++) {
        uint32_t node = place_by_code(s->tree, PLACE_BLOCK, 10000 + i % SCALE_BLOCKS);
        assert_int_equal(
            rows_add(&rows, s->tree->at[node].id, 1, desk_day(day), 1 + (i * 7919) % 100, &err), 0);
    }
    assert_int_equal(store_import(d->store, &spec, &rows, &result, &err), 0);
    rows_fini(&rows);
    snap_unref(s);
}

/* Time of the processor, of all threads: others may be at work on the machine. */
static double spent_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double timed_run(struct desk *d)
{
    double start = spent_ms();
    desk_run(d);
    return spent_ms() - start;
}

static void the_country_is_judged_after_a_batch(void **state)
{
    (void)state;
    struct desk d;
    struct err err = {0};
    struct places_report report;
    struct buf text;
    struct alert_stats stats;
    double best = 1e9;
    buf_init(&text, MEM_ALERT);
    desk_init(&d, HEAD);
    add_places(&text);
    assert_int_equal(places_import(d.store, buf_view(&text), NULL, &report, &err), 0);
    buf_clear(&text);
    add_rules(&text);
    buf_char(&text, '\0');
    desk_write(&d, text.p);
    buf_fini(&text);
    assert_int_equal(registry_reload(d.registry, &err), 0);
    import(&d, "all", 0, SCALE_BLOCKS, "2021-11-15");
    double first = timed_run(&d);
    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%d", i);
        import(&d, id, 1000 * i, 1000, "2021-11-18");
        double ms = timed_run(&d);
        best = ms < best ? ms : best;
    }
    alert_stats_get(d.engine, &stats);
    printf("%d blocks, %d rules, %llu firing: first %.0f ms, after a batch %.0f ms\n", SCALE_BLOCKS,
           SCALE_RULES, (unsigned long long)stats.firing, first, best);
    assert_true(stats.firing > 5000);
    assert_int_equal(stats.failures, 0);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_country_is_judged_after_a_batch),
    };
    return cmocka_run_group_tests_name("alert/scale", tests, NULL, NULL);
}
