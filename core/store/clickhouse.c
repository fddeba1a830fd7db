/* SPDX-License-Identifier: MIT
 *
 * Statements for ClickHouse, and what comes back.
 *
 * Rows come as tab-separated whole numbers; with totals, a blank line and one more row stand
 * behind them. A body that was cut off, or has an error in it, has no such end; one that lost rows
 * in the middle has other sums. */
#include "store/clickhouse.h"

#include <ctype.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/httpc.h"
#include "base/limits.h"

enum {
    TIMEOUT_MS = 600000, /* of a statement without a deadline */
    KILL_TIMEOUT_MS = 2000,
    SHOWN_BYTES = 300, /* of ClickHouse's own words */
    HEADERS = 4,
};

/* ---- errors ---- */

/* What its codes mean for whoever asked (src/Common/ErrorCodes.cpp). */
static const struct meaning {
    int code, err;
    const char *hint;
} meanings[] = {
    {159, ERR_TIMEOUT, "ask for a shorter time or fewer places, or raise the timeout"},
    {160, ERR_TIMEOUT, "ask for a shorter time or fewer places, or raise the timeout"},
    {209, ERR_TIMEOUT, "a shard did not answer in time: see how its nodes are"},
    {202, ERR_BUSY, "it has as many queries as it takes: try again in a moment"},
    {241, ERR_UNAVAILABLE,
     "it has too little memory for this query: ask for less, or give it more"},
    {210, ERR_UNAVAILABLE, "it does not reach one of its nodes: see how they are"},
    {279, ERR_UNAVAILABLE, "it does not reach one of its shards: see how they are"},
    {394, ERR_UNAVAILABLE, "somebody ended the query there: try again"},
    {243, ERR_FULL, "its disk is full"},
    {60, ERR_UNAVAILABLE, "its tables are not there: panji export --engine clickhouse makes them"},
    {81, ERR_UNAVAILABLE, "the database is not there: panji export --engine clickhouse makes it"},
    {192, ERR_UNAVAILABLE, "see user and password_file of clickhouse in the configuration"},
    {193, ERR_UNAVAILABLE, "see user and password_file of clickhouse in the configuration"},
    {194, ERR_UNAVAILABLE, "see user and password_file of clickhouse in the configuration"},
    {195, ERR_UNAVAILABLE, "the user may not come from this machine: see its users' networks"},
    {497, ERR_UNAVAILABLE, "the user may not do this: grant it, or take another user"},
    {516, ERR_UNAVAILABLE, "see user and password_file of clickhouse in the configuration"},
    {164, ERR_UNAVAILABLE, "the user may only read: give the user the right, or take another"},
};

/* "Code: 241" or "Code: 241." anywhere in the text, the last of them; 0: there is none. */
static int find_code(struct str body)
{
    const char *at = NULL;
    struct str rest = body;
    const char *found;
    if (body.n == 0)
        return 0;
    while ((found = memmem(rest.p, rest.n, "Code: ", 6)) != NULL) {
        at = found + 6;
        rest = (struct str){at, (size_t)(body.p + body.n - at)};
    }
    int code = 0;
    for (; at != NULL && at < body.p + body.n && isdigit((unsigned char)*at) && code < 100000; at++)
        code = code * 10 + (*at - '0');
    return code;
}

/* One line of its own words, without what only its developers read. */
static struct str own_words(struct str body)
{
    if (body.n == 0)
        return STR("");
    const char *p = memmem(body.p, body.n, "DB::Exception: ", 15);
    if (p == NULL)
        p = body.p;
    else
        p += 15;
    size_t n = (size_t)(body.p + body.n - p);
    const char *end = memchr(p, '\n', n);
    n = end != NULL ? (size_t)(end - p) : n;
    const char *what = memmem(p, n, ", e.what()", 10);
    n = what != NULL ? (size_t)(what - p) : n;
    return utf8_prefix((struct str){p, n}, SHOWN_BYTES);
}

