/* SPDX-License-Identifier: MIT
 *
 * Findings over HTTP: what an import brought up, chosen by simple conditions. */
#include "world.h"

static const char plugin[] =
    "plugin { name = 'watch', version = '1', api = 1 }\n"
    "check 'crowded' { title = { en = 'Crowded', hi = 'भीड़' }, severity = 'error',\n"
    "  query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block |> WHERE n > 2 ]] "
    "}\n";

static void wait_for(struct world *w, uint64_t snapshot)
{
    for (int i = 0; i < 1000 && checks_snapshot(w->checks) < snapshot; i++)
        usleep(10000);
    assert_true(checks_snapshot(w->checks) >= snapshot);
}

static void open_one(struct world *w)
{
    world_write(w->plugins, "watch.lua", plugin);
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_says(w->body, "\"checks\":[\"crowded\"]");
    assert_int_equal(world_send(w, "POST", "/v1/registrations?source=csc&batch_id=b1",
                                "Content-Type: text/csv\r\n",
                                "date,district,block,count\n2021-11-18,607,Gola,5\n"),
                     201);
    struct snap *s = snap_cell_get(w->cell);
    char link[128];
    snprintf(link, sizeof link, "\"findings\":\"/v1/findings?opened_since=%llu\"}",
             (unsigned long long)s->id);
    assert_says(w->body, link);
    wait_for(w, s->id);
    snap_unref(s);
}

static void an_import_says_where_its_findings_are(void **state)
{
    struct world *w = *state;
    open_one(w);
    assert_int_equal(world_get(w, "/v1/findings"), 200);
    assert_says(w->body, "\"check\":\"crowded\"");
    assert_says(w->body, "\"message_hi\":\"भीड़: block गोला, n 5\"");
    assert_says(w->body, "\"source\":\"csc\",\"batch\":\"b1\"");
    assert_int_equal(world_get(w, "/metrics"), 200);
    assert_says(w->body, "panji_findings_open 1");
    assert_says(w->body, "panji_check_failures_total 0");
}

static void conditions_choose(void **state)
{
    struct world *w = *state;
    static const char *const none[] = {
        "/v1/findings.csv?status=closed", "/v1/findings.csv?severity=warning",
        "/v1/findings.csv?batch=b2",      "/v1/findings.csv?opened_since=999",
        "/v1/findings.csv?plugin=trial",  "/v1/findings.csv?check=x"};
    open_one(w);
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        assert_int_equal(world_get(w, none[i]), 200);
        assert_null(strstr(w->body, "crowded"));
    }
    assert_int_equal(
        world_get(w, "/v1/findings.csv?status=all&check=crowded&batch=b1&source=csc&plugin=watch"),
        200);
    assert_says(w->body, "crowded");
    assert_int_equal(world_get(w, "/v1/findings?status=opne"), 400);
    assert_int_equal(world_get(w, "/v1/findings?chek=x"), 400);
    assert_says(w->body, "check");
}

static void queries_see_findings_and_their_history(void **state)
{
    struct world *w = *state;
    char tag[64];
    open_one(w);
    assert_int_equal(world_get(w, "/v1/query?q=FROM+finding_history|>+SELECT+event,batch"), 200);
    assert_says(w->body, "{\"event\":\"opened\",\"batch\":\"b1\"}");
    assert_int_equal(
        world_get(w, "/v1/query.csv?q=FROM+findings|>+SELECT+status,block,district,since"), 200);
    assert_says(w->body, "open,Gola,Ramgarh,2021-11-18");
    const char *etag = strstr(w->answer, "ETag: ");
    assert_non_null(etag);
    snprintf(tag, sizeof tag, "%.*s", (int)strcspn(etag + 6, "\r"), etag + 6);
    assert_int_equal(world_send(w, "DELETE", "/v1/batches/b1", "", ""), 200);
    struct snap *s = snap_cell_get(w->cell);
    wait_for(w, s->id);
    snap_unref(s);
    assert_int_equal(
        world_get(w, "/v1/query.csv?q=FROM+findings|>+SELECT+status,block,district,since"), 200);
    assert_says(w->body, "closed,Gola,Ramgarh,2021-11-18");
    assert_null(strstr(w->answer, tag));
}

/* Whatever the answer tells moves the tag: the findings, and how far the checks have got. */
static void the_tag_follows_the_checks(void **state)
{
    struct world *w = *state;
    static const char *const paths[] = {"/v1/findings", "/v1/alerts", "/v1/plugins"};
    char header[ARRAY_LEN(paths)][128];
    open_one(w);
    world_settle(w);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_equal(world_get(w, paths[i]), 200);
        const char *tag = strstr(w->answer, "ETag: ");
        assert_non_null(tag);
        snprintf(header[i], sizeof header[i], "If-None-Match: %.34s\r\n", tag + 6);
        assert_int_equal(world_send(w, "GET", paths[i], header[i], ""), 304);
    }
    world_write(w->plugins, "more.lua", "plugin { name = 'more', version = '1', api = 1 }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_int_equal(world_send(w, "GET", paths[i], header[i], ""), 200);
    assert_says(w->body, "\"name\":\"more\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_import_says_where_its_findings_are, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(conditions_choose, world_up, world_down),
        cmocka_unit_test_setup_teardown(queries_see_findings_and_their_history, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(the_tag_follows_the_checks, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_findings", tests, NULL, NULL);
}
