/* SPDX-License-Identifier: MIT
 *
 * Every route, by every role, with a token for one place, another place, the place above, one
 * source, and all: what is let in, and that nothing in any answer tells of what is not seen. A
 * route that is not in the list fails the test. */
#include "../../../core/net/api.h"
#include "tokens.h"

/* Words and figures that only stand in what belongs to Dulmi, to the source portal, or to Gola. */
#define DULMI  "777001"
#define PORTAL "888002"
#define GOLA   "555003"

/* How each route is asked. `whole`: it needs a token without limits, or is the same for all. */
static const struct ask {
    const char *method, *pattern;
    const char *target; /* NULL: the pattern; "-": not asked here, see why */
    const char *body;
    bool keeps; /* nothing may be changed by it: it is asked of tokens that may, too */
} asks[] = {
    {"GET", "/", "/", "", true},
    {"GET", "/dashboard/{file}", "/dashboard/none.js", "", true},
    {"POST", "/v1/registrations", "/v1/registrations?dry_run=1&source=csc",
     "date,district,block\n2021-11-20,607,Gola\n", true},
    {"GET", "/v1/batches", "/v1/batches", "", true},
    {"GET", "/v1/batches/{id}/rejects.csv", "/v1/batches/dulmi-777001/rejects.csv", "", true},
    {"GET", "/v1/batches/{id}", "/v1/batches/dulmi-777001", "", true},
    {"DELETE", "/v1/batches/{id}", "/v1/batches/none", "", true},
    {"GET", "/v1/query",
     "/v1/query?q=FROM+registrations+|%3E+AGGREGATE+COUNT(*)+AS+n+GROUP+BY+block,source,centre", "",
     true},
    {"POST", "/v1/query", "/v1/query",
     "FROM registrations |> AGGREGATE MAX(centre) AS c, SUM(count) AS n", true},
    {"GET", "/v1/queries", "/v1/queries", "", true},
    {"DELETE", "/v1/queries/{id}", "/v1/queries/none", "", true},
    {"GET", "/v1/reports", "/v1/reports", "", true},
    {"GET", "/v1/reports/{plugin}/{report}", "/v1/reports/trial/by_block?district=607", "", true},
    {"GET", "/v1/alerts", "/v1/alerts", "", true},
    {"GET", "/v1/alerts/history", "/v1/alerts/history", "", true},
    {"POST", "/v1/alerts/{id}/acknowledge", "/v1/alerts/none/acknowledge", "by=x&reason=y", true},
    {"DELETE", "/v1/alerts/{id}/acknowledge", "/v1/alerts/none/acknowledge", "by=x", true},
    {"POST", "/v1/alerts/{id}/comments", "/v1/alerts/none/comments", "by=x&text=y", true},
    {"GET", "/v1/rules", "/v1/rules", "", true},
    {"GET", "/v1/silences", "/v1/silences?all=1", "", true},
    {"POST", "/v1/silences", "/v1/silences", "place=block:6717&until=soon&by=x&reason=y", true},
    {"DELETE", "/v1/silences/{id}", "/v1/silences/999", "by=x", true},
    {"GET", "/v1/queries", "/v1/queries", "", true},
    {"DELETE", "/v1/queries/{id}", "/v1/queries/nobody-has-it", "", true},
    {"GET", "/v1/outbox", "/v1/outbox", "", true},
    {"POST", "/v1/outbox/{id}/retry", "/v1/outbox/none/retry", "", true},
    {"GET", "/api/v1/alerts", "/api/v1/alerts", "", true},
    {"GET", "/api/v1/rules", "/api/v1/rules", "", true},
    {"GET", "/v1/findings", "/v1/findings?status=all", "", true},
    {"GET", "/v1/targets", "/v1/targets", "", true},
    {"GET", "/v1/targets/{plugin}/{set}", "/v1/targets/trial/trial_2021", "", true},
    {"GET", "/v1/places", "/v1/places?level=block", "", true},
    {"POST", "/v1/places", "/v1/places", "nonsense", true},
    {"POST", "/v1/stated", "/v1/stated", "nonsense", true},
    {"GET", "/v1/tables", "/v1/tables", "", true},
    {"GET", "/v1/tables/{name}", "/v1/tables/mills", "", true},
    {"PUT", "/v1/tables/{name}", "/v1/tables/places", "a\n", true},
    {"DELETE", "/v1/tables/{name}", "/v1/tables/none", "", true},
    {"GET", "/v1/plugins", "/v1/plugins", "", true},
    {"GET", "/v1/plugins/{name}", "/v1/plugins/trial", "", true},
    {"POST", "/v1/plugins/check", "/v1/plugins/check", "nonsense", true},
    {"POST", "/v1/plugins/reload", "/v1/plugins/reload", "", true},
    {"PUT", "/v1/plugins/{name}", "/v1/plugins/none", "nonsense", true},
    {"GET", "/v1/schema", "/v1/schema", "", true},
    {"GET", "/v1/words", "/v1/words", "", true},
    {"GET", "/v1/words/plugins", "/v1/words/plugins", "", true},
    {"GET", "/v1/events", "-", "", true}, /* goes on: see events_test and test_access.py */
    {"GET", "/v1/session", "/v1/session", "", true},
    {"POST", "/v1/session", "/v1/session", "{}", true},
    {"DELETE", "/v1/session", "/v1/session", "", true},
    {"GET", "/v1/tokens", "/v1/tokens", "", true},
    {"POST", "/v1/tokens", "/v1/tokens", "role=king", true},
    {"DELETE", "/v1/tokens/{id}", "/v1/tokens/nobody00", "", true},
    {"POST", "/v1/backup", "-", "", true}, /* large: the right alone is looked at */
    {"POST", "/v1/verify", "/v1/verify", "", true},
    {"GET", "/healthz", "/healthz", "", true},
    {"GET", "/readyz", "/readyz", "", true},
    {"GET", "/metrics", "/metrics", "", true},
    {"GET", "/openapi.json", "/openapi.json", "", true},
};