int clickhouse_failed(struct str body, struct err *err)
{
    enum { TAIL_BYTES = 4096 };
    struct str tail = body;
    if (tail.n > TAIL_BYTES)
        tail = (struct str){body.p + body.n - TAIL_BYTES, TAIL_BYTES};
    int number = find_code(tail);
    const char *at = number != 0 ? memmem(tail.p, tail.n, "Code: ", 6) : NULL;
    if (at != NULL)
        tail = (struct str){at, (size_t)(tail.p + tail.n - at)};
    struct str words = own_words(tail);
    int code = ERR_UNAVAILABLE;
    const char *hint = "what it says is in its log, too";
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (meanings[i].code == number) {
            code = meanings[i].err;
            hint = meanings[i].hint;
        }
    if (number == 0) {
        err_set(err, code, "ClickHouse broke off in the middle of its answer");
        hint = "try again; if it stays so, see its log";
    } else {
        err_set(err, code, "ClickHouse says (code %d): %.*s", number, STR_ARG(words));
    }
    err_hint(err, "%s", hint);
    return code;
}

/* ---- requests ---- */

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!isalnum((unsigned char)c) && c != '_')
            return false;
    }
    return s.n > 0 && s.n <= TABLE_NAME_BYTES_MAX && !isdigit((unsigned char)s.p[0]);
}

static int check_names(const struct clickhouse_address *a, struct err *err)
{
    if (!is_name(a->database))
        return err_set(err, ERR_PARAM,
                       "'%.*s' is no name of a database: letters, digits and "
                       "underscores are one",
                       STR_ARG(a->database));
    if (a->cluster.n > 0 && !is_name(a->cluster))
        return err_set(err, ERR_PARAM,
                       "'%.*s' is no name of a cluster: letters, digits and "
                       "underscores are one",
                       STR_ARG(a->cluster));
    struct str secret[] = {a->user, a->password};
    for (size_t k = 0; k < ARRAY_LEN(secret); k++)
        for (size_t i = 0; i < secret[k].n; i++)
            if ((unsigned char)secret[k].p[i] < ' ')
                return err_set(err, ERR_PARAM, "the %s for ClickHouse has a control character",
                               k ? "password" : "user");
    return 0;
}

/* A request on its way. */
struct statement {
    const struct clickhouse *at;
    struct str sql, data;
    const struct cancel *cancel;
    bool reads;
    char id[33];
};

static int64_t time_left_ms(const struct cancel *c)
{
    if (c == NULL || c->deadline_ns == 0)
        return TIMEOUT_MS;
    int64_t left = (c->deadline_ns - clock_mono_ns()) / 1000000;
    return left < 1 ? 1 : left;
}

/* The limits of a query's text are ours (a list of places may be long); its time is what is left
 * of the caller's, so that it does not run on for nobody. */
static void put_url(struct buf *b, const struct statement *s)
{
    struct str url = s->at->address.url;
    while (url.n > 0 && url.p[url.n - 1] == '/')
        url.n--;
    buf_str(b, url);
    buf_printf(b, "/?query_id=%s&max_query_size=%u&max_ast_elements=%u&max_execution_time=%lld",
               s->id, CLICKHOUSE_SQL_BYTES, CLICKHOUSE_SQL_BYTES,
               (long long)(time_left_ms(s->cancel) + 999) / 1000);
    if (s->reads)
        buf_cstr(b, "&wait_end_of_query=1");
    if (s->data.p != NULL) {
        buf_cstr(b, "&insert_distributed_sync=1&query=");
        httpc_escape(b, s->sql);
    }
    buf_char(b, '\0');
}

static int put_headers(struct buf *b, const struct clickhouse_address *a, const char **header,
                       struct err *err)
{
    size_t n = 0;
    size_t user = b->n;
    buf_printf(b, "X-ClickHouse-User: %.*s", STR_ARG(a->user));
    buf_char(b, '\0');
    size_t key = b->n;
    buf_printf(b, "X-ClickHouse-Key: %.*s", STR_ARG(a->password));
    buf_char(b, '\0');
    TRY(buf_check(b, err));
    if (a->user.n > 0)
        header[n++] = b->p + user;
    if (a->user.n > 0 && a->password.n > 0)
        header[n++] = b->p + key;
    header[n] = NULL;
    return 0;
}

