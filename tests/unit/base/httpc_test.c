/* SPDX-License-Identifier: MIT
 *
 * The HTTP client against a server of one thread on the loopback address, which answers each
 * connection with a prepared text and keeps what it was sent. */
#include "base/httpc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct server {
    int fd;
    int port;
    const char *answer;   /* NULL: hang up without one */
    const char *sent_end; /* the request is complete when it ends so */
    char seen[65536];
    size_t seen_bytes;
    pthread_t thread;
};

static void *serve_one(void *arg)
{
    struct server *s = arg;
    int c = accept(s->fd, NULL, NULL);
    while (s->seen_bytes + 1 < sizeof s->seen) {
        ssize_t n = read(c, s->seen + s->seen_bytes, sizeof s->seen - 1 - s->seen_bytes);
        if (n <= 0)
            break;
        s->seen_bytes += (size_t)n;
        s->seen[s->seen_bytes] = '\0';
        size_t end = strlen(s->sent_end);
        if (s->seen_bytes >= end && strcmp(s->seen + s->seen_bytes - end, s->sent_end) == 0)
            break;
    }
    if (s->answer != NULL) {
        ssize_t n = write(c, s->answer, strlen(s->answer));
        (void)n;
    }
    shutdown(c, SHUT_RDWR);
    close(c);
    return NULL;
}

static struct server *server_start(const char *answer, const char *sent_end)
{
    struct server *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->answer = answer;
    s->sent_end = sent_end;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve_one, s), 0);
    return s;
}

static void server_stop(struct server *s)
{
    pthread_join(s->thread, NULL);
    close(s->fd);
    free(s);
}

static int ask(struct server *s, struct httpc_request rq, struct httpc_response *rs,
               struct err *err)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/query?q=1&api_key=secret", s->port);
    rq.url = url;
    buf_init(&rs->body, MEM_BASE);
    return httpc_send(&rq, rs, err);
}

static void a_get_brings_status_type_and_body(void **state)
{
    (void)state;
    struct server *s = server_start("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"
                                    "Content-Length: 4\r\n\r\nnone",
                                    "\r\n\r\n");
    struct httpc_response rs;
    const char *const headers[] = {"Authorization: Bearer t", NULL};
    struct httpc_request rq = {.method = "GET", .headers = headers, .timeout_ms = 10000};
    assert_int_equal(ask(s, rq, &rs, NULL), 0);
    assert_int_equal(rs.status, 404);
    assert_string_equal(rs.content_type, "text/plain");
    assert_true(str_eq(buf_view(&rs.body), STR("none")));
    assert_non_null(strstr(s->seen, "GET /v1/query?q=1&api_key=secret HTTP/1.1\r\n"));
    assert_non_null(strstr(s->seen, "Authorization: Bearer t\r\n"));
    buf_fini(&rs.body);
    server_stop(s);
}

static void a_post_sends_its_body(void **state)
{
    (void)state;
    struct server *s = server_start("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "body!");
    struct httpc_response rs;
    const char *const headers[] = {"Content-Type: text/csv", NULL};
    struct httpc_request rq = {
        .method = "POST", .headers = headers, .body = STR("the body!"), .timeout_ms = 10000};
    assert_int_equal(ask(s, rq, &rs, NULL), 0);
    assert_int_equal(rs.status, 201);
    assert_non_null(strstr(s->seen, "POST "));
    assert_non_null(strstr(s->seen, "Content-Length: 9\r\n"));
    assert_non_null(strstr(s->seen, "Content-Type: text/csv\r\n"));
    assert_null(strstr(s->seen, "Expect:"));
    buf_fini(&rs.body);
    server_stop(s);
}

/* Asked again by whoever wants to know, so it is no unknown outcome. */
static void an_answer_lost_to_a_harmless_request_is_none_missed(void **state)
{
    (void)state;
    struct server *s = server_start(NULL, "read");
    struct httpc_response rs;
    struct httpc_request rq = {
        .method = "POST", .body = STR("only read"), .timeout_ms = 10000, .harmless = true};
    assert_int_equal(ask(s, rq, &rs, NULL), ERR_UNAVAILABLE);
    buf_fini(&rs.body);
    server_stop(s);
    s = server_start(NULL, "write");
    rq = (struct httpc_request){.method = "POST", .body = STR("and write"), .timeout_ms = 10000};
    assert_int_equal(ask(s, rq, &rs, NULL), ERR_UNKNOWN_OUTCOME);
    buf_fini(&rs.body);
    server_stop(s);
}

/* The server never sees the end of a request, so it says nothing: the flag ends the wait. */
static void a_flag_ends_a_request_on_its_way(void **state)
{
    (void)state;
    struct server *s = server_start(NULL, "never sent");
    struct cancel stop;
    struct httpc_response rs;
    cancel_init(&stop, 0);
    cancel_fire(&stop);
    struct httpc_request rq = {.method = "POST", .body = STR("x"), .cancel = &stop};
    assert_int_equal(ask(s, rq, &rs, NULL), ERR_CANCELLED);
    buf_fini(&rs.body);
    shutdown(s->fd, SHUT_RDWR); /* where the first never connected, nobody is to wait for it */
    server_stop(s);
}

static void count_tick(void *ctx)
{
    ++*(int *)ctx;
}

static void a_file_is_streamed_from_where_it_stands(void **state)
{
    (void)state;
    FILE *f = tmpfile();
    assert_non_null(f);
    fputs("skipped;date,district\n", f);
    fseek(f, 8, SEEK_SET);
    struct server *s = server_start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "district\n");
    struct httpc_response rs;
    int ticks = 0;
    struct httpc_request rq = {.method = "POST",
                               .body_file = f,
                               .timeout_ms = 10000,
                               .tick = count_tick,
                               .tick_ctx = &ticks};
    assert_int_equal(ask(s, rq, &rs, NULL), 0);
    assert_true(ticks > 0);
    assert_int_equal(rs.status, 200);
    assert_non_null(strstr(s->seen, "POST "));
    assert_non_null(strstr(s->seen, "Content-Length: 14\r\n"));
    assert_non_null(strstr(s->seen, "\r\n\r\ndate,district\n"));
    buf_fini(&rs.body);
    server_stop(s);
    fclose(f);
}

