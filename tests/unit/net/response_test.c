/* SPDX-License-Identifier: MIT
 *
 * Header fields of an answer. */
#include "../../../core/net/response.h"

#include <stdio.h>

#include "test.h"

static const char *field(struct MHD_Response *rs, const char *name)
{
    const char *value = MHD_get_response_header(rs, name);
    return value != NULL ? value : "";
}

static void an_answer_is_sent_with_what_it_says(void **state)
{
    (void)state;
    struct answer a;
    answer_init(&a);
    buf_cstr(&a.body, "{}");
    a.snapshot = 7;
    a.varies = true;
    snprintf(a.etag, sizeof a.etag, "\"abc\"");
    snprintf(a.file, sizeof a.file, "list.xlsx");
    struct MHD_Response *rs = response_of(&a);
    assert_non_null(rs);
    assert_int_equal(a.body.n, 0); /* it has the body now */
    assert_string_equal(field(rs, "Content-Type"), "application/json; charset=utf-8");
    assert_string_equal(field(rs, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(field(rs, "ETag"), "\"abc\"");
    assert_string_equal(field(rs, "Panji-Snapshot"), "7");
    assert_string_equal(field(rs, "Content-Disposition"), "attachment; filename=\"list.xlsx\"");
    assert_string_equal(field(rs, "Connection"), "");
    MHD_destroy_response(rs);
    answer_fini(&a);
}

static void what_has_no_tag_is_not_kept(void **state)
{
    (void)state;
    struct answer a;
    answer_init(&a);
    a.status = 503;
    a.retry_after_s = 1;
    a.close = true;
    struct MHD_Response *rs = response_of(&a);
    assert_string_equal(field(rs, "Cache-Control"), "no-store");
    assert_string_equal(field(rs, "Retry-After"), "1");
    assert_string_equal(field(rs, "Connection"), "close");
    MHD_destroy_response(rs);
    answer_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_sent_with_what_it_says),
        cmocka_unit_test(what_has_no_tag_is_not_kept),
    };
    return cmocka_run_group_tests_name("net/response", tests, NULL, NULL);
}
