/* SPDX-License-Identifier: MIT
 *
 * The server as a client sees it: what is refused at the door, what is answered when, what a stop
 * leaves behind. */
#include "net/httpd.h"

#include <pthread.h>

#include "world.h"

static void unknown_paths_and_methods(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/qury"), 404);
    assert_says(w->answer, "application/problem+json");
    assert_says(w->body, "/v1/query");
    assert_int_equal(world_send(w, "DELETE", "/v1/query", "", ""), 405);
    assert_says(w->answer, "Allow: GET, HEAD, POST");
}

static void ambiguity_is_refused_and_closes(void **state)
{
    struct world *w = *state;
    static const char both[] = "POST /v1/query HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                               "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    world_raw(w, both, sizeof both - 1); /* returns because the server closes */
    assert_int_equal(w->status, 400);
    assert_null(strstr(w->body, "HTTP/1.1"));
    assert_int_equal(world_get(w, "/v1/places?find=%00"), 400);
    assert_int_equal(world_get(w, "/v1/places?find=%zz"), 400);
}

static void large_bodies_are_refused(void **state)
{
    struct world *w = *state;
    static const char large[] = "POST /v1/query HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n"
                                "\r\n";
    world_raw(w, large, sizeof large - 1);
    assert_int_equal(w->status, 413);
}

static void pages_from_elsewhere_change_nothing(void **state)
{
    struct world *w = *state;
    assert_int_equal(
        world_send(w, "POST", "/v1/registrations", "Origin: http://evil\r\n", world_csv), 403);
    assert_int_equal(world_send(w, "POST", "/v1/registrations", "Origin: http://a\r\n", world_csv),
                     201);
}

static void answers_have_tags(void **state)
{
    struct world *w = *state;
    char header[128];
    world_settle(w);
    assert_int_equal(world_get(w, "/v1/places"), 200);
    const char *tag = strstr(w->answer, "ETag: ");
    assert_non_null(tag);
    snprintf(header, sizeof header, "If-None-Match: %.34s\r\n", tag + 6);
    assert_int_equal(world_send(w, "GET", "/v1/places", header, ""), 304);
    assert_string_equal(w->body, "");
    assert_int_equal(world_send(w, "GET", "/v1/places?level=block", header, ""), 200);
    assert_int_equal(world_import(w, "a", world_csv), 201);
    assert_int_equal(world_send(w, "GET", "/v1/places", header, ""), 200);
}

static void head_has_no_body(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "HEAD", "/v1/places", "", ""), 200);
    assert_string_equal(w->body, "");
    assert_null(strstr(w->answer, "Content-Length: 0"));
}

static void abandoned_uploads_leave_nothing(void **state)
{
    struct world *w = *state;
    static const char part[] = "POST /v1/registrations HTTP/1.1\r\nHost: a\r\n"
                               "Content-Length: 100000\r\n\r\ndate,district\n2021-11-20,607\n";
    for (int i = 0; i < 3; i++) {
        int fd = world_connect(w);
        assert_int_equal(send(fd, part, sizeof part - 1, MSG_NOSIGNAL), sizeof part - 1);
        close(fd);
    }
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->batch_count, 0);
    snap_unref(s);
}

static void *ask_often(void *arg)
{
    struct world w = *(struct world *)arg;
    w.answer = NULL;
    for (int i = 0; i < 50; i++) {
        char request[] = "GET /v1/places HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        world_raw(&w, request, sizeof request - 1);
        if (w.status != 200 && w.status != 503)
            break;
    }
    free(w.answer);
    return (void *)(intptr_t)w.status;
}

static void clients_at_once_all_get_answers(void **state)
{
    struct world *w = *state;
    pthread_t thread[8];
    for (size_t i = 0; i < ARRAY_LEN(thread); i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask_often, w), 0);
    for (size_t i = 0; i < ARRAY_LEN(thread); i++) {
        void *status;
        pthread_join(thread[i], &status);
        assert_int_equal((intptr_t)status, 200);
    }
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_up, world_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(unknown_paths_and_methods),
        IN_WORLD(ambiguity_is_refused_and_closes),
        IN_WORLD(large_bodies_are_refused),
        IN_WORLD(pages_from_elsewhere_change_nothing),
        IN_WORLD(answers_have_tags),
        IN_WORLD(head_has_no_body),
        IN_WORLD(abandoned_uploads_leave_nothing),
        IN_WORLD(clients_at_once_all_get_answers),
    };
    return cmocka_run_group_tests_name("net/httpd", tests, NULL, NULL);
}