static int send_once(const struct statement *s, struct buf *answer, int *status, struct err *err)
{
    struct buf url, secret;
    const char *header[HEADERS];
    buf_init(&url, MEM_STORE);
    buf_init(&secret, MEM_STORE);
    put_url(&url, s);
    int rc = buf_check(&url, err);
    if (rc == 0)
        rc = put_headers(&secret, &s->at->address, header, err);
    if (rc == 0) {
        struct httpc_request rq = {.method = "POST",
                                   .url = url.p,
                                   .headers = header,
                                   .body = s->data.p != NULL ? s->data : s->sql,
                                   .timeout_ms = time_left_ms(s->cancel),
                                   .cancel = s->cancel,
                                   .harmless = s->reads};
        struct httpc_response rs = {.body = *answer};
        rc = httpc_send(&rq, &rs, err);
        *answer = rs.body;
        *status = rs.status;
    }
    buf_fini(&secret);
    buf_fini(&url);
    return rc;
}

static void name_statement(struct statement *s)
{
    unsigned char key[HASH_KEY_BYTES];
    hash_key_new(key);
    hex_encode(key, sizeof key, s->id);
}

/* Ends over there what the caller no longer waits for; whether that works is nobody's concern. */
static void end_there(const struct statement *s)
{
    char sql[128];
    struct cancel limit;
    struct buf answer;
    int status;
    int n = snprintf(sql, sizeof sql, "KILL QUERY WHERE query_id = '%s' ASYNC", s->id);
    struct statement kill = {.at = s->at, .sql = {sql, (size_t)n}, .cancel = &limit};
    cancel_init(&limit, KILL_TIMEOUT_MS);
    name_statement(&kill);
    buf_init(&answer, MEM_STORE);
    int rc = send_once(&kill, &answer, &status, NULL);
    (void)rc;
    buf_fini(&answer);
}

static int perform(struct statement *s, struct buf *answer, struct err *err)
{
    int status = 0;
    name_statement(s);
    TRY(cancel_check(s->cancel, err));
    int rc = send_once(s, answer, &status, err);
    if (rc == ERR_CANCELLED || rc == ERR_TIMEOUT)
        end_there(s);
    if (rc < 0)
        return rc;
    if (status == 200)
        return 0;
    if (find_code(buf_view(answer)) != 0)
        return clickhouse_failed(buf_view(answer), err);
    err_set(err, ERR_UNAVAILABLE, "what answers at the address of ClickHouse is none (status %d)",
            status);
    err_hint(err, "see url of clickhouse in the configuration: its HTTP port is 8123 mostly");
    return ERR_UNAVAILABLE;
}

int clickhouse_do(const struct clickhouse *c, struct str sql, struct str data,
                  const struct cancel *cancel, struct err *err)
{
    struct statement s = {.at = c, .sql = sql, .data = data, .cancel = cancel};
    struct buf answer;
    buf_init(&answer, MEM_STORE);
    int rc = perform(&s, &answer, err);
    if (rc == 0 && find_code(buf_view(&answer)) != 0)
        rc = clickhouse_failed(buf_view(&answer), err);
    buf_fini(&answer);
    return rc;
}

int clickhouse_ask(const struct clickhouse *c, struct str sql, const struct cancel *cancel,
                   struct buf *out, struct err *err)
{
    struct statement s = {.at = c, .sql = sql, .cancel = cancel, .reads = true};
    TRY(perform(&s, out, err));
    if (out->n > 0 && out->p[out->n - 1] == '\n' && find_code(buf_view(out)) == 0)
        return 0;
    return clickhouse_failed(buf_view(out), err);
}

int clickhouse_open(const struct clickhouse_address *where, const struct cancel *cancel,
                    struct clickhouse *out, struct err *err)
{
    *out = (struct clickhouse){.address = *where};
    TRY(check_names(where, err));
    struct buf answer;
    buf_init(&answer, MEM_STORE);
    int rc = clickhouse_ask(out, STR("SELECT version()"), cancel, &answer, err);
    struct str version = str_trim(buf_view(&answer));
    int64_t major = 0;
    const char *dot = version.n > 0 ? memchr(version.p, '.', version.n) : NULL;
    if (dot == NULL || str_to_i64((struct str){version.p, (size_t)(dot - version.p)}, &major) < 0)
        major = 0;
    if (rc == 0 && major == 0) {
        rc = err_set(err, ERR_UNAVAILABLE,
                     "what answers at the address of ClickHouse tells no "
                     "version");
        err_hint(err, "see url of clickhouse in the configuration");
    } else if (rc == 0 && major < 18) {
        rc = err_set(err, ERR_UNAVAILABLE, "ClickHouse %.*s is older than 18.16",
                     STR_ARG(utf8_prefix(version, 20)));
    }
    out->profile = major < 22 ? CLICKHOUSE_18 : CLICKHOUSE_CURRENT;
    snprintf(out->version, sizeof out->version, "%.*s", STR_ARG(utf8_prefix(version, 20)));
    buf_fini(&answer);
    return rc;
}