static void a_pipe_is_sent_in_chunks(void **state)
{
    (void)state;
    FILE *f = popen("printf a,b", "r");
    assert_non_null(f);
    struct server *s = server_start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "0\r\n\r\n");
    struct httpc_response rs;
    struct httpc_request rq = {.method = "PUT", .body_file = f, .timeout_ms = 10000};
    assert_int_equal(ask(s, rq, &rs, NULL), 0);
    assert_non_null(strstr(s->seen, "Transfer-Encoding: chunked\r\n"));
    assert_non_null(strstr(s->seen, "3\r\na,b\r\n0\r\n\r\n"));
    buf_fini(&rs.body);
    server_stop(s);
    pclose(f);
}

static void redirects_are_answers(void **state)
{
    (void)state;
    struct server *s = server_start("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                                    "Content-Length: 0\r\n\r\n",
                                    "\r\n\r\n");
    struct httpc_response rs;
    struct httpc_request rq = {.method = "GET", .timeout_ms = 10000};
    assert_int_equal(ask(s, rq, &rs, NULL), 0);
    assert_int_equal(rs.status, 302);
    buf_fini(&rs.body);
    server_stop(s);
}

static void a_lost_answer_is_told_by_what_was_asked(void **state)
{
    (void)state;
    struct httpc_response rs;
    struct err err;
    struct server *s = server_start(NULL, "\r\n\r\n");
    struct httpc_request get = {.method = "GET", .timeout_ms = 10000};
    assert_int_equal(ask(s, get, &rs, &err), ERR_UNAVAILABLE);
    assert_null(strstr(err.msg, "secret"));
    buf_fini(&rs.body);
    server_stop(s);

    s = server_start(NULL, "x");
    struct httpc_request post = {.method = "POST", .body = STR("x"), .timeout_ms = 10000};
    assert_int_equal(ask(s, post, &rs, &err), ERR_UNKNOWN_OUTCOME);
    assert_null(strstr(err.msg, "secret"));
    buf_fini(&rs.body);
    server_stop(s);
}

static void nobody_listening_is_unavailable(void **state)
{
    (void)state;
    struct server *s = server_start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n");
    struct httpc_response rs;
    struct httpc_request get = {.method = "GET", .timeout_ms = 10000};
    assert_int_equal(ask(s, get, &rs, NULL), 0);
    buf_fini(&rs.body);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", s->port);
    server_stop(s); /* nothing listens there from now on */
    struct err err;
    struct httpc_request post = {
        .method = "POST", .url = url, .body = STR("x"), .timeout_ms = 10000};
    buf_init(&rs.body, MEM_BASE);
    assert_int_equal(httpc_send(&post, &rs, &err), ERR_UNAVAILABLE);
    assert_true(err.hint[0] != '\0');
    post.url = "file:///etc/hostname";
    assert_int_equal(httpc_send(&post, &rs, &err), ERR_USAGE);
    buf_fini(&rs.body);
}

static void a_slow_server_times_out(void **state)
{
    (void)state;
    struct server *s = server_start("", "never");
    struct httpc_response rs;
    struct err err;
    struct httpc_request get = {.method = "GET", .timeout_ms = 50};
    assert_int_equal(ask(s, get, &rs, &err), ERR_TIMEOUT);
    buf_fini(&rs.body);
    server_stop(s);
}

static void text_is_escaped_for_a_query(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_BASE);
    httpc_escape(&b, STR("a b&c=é/~_-.Z9"));
    assert_true(str_eq(buf_view(&b), STR("a%20b%26c%3D%C3%A9%2F~_-.Z9")));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_brings_status_type_and_body),
        cmocka_unit_test(a_post_sends_its_body),
        cmocka_unit_test(an_answer_lost_to_a_harmless_request_is_none_missed),
        cmocka_unit_test(a_flag_ends_a_request_on_its_way),
        cmocka_unit_test(a_file_is_streamed_from_where_it_stands),
        cmocka_unit_test(a_pipe_is_sent_in_chunks),
        cmocka_unit_test(redirects_are_answers),
        cmocka_unit_test(a_lost_answer_is_told_by_what_was_asked),
        cmocka_unit_test(nobody_listening_is_unavailable),
        cmocka_unit_test(a_slow_server_times_out),
        cmocka_unit_test(text_is_escaped_for_a_query),
    };
    return cmocka_run_group_tests_name("base/httpc", tests, NULL, NULL);
}