/* What else a limited token may try: each tells nothing of Dulmi and of portal. */
static const char *const queries[] = {
    "FROM registrations",
    "FROM registrations |> WHERE block = 'Dulmi'",
    "FROM registrations |> WHERE block = 'Dulmmi'",
    "FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n",
    "FROM registrations |> AGGREGATE COUNT(*) AS n, COUNT(DISTINCT centre) AS c GROUP BY district",
    "FROM registrations |> AGGREGATE STRING_AGG(DISTINCT centre) AS c",
    "FROM registrations |> WHERE CAST(centre AS INT64) > 0",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY source, batch",
    "FROM registrations FOR SYSTEM_TIME AS OF '2099-01-01' |> AGGREGATE COUNT(*) AS n GROUP BY "
    "block",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block |> CALL complete('block')",
    "FROM registrations |> AGGREGATE COUNT(*) AS done GROUP BY block |> CALL complete('block') |> "
    "CALL against_target('trial_2021', achieved => 'done', as_on => '2021-11-20')",
    "FROM places |> SELECT place |> CALL against_stated(counted => 'x')",
    "FROM occupations",
    "FROM places",
    "FROM place_changes",
    "FROM targets",
    "FROM stated",
    "FROM batches",
    "FROM rejects",
    "FROM reject_counts",
    "FROM alerts",
    "FROM alert_history",
    "FROM findings",
    "FROM finding_history",
    "FROM audit",
    "FROM calendar |> LIMIT 1",
    "FROM mills",
    "FROM officers",
    "FROM places |> WHERE place = 'Dulmi'",
    "FROM mills |> JOIN registrations USING (block) |> AGGREGATE COUNT(*) AS n GROUP BY name",
    "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block",
    "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY centre",
    "EXPLAIN ANALYZE FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY centre, age",
    "EXPLAIN FROM batches",
    "DESCRIBE registrations",
    "SELECT (SELECT COUNT(*) FROM registrations) AS n",
    "FROM registrations |> ASSERT centre = 'x', centre",
    "FROM registrations |> WHERE batch = 'dulmi-777001'",
};

struct who {
    const char *name, *form;
    char text[TOKEN_TEXT_BYTES + 1];
    enum access_role role;
    bool whole, sees_dulmi, sees_portal, sees_gola;
};