/* ---- rows ---- */

/* A whole number up to a tab or a line end; false: there is none. */
static bool read_number(const char **p, const char *end, char stop, int64_t *out)
{
    bool minus = *p < end && **p == '-';
    const char *at = *p + minus;
    uint64_t v = 0;
    const char *first = at;
    for (; at < end && isdigit((unsigned char)*at); at++)
        if (__builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (uint64_t)(*at - '0'), &v))
            return false;
    if (at == first || at == end || *at != stop || v > (uint64_t)INT64_MAX)
        return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    *p = at + 1;
    return true;
}

static bool read_row(const char **p, const char *end, size_t cols, int64_t *out)
{
    for (size_t c = 0; c < cols; c++)
        if (!read_number(p, end, c + 1 < cols ? '\t' : '\n', &out[c]))
            return false;
    return true;
}

static size_t count_lines(struct str body)
{
    size_t n = 0;
    const char *end = body.p + body.n;
    for (const char *p = body.p; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        n++;
    return n;
}

/* The totals of the last two columns are those of the rows. */
static bool sums_agree(const struct clickhouse_rows *r, const int64_t *totals)
{
    int64_t sum[2] = {0, 0};
    for (size_t i = 0; i < r->rows; i++)
        for (size_t k = 0; k < 2; k++)
            if (__builtin_add_overflow(sum[k], r->value[(i + 1) * r->cols - 2 + k], &sum[k]))
                return false;
    return sum[0] == totals[r->cols - 2] && sum[1] == totals[r->cols - 1];
}

int clickhouse_rows(struct str body, size_t cols, struct arena *a, struct clickhouse_rows *out,
                    struct err *err)
{
    ASSERT(cols >= 2);
    *out = (struct clickhouse_rows){.cols = cols};
    size_t lines = count_lines(body);
    int64_t *totals = ARENA_ARRAY(a, int64_t, cols);
    out->value = lines <= SIZE_MAX / cols ? ARENA_ARRAY(a, int64_t, lines * cols) : NULL;
    if (totals == NULL || out->value == NULL) {
        err_set(err, ERR_LIMIT, "The query needs more memory than it may use.");
        err_hint(err, "add conditions, select fewer columns, or aggregate earlier");
        return ERR_LIMIT;
    }
    const char *p = body.p;
    const char *end = p + body.n;
    while (p < end && *p != '\n') {
        if (!read_row(&p, end, cols, &out->value[out->rows * cols]))
            return clickhouse_failed(body, err);
        out->rows++;
    }
    if (p == end || !(p++, read_row(&p, end, cols, totals)) || p != end || !sums_agree(out, totals))
        return clickhouse_failed(body, err);
    return 0;
}

int clickhouse_select(const struct clickhouse *c, struct str sql, size_t cols,
                      const struct cancel *cancel, struct arena *a, struct clickhouse_rows *out,
                      struct err *err)
{
    struct statement s = {.at = c, .sql = sql, .cancel = cancel, .reads = true};
    struct buf answer;
    buf_init(&answer, MEM_STORE);
    int rc = perform(&s, &answer, err);
    if (rc == ERR_TOO_LARGE || rc == ERR_MEM) {
        rc = err_set(err, ERR_LIMIT, "The answer of ClickHouse is larger than a query may hold.");
        err_hint(err, "add conditions, select fewer columns, or aggregate earlier");
    }
    if (rc == 0)
        rc = clickhouse_rows(buf_view(&answer), cols, a, out, err);
    buf_fini(&answer);
    return rc;
}
