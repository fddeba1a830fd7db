/* SPDX-License-Identifier: MIT
 *
 * What the log says of requests, and what it never says. */
#include "../../../core/net/journal.h"

#include <fcntl.h>

#include "world.h"

static char text[1 << 16];

/* Standard error goes into a file between the two. */
static int begin(char path[64])
{
    snprintf(path, 64, "/tmp/panji-journal-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    int saved = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    log_threshold(LOG_INFO);
    return saved;
}

/* A request's line is written behind its answer: waits for `lines` of them. */
static void end(int saved, const char *path, size_t lines)
{
    size_t n = 0;
    for (int i = 0; i < 2000 && (i == 0 || n < lines); i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = read(fd, text, sizeof text - 1);
        close(fd);
        text[got > 0 ? got : 0] = '\0';
        n = 0;
        for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
            n++;
        if (n < lines)
            usleep(5000);
    }
    log_threshold(LOG_OFF);
    dup2(saved, STDERR_FILENO);
    close(saved);
    unlink(path);
}

static void all_or_what_is_notable(void **state)
{
    struct world *w = *state;
    struct request_log o = {LOG_REQUESTS_NOTABLE, 0};
    char path[64];
    httpd_log(w->httpd, &o);
    int saved = begin(path);
    world_get(w, "/v1/places");
    world_get(w, "/v1/places?levl=x");
    end(saved, path, 1);
    assert_null(strstr(text, " 200 "));
    assert_says(text, "GET /v1/places 400 id=");
    assert_says(
        text, "who=\"anonymous (loopback)\" role=admin method=GET route=/v1/places status=400 ms=");
    assert_says(text, "code=bad_parameter");
    o.which = LOG_REQUESTS_ALL;
    httpd_log(w->httpd, &o);
    saved = begin(path);
    world_get(w, "/v1/places");
    world_get(w, "/v1/reports/trial/by_block?district=607");
    end(saved, path, 2);
    assert_says(text, "GET /v1/places 200 id=");
    assert_says(text, "rows=0 ");
    assert_says(text, "report=trial/by_block");
    assert_says(text, "engine=");
    o.which = LOG_REQUESTS_NONE;
    httpd_log(w->httpd, &o);
    saved = begin(path);
    world_get(w, "/v1/places?levl=x");
    o.which = LOG_REQUESTS_ALL;
    httpd_log(w->httpd, &o);
    world_get(w, "/healthz");
    end(saved, path, 1);
    assert_null(strstr(text, "places"));
}

static void nothing_that_was_sent(void **state)
{
    struct world *w = *state;
    struct request_log o = {LOG_REQUESTS_ALL, 1};
    char path[64];
    httpd_log(w->httpd, &o);
    int saved = begin(path);
    world_get(w, "/v1/query?q=FROM+registrations+%7C%3E+WHERE+centre+%3D+'Sita'&api_key=s3cret");
    world_get(w, "/v1/batches/234123412346?source=Sita");
    world_get(w, "/v1/Sita/s3cret");
    end(saved, path, 3);
    assert_null(strstr(text, "Sita"));
    assert_null(strstr(text, "s3cret"));
    assert_null(strstr(text, "2341"));
    assert_says(text, "GET /v1/query 401");
    assert_says(text, "GET /v1/batches/{id} 404");
    assert_says(text, "request for nothing there is 404");
}

static void slow_ones_have_an_outline(void **state)
{
    struct world *w = *state;
    struct request_log o = {LOG_REQUESTS_NONE, 1};
    char path[64];
    httpd_log(w->httpd, &o);
    int saved = begin(path);
    world_get(w, "/v1/query?q=FROM+calendar+%7C%3E+CROSS+JOIN+(FROM+calendar+%7C%3E+SELECT+date+AS+"
                 "d)+%7C%3E+CROSS+JOIN+(FROM+calendar+%7C%3E+SELECT+date+AS+e+%7C%3E+LIMIT+10)+"
                 "%7C%3E+WHERE+date+%3E+'1970-01-07'+%7C%3E+AGGREGATE+COUNT(*)+AS+n");
    end(saved, path, 1);
    assert_int_equal(w->status, 200);
    assert_says(text, "WARN  net    GET /v1/query 200 slow");
    assert_says(text, "timing=\"");
    assert_says(text, "query=\"FROM calendar |> CROSS JOIN (FROM calendar |> SELECT date AS d) |> "
                      "CROSS JOIN (FROM calendar |> SELECT date AS e |> LIMIT ?) |> WHERE date > ? "
                      "|> AGGREGATE COUNT(*) AS n\"");
}

static void requests_have_ids(void **state)
{
    struct world *w = *state;
    world_send(w, "GET", "/v1/places", "X-Request-Id: from-the-proxy.1\r\n", "");
    assert_says(w->answer, "Panji-Request-Id: from-the-proxy.1\r\n");
    static const char *const bad[] = {"short", "with space in it", "234123412346", "a<b>cdefgh"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char header[64];
        snprintf(header, sizeof header, "X-Request-Id: %s\r\n", bad[i]);
        world_send(w, "GET", "/healthz", header, "");
        assert_says(w->answer, "Panji-Request-Id: ");
        assert_null(strstr(w->answer, bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_or_what_is_notable, world_up, world_down),
        cmocka_unit_test_setup_teardown(nothing_that_was_sent, world_up, world_down),
        cmocka_unit_test_setup_teardown(slow_ones_have_an_outline, world_up, world_down),
        cmocka_unit_test_setup_teardown(requests_have_ids, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/journal", tests, NULL, NULL);
}
