/* SPDX-License-Identifier: MIT
 *
 * Answers of the HTTP threads themselves: they must work when every worker is busy. */
#include "api.h"

int api_events(struct request *r, struct err *err)
{
    return request_check_args(r, NULL, 0, err);
}

int api_healthz(struct request *r, struct err *err)
{
    buf_printf(&r->answer.body, "{\"status\":\"ok\",\"instance\":\"%s\"}\n", r->service->instance);
    return buf_check(&r->answer.body, err);
}

int api_readyz(struct request *r, struct err *err)
{
    struct snap *s = snap_cell_get(r->service->cell);
    bool loaded = s != NULL;
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
    buf_cstr(&r->answer.body, "{\"status\":\"ready\"}\n");
    return 0;
}

int api_metrics(struct request *r, struct err *err)
{
    httpd_metrics(r->httpd, &r->answer.body);
    r->answer.type = "text/plain; version=0.0.4; charset=utf-8";
    return buf_check(&r->answer.body, err);
}
