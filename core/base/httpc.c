/* SPDX-License-Identifier: MIT
 *
 * Outgoing HTTP over libcurl's easy interface: one handle a request, no redirects followed (a token
 * must not travel to another host), http and https only. A machine's own addresses are never asked
 * through a proxy. */
#include "base/httpc.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/limits.h"

enum { UPLOAD_BYTES = 512 << 10 }; /* of a file, read and sent at once */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void init_once(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Where the body of an answer goes. */
struct sink {
    CURL *c;
    const struct httpc_request *rq;
    struct buf *body;
    int64_t filed; /* bytes written to the file */
    bool failed;   /* the file took no more */
};

static bool is_good(CURL *c)
{
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static size_t file_body(struct sink *s, const char *p, size_t n)
{
    curl_off_t total = 0;
    s->failed = fwrite(p, 1, n, s->rq->answer_file) != n;
    s->filed += (int64_t)n;
    curl_easy_getinfo(s->c, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
    if (s->rq->got != NULL)
        s->rq->got(s->rq->got_ctx, s->filed, total > 0 ? total : 0);
    return s->failed ? 0 : n;
}

static size_t take_body(char *p, size_t size, size_t count, void *arg)
{
    struct sink *s = arg;
    struct buf *body = s->body;
    size_t n = size * count;
    if (s->rq->answer_file != NULL && is_good(s->c))
        return file_body(s, p, n);
    if (n > HTTPC_ANSWER_BYTES_MAX - body->n)
        return 0;
    buf_put(body, p, n);
    return body->failed ? 0 : n;
}

static size_t give_file(char *p, size_t size, size_t count, void *arg)
{
    FILE *f = arg;
    size_t n = fread(p, 1, size * count, f);
    return n == 0 && ferror(f) ? CURL_READFUNC_ABORT : n;
}

static int on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    const struct httpc_request *rq = arg;
    (void)down_all, (void)down, (void)up_all, (void)up;
    rq->tick(rq->tick_ctx);
    return 0;
}

static bool is_loopback(const char *url)
{
    static const char *const hosts[] = {"127.", "localhost", "[::1]"};
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (strncasecmp(host, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

/* curl_easy_setopt fails only when memory is short or the library lacks an option. */
#define SET(option, value) (*failed |= curl_easy_setopt(c, (option), (value)) != CURLE_OK)

static void set_file_body(CURL *c, FILE *f, bool *failed)
{
    struct stat st;
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
    SET(CURLOPT_READFUNCTION, give_file);
    SET(CURLOPT_READDATA, f);
    long at = ftell(f);
    if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && at >= 0 && at <= st.st_size)
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)(st.st_size - at));
    /* else: sent in chunks */
}

static void set_body(CURL *c, const struct httpc_request *rq, bool *failed)
{
    if (rq->body_file != NULL) {
        set_file_body(c, rq->body_file, failed);
    } else if (rq->body.p != NULL) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body.n);
        SET(CURLOPT_POSTFIELDS, rq->body.p);
    } else if (strcmp(rq->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    }
    SET(CURLOPT_CUSTOMREQUEST, rq->method);
}

/* Called while the request runs, once a second at least. */
static int ask_to_stop(void *arg, curl_off_t down, curl_off_t downloaded, curl_off_t up,
                       curl_off_t uploaded)
{
    const struct httpc_request *rq = arg;
    (void)down, (void)downloaded, (void)up, (void)uploaded;
    return (rq->stop != NULL && rq->stop()) || cancel_check(rq->cancel, NULL) < 0;
}

static void set_all(CURL *c, const struct httpc_request *rq, struct sink *sink, char *detail,
                    bool *failed)
{
    SET(CURLOPT_ERRORBUFFER, detail);
    SET(CURLOPT_URL, rq->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    if (rq->ca_file != NULL)
        SET(CURLOPT_CAINFO, rq->ca_file);
    if (rq->ca_file != NULL && rq->any_name)
        SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "panji");
    SET(CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    if (rq->timeout_ms > 0)
        SET(CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
    if (is_loopback(rq->url))
        SET(CURLOPT_NOPROXY, "*");
    if (rq->tick != NULL) {
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, on_progress);
        SET(CURLOPT_XFERINFODATA, rq);
    }
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, sink);
    if (rq->stop != NULL || rq->cancel != NULL) {
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, ask_to_stop);
        SET(CURLOPT_XFERINFODATA, rq);
    }
    set_body(c, rq, failed);
}

