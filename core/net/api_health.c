/* SPDX-License-Identifier: MIT
 *
 * Answers of the HTTP threads themselves: they must work when every worker is busy. */
#include "access.h"
#include "api.h"

static void put_unread(struct json *j, struct store *store)
{
    if (store_unread(store, 0) == NULL)
        return;
    json_key(j, "warnings");
    json_array(j);
    for (size_t i = 0; store_unread(store, i) != NULL; i++)
        json_cstr(j, store_unread(store, i));
    json_array_end(j);
}

/* What an operator has to know, in both: the state, and what is damaged. */
static void put_store(const struct request *r, struct json *j)
{
    struct store *store = r->service->store;
    struct store_damage d;
    json_put_cstr(j, "store", store_state_name(store_state_of(store)));
    if (!access_may(r, RIGHT_METRICS)) /* figures of all places */
        return;
    put_unread(j, store);
    store_damage_get(store, &d);
    if (d.mark == 0)
        return;
    json_key(j, "damage");
    json_object(j);
    json_put_i64(j, "parts", (int64_t)d.parts);
    json_put_i64(j, "batches", (int64_t)d.batches);
    json_put_i64(j, "registrations_missing", d.registrations);
    json_put_cstr(j, "hint", "panji verify tells what is damaged and how to mend it");
    json_object_end(j);
}

int api_events(struct request *r, struct err *err)
{
    (void)r, (void)err;
    return 0;
}

int api_healthz(struct request *r, struct err *err)
{
    struct json j;
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_cstr(&j, "status", "ok");
    json_put_cstr(&j, "instance", r->service->instance);
    put_store(r, &j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

int api_readyz(struct request *r, struct err *err)
{
    struct snap *s = snap_cell_get(r->service->cell);
    bool loaded = s != NULL;
    struct json j;
    snap_unref(s);
    enum store_state state = store_state_of(r->service->store);
    if (!loaded)
        return err_set(err, ERR_UNAVAILABLE, "the server is still loading its data");
    if (httpd_is_stopping(r->httpd))
        return err_set(err, ERR_UNAVAILABLE, "the server is stopping");
    if (state != STORE_READY)
        return err_set(err, ERR_UNAVAILABLE,
                       "the store is %s: queries are answered, imports are not",
                       store_state_name(state));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_cstr(&j, "status", "ready");
    put_store(r, &j);
    json_object_end(&j);
    return request_reply_json(r, err);
}

int api_metrics(struct request *r, struct err *err)
{
    httpd_metrics(r->httpd, &r->answer.body);
    r->answer.type = "text/plain; version=0.0.4; charset=utf-8";
    return buf_check(&r->answer.body, err);
}