static struct who whos[ACCESS_ROLES * 5];
static size_t whos_n;

static void add_who(struct world *w, const char *admin, int role, const char *limit,
                    struct who rights)
{
    char form[200];
    struct who *who = &whos[whos_n++];
    *who = rights;
    who->role = (enum access_role)role;
    who->whole = limit[0] == '\0';
    snprintf(form, sizeof form, "role=%s&name=%s-%zu%s", role_name((enum access_role)role),
             role_name((enum access_role)role), whos_n, limit);
    tokens_make(w, form, admin, who->text);
}

static void import(struct world *w, const char *source, const char *id, const char *csv)
{
    char target[64], headers[96];
    snprintf(target, sizeof target, "/v1/registrations?source=%s", source);
    snprintf(headers, sizeof headers, "Idempotency-Key: %s\r\n", id);
    if (world_send(w, "POST", target, headers, csv) != 201)
        fail_msg("%s", w->answer);
}

static const char plugin[] =
    "plugin { name = 'watch', version = '1.0.0', api = 1, title = 'Watch' }\n"
    "alert 'many' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n,\n"
    "  MAX(centre) AS c GROUP BY block ]], key = { 'block' },\n"
    "  message = { en = '{block}: {n} at {c}', hi = '{block}' } }\n"
    "check 'all' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n, MAX(centre) AS c\n"
    "  GROUP BY district ]], message = { en = '{district}: {n} at {c}', hi = 'x' },\n"
    "  key = { 'district' } }\n";

static void fill(struct world *w)
{
    char admin[TOKEN_TEXT_BYTES + 1];
    world_write(w->plugins, "watch.lua", plugin);
    import(w, "csc", "gola-555003",
           "date,district,block,centre,age,count\n2021-11-20,607,Gola," GOLA ",30,5550\n");
    import(w, "csc", "dulmi-777001",
           "date,district,block,centre,age,count\n2021-11-20,607,Dulmi," DULMI ",31,7770\n");
    import(w, "portal", "portal-888002",
           "date,district,block,centre,age,count\n2021-11-19,607,Gola," PORTAL ",32,8880\n");
    assert_int_equal(world_send(w, "POST", "/v1/stated?source=csc", "",
                                "as_on,place,level,sector,total\n2021-11-20,6717,block,,777001\n"
                                "2021-11-20,607,district,,777001\n"),
                     201);
    assert_int_equal(world_send(w, "PUT", "/v1/tables/mills", "",
                                "name,block,workers\nD777001,Dulmi,777001\nG555003,Gola,1\n"),
                     201);
    assert_int_equal(
        world_send(w, "PUT", "/v1/tables/officers", "", "name,email\nD777001,d777001@x\n"), 201);
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    world_settle(w);
    assert_int_equal(world_send(w, "POST", "/v1/silences", "",
                                "place=block:6717&until=3+days&by=x&reason=777001"),
                     201);
    tokens_make(w, "role=admin&name=root", "", admin);
    whos_n = 0;
    for (int role = 0; role < ACCESS_ROLES; role++) {
        add_who(w, admin, role, "",
                (struct who){.sees_dulmi = true, .sees_portal = true, .sees_gola = true});
        if (role == ROLE_ADMIN)
            continue;
        add_who(w, admin, role, "&places=block:3168",
                (struct who){.sees_portal = true, .sees_gola = true});
        add_who(w, admin, role, "&places=block:6717", (struct who){.sees_dulmi = true});
        add_who(w, admin, role, "&places=district:607",
                (struct who){.sees_dulmi = true, .sees_portal = true, .sees_gola = true});
        add_who(w, admin, role, "&sources=csc",
                (struct who){.sees_dulmi = true, .sees_gola = true});
    }
}

/* A figure or a word of what is not seen, in the header or the body. Hosts and ids of requests are
 * random letters and cannot be these. What was asked may come back. */