/* The caller's headers, and none of curl's own that would surprise. */
static int make_headers(const struct httpc_request *rq, struct curl_slist **out)
{
    static const char *const off[] = {"Expect:", "Content-Type:"};
    struct curl_slist *list = NULL;
    bool typed = false;
    for (const char *const *h = rq->headers; h != NULL && *h != NULL; h++) {
        struct curl_slist *longer = curl_slist_append(list, *h);
        if (longer == NULL)
            goto no_memory;
        list = longer;
        typed |= strncasecmp(*h, "Content-Type:", 13) == 0;
    }
    for (size_t i = 0; i < (typed ? 1u : 2u); i++) {
        struct curl_slist *longer = curl_slist_append(list, off[i]);
        if (longer == NULL)
            goto no_memory;
        list = longer;
    }
    *out = list;
    return 0;
no_memory:
    curl_slist_free_all(list);
    return ERR_MEM;
}

static bool changes_nothing(const struct httpc_request *rq)
{
    return rq->harmless || strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;
}

/* The address for a message: up to the host, as what comes behind it may be a key. */
static struct str shown(const char *url)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    return (struct str){url, (size_t)(host - url) + strcspn(host, "/?#")};
}

static int no_answer(CURLcode rc, const struct httpc_request *rq, struct str url, const char *why,
                     struct err *err)
{
    int code;
    bool sent = rc != CURLE_COULDNT_CONNECT && rc != CURLE_COULDNT_RESOLVE_HOST;
    if (sent && !changes_nothing(rq)) {
        code = err_set(err, ERR_UNKNOWN_OUTCOME, "the request to %.*s got no answer: %s",
                       STR_ARG(url), why);
        err_hint(err, "it may have been carried out: send it again with the same id");
        return code;
    }
    code = rc == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
    code = err_set(err, code, "no answer from %.*s: %s", STR_ARG(url), why);
    err_hint(err, "see that a server listens there and that the address is right");
    return code;
}

static int explain(CURLcode rc, const struct httpc_request *rq, const struct httpc_response *rs,
                   const char *detail, struct err *err)
{
    struct str url = shown(rq->url);
    if (rs->body.failed || rc == CURLE_OUT_OF_MEMORY)
        return err_set(err, ERR_MEM, "no memory left for the answer of %.*s", STR_ARG(url));
    if (rc == CURLE_WRITE_ERROR)
        return err_set(err, ERR_TOO_LARGE, "the answer of %.*s is larger than %llu bytes",
                       STR_ARG(url), HTTPC_ANSWER_BYTES_MAX);
    if (rc == CURLE_ABORTED_BY_CALLBACK && cancel_check(rq->cancel, err) < 0)
        return cancel_check(rq->cancel, err);
    if (rc == CURLE_ABORTED_BY_CALLBACK && rq->stop != NULL)
        return err_set(err, ERR_CANCELLED, "given up");
    if (rc == CURLE_ABORTED_BY_CALLBACK || rc == CURLE_READ_ERROR)
        return err_set(err, ERR_IO, "the body for %.*s cannot be read", STR_ARG(url));
    if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT)
        return err_set(err, ERR_USAGE, "'%.*s' is not an http or https address", STR_ARG(url));
    return no_answer(rc, rq, url, detail[0] ? detail : curl_easy_strerror(rc), err);
}

static int perform(CURL *c, const struct httpc_request *rq, struct httpc_response *rs,
                   struct err *err)
{
    struct curl_slist *headers = NULL;
    char detail[CURL_ERROR_SIZE] = "";
    bool failed = make_headers(rq, &headers) < 0;
    struct sink sink = {.c = c, .rq = rq, .body = &rs->body};
    set_all(c, rq, &sink, detail, &failed);
    failed |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) != CURLE_OK;
    CURLcode rc = failed ? CURLE_OUT_OF_MEMORY : curl_easy_perform(c);
    int code = 0;
    if (rc == CURLE_OK) {
        long status = 0;
        char *type = NULL;
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
        rs->status = (int)status;
        snprintf(rs->content_type, sizeof rs->content_type, "%s", type ? type : "");
    } else {
        code = sink.failed
                   ? err_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO,
                             "the answer cannot be written to its file: %s", strerror(errno))
                   : explain(rc, rq, rs, detail, err);
    }
    curl_slist_free_all(headers);
    return code;
}

int httpc_send(const struct httpc_request *rq, struct httpc_response *rs, struct err *err)
{
    pthread_once(&once, init_once);
    CURL *c = global_result == CURLE_OK ? curl_easy_init() : NULL;
    if (c == NULL)
        return err_set(err, ERR_MEM, "the HTTP client cannot be started");
    rs->status = 0;
    rs->content_type[0] = '\0';
    int code = perform(c, rq, rs, err);
    curl_easy_cleanup(c);
    return code;
}

void httpc_escape(struct buf *out, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
        if (plain)
            buf_char(out, (char)c);
        else
            buf_put(out, coded, sizeof coded);
    }
}
