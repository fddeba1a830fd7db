/* SPDX-License-Identifier: MIT
 *
 * GET /v1/queries, DELETE /v1/queries/{id}: what is being answered at the moment, and how to end
 * it. What was asked is not told, only by which route: it may hold what others need not know.
 * Answered by the HTTP threads, so that it works when every worker is busy. */
#include "api.h"

int api_queries(struct request *r, struct err *err)
{
    struct json j;
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_key(&j, "queries");
    json_array(&j);
    httpd_queries(r->httpd, &j);
    json_array_end(&j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

int api_query_cancel(struct request *r, struct err *err)
{
    struct json j;
    struct str id = r->match.capture[0];
    size_t n = httpd_cancel(r->httpd, id);
    if (n == 0) {
        err_set(err, ERR_NOT_FOUND, "no query with the id '%.*s' waits or runs", STR_ARG(id));
        err_hint(err, "GET /v1/queries lists those that do");
        return ERR_NOT_FOUND;
    }
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_str(&j, "id", id);
    json_put_u64(&j, "cancelled", n);
    json_object_end(&j);
    return request_reply_json(r, err);
}