static void assert_silent(const struct world *w, const struct who *who, const char *asked)
{
    static const char *const dulmi[] = {DULMI, "7770", "7,770", "7,77,001", "Dulmi", "दुलमी"};
    static const char *const portal[] = {PORTAL, "8880", "8,880", "portal"};
    for (size_t i = 0; i < ARRAY_LEN(dulmi) && !who->sees_dulmi; i++)
        if (strstr(w->answer, dulmi[i]) != NULL && strstr(asked, dulmi[i]) == NULL)
            fail_msg("%s %s: %s tells of Dulmi: %s", role_name(who->role),
                     who->form ? who->form : "", asked, w->answer);
    for (size_t i = 0; i < ARRAY_LEN(portal) && !who->sees_portal; i++)
        if (strstr(w->answer, portal[i]) != NULL && strstr(asked, portal[i]) == NULL)
            fail_msg("%s: %s tells of portal: %s", role_name(who->role), asked, w->answer);
    /* Sums of what is seen and what is not. */
    static const char *const sums[] = {"13320",  "22200",  "16650",  "14430",
                                       "13,320", "22,200", "16,650", "14,430"};
    for (size_t i = 0; i < ARRAY_LEN(sums) && !(who->sees_dulmi && who->sees_portal); i++) {
        bool own = (who->sees_dulmi && who->sees_gola && i % 4 == 0) ||
                   (who->sees_portal && who->sees_gola && i % 4 == 3);
        if (!own && strstr(w->answer, sums[i]) != NULL)
            fail_msg("%s: %s tells a sum: %s", role_name(who->role), asked, w->answer);
    }
}

static void percent(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text != '\0' && n + 4 < size; text++)
        n += (size_t)snprintf(out + n, size - n, "%%%02X", (unsigned char)*text);
}

static const struct ask *ask_of(const struct route *route)
{
    for (size_t i = 0; i < ARRAY_LEN(asks); i++)
        if (strcmp(asks[i].method, route->method) == 0 &&
            strcmp(asks[i].pattern, route->pattern) == 0)
            return &asks[i];
    fail_msg("%s %s is not in the matrix: say how it is asked", route->method, route->pattern);
    return &asks[0];
}

/* 401 and 403 are told just where the table of rights says so. */
static void routes_let_in_whom_they_should(void **state)
{
    struct world *w = *state;
    fill(w);
    for (size_t i = 0; i < routes_count; i++) {
        const struct ask *ask = ask_of(&routes[i]);
        if (ask->target[0] == '-')
            continue;
        for (size_t k = 0; k < whos_n; k++) {
            bool may = routes[i].need == RIGHT_OPEN ||
                       right_has(whos[k].role, whos[k].whole, routes[i].need);
            int status = tokens_send(w, ask->method, ask->target, whos[k].text, ask->body);
            bool shell = routes[i].flags & ROUTE_SHELL;
            if (may ? status == 401 || (status == 403 && !shell && whos[k].whole) : status != 403)
                fail_msg("%s %s for %s (%s): %d", ask->method, ask->target, role_name(whos[k].role),
                         whos[k].whole ? "whole" : "limited", status);
            assert_silent(w, &whos[k], ask->target);
        }
        bool open = routes[i].need == RIGHT_OPEN && !(routes[i].flags & ROUTE_SHELL);
        int status = world_send(w, ask->method, ask->target, "", ask->body);
        assert_int_equal(status == 401, !open);
    }
}

static void nothing_is_told_of_what_is_not_seen(void **state)
{
    static const char *const formats[] = {"json", "csv", "ndjson", "html", "table"};
    struct world *w = *state;
    char q[2048], target[2300];
    fill(w);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        percent(queries[i], q, sizeof q);
        for (size_t k = 0; k < whos_n; k++) {
            if (!right_has(whos[k].role, whos[k].whole, RIGHT_QUERY))
                continue;
            snprintf(target, sizeof target, "/v1/query?format=%s&q=%s",
                     formats[(i + k) % ARRAY_LEN(formats)], q);
            tokens_get(w, target, whos[k].text);
            assert_silent(w, &whos[k], queries[i]);
            snprintf(target, sizeof target, "/v1/query?explain=1&q=%s", q);
            tokens_get(w, target, whos[k].text);
            assert_silent(w, &whos[k], queries[i]);
        }
    }
}

/* What is seen is there, with its figure. */
static void what_is_seen_is_told(void **state)
{
    struct world *w = *state;
    fill(w);
    const char *by_block =
        "/v1/query.csv?q=FROM+registrations+|%3E+AGGREGATE+COUNT(*)+AS+n+GROUP+BY+block";
    for (size_t k = 0; k < whos_n; k++) {
        if (!right_has(whos[k].role, whos[k].whole, RIGHT_QUERY))
            continue;
        assert_int_equal(tokens_get(w, by_block, whos[k].text), 200);
        assert_int_equal(strstr(w->body, "Dulmi,7770") != NULL, whos[k].sees_dulmi);
        const char *gola = whos[k].sees_portal ? "Gola,14430" : "Gola,5550";
        assert_int_equal(strstr(w->body, gola) != NULL, whos[k].sees_gola);
        assert_int_equal(tokens_get(w, "/v1/alerts.csv", whos[k].text), 200);
        bool all_sources = whos[k].whole || whos[k].sees_portal || !whos[k].sees_gola;
        assert_int_equal(strstr(w->body, "Dulmi: 7,770") != NULL,
                         whos[k].sees_dulmi && all_sources);
    }
}

/* Two tokens never share an answer that they do not both see, and equal ones do. */
static void tags_are_of_the_grant(void **state)
{
    struct world *w = *state;
    char tag[ACCESS_ROLES * 5][64];
    fill(w);
    world_settle(w);
    for (size_t k = 0; k < whos_n; k++) {
        tag[k][0] = '\0';
        if (tokens_get(w, "/v1/places", whos[k].text) == 200)
            world_tag(w, tag[k]);
        for (size_t i = 0; i < k; i++)
            assert_string_not_equal(tag[i], tag[k]);
    }
}

/* An importer's rows of other places are wrong rows, other sources are refused. */
static void imports_stay_inside(void **state)
{
    struct world *w = *state;
    char admin[TOKEN_TEXT_BYTES + 1], gola[TOKEN_TEXT_BYTES + 1];
    tokens_make(w, "role=admin", "", admin);
    tokens_make(w, "role=ingest&places=block:3168&sources=csc", admin, gola);
    const char *own = "date,district,block\n2021-11-20,607,Gola\n";
    const char *other = "date,district,block\n2021-11-20,607,Dulmi\n";
    const char *above = "date,district\n2021-11-20,607\n";
    const char *to = "/v1/registrations?source=csc";
    assert_int_equal(tokens_send(w, "POST", to, gola, own), 201);
    assert_int_equal(tokens_send(w, "POST", "/v1/registrations", gola, own), 200); /* the same */
    assert_int_equal(tokens_send(w, "POST", "/v1/registrations?source=portal", gola, own), 403);
    assert_says(w->body, "not for the source");
    assert_int_equal(tokens_send(w, "POST", to, gola, other), 422);
    assert_null(strstr(w->body, "near\":[\"Dulmi"));
    assert_int_equal(tokens_send(w, "POST", to, gola, above), 422);
    assert_says(w->body, "not in a place that the token is for");
    assert_int_equal(tokens_send(w, "POST", "/v1/registrations?ids=replace", gola, own), 403);
    const char *stated = "as_on,place,level,sector,total\n2021-11-20,607,district,,5\n";
    assert_int_equal(tokens_send(w, "POST", "/v1/stated", gola, stated), 422);
    stated = "as_on,place,level,sector,total,source\n2021-11-20,3168,block,,5,portal\n";
    assert_int_equal(tokens_send(w, "POST", "/v1/stated", gola, stated), 422);
    stated = "as_on,place,level,sector,total\n2021-11-20,3168,block,,5\n";
    assert_int_equal(tokens_send(w, "POST", "/v1/stated", gola, stated), 201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(routes_let_in_whom_they_should, world_up, world_down),
        cmocka_unit_test_setup_teardown(nothing_is_told_of_what_is_not_seen, world_up, world_down),
        cmocka_unit_test_setup_teardown(what_is_seen_is_told, world_up, world_down),
        cmocka_unit_test_setup_teardown(tags_are_of_the_grant, world_up, world_down),
        cmocka_unit_test_setup_teardown(imports_stay_inside, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/access_matrix", tests, NULL, NULL);
}
