/* SPDX-License-Identifier: MIT
 *
 * Outgoing mail over libcurl's easy interface. */
#include "base/mailc.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void init_once(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct upload_text {
    struct str text;
    size_t at;
};

static size_t give_text(char *p, size_t size, size_t count, void *arg)
{
    struct upload_text *u = arg;
    size_t n = u->text.n - u->at < size * count ? u->text.n - u->at : size * count;
    memcpy(p, u->text.p + u->at, n);
    u->at += n;
    return n;
}

static int ask_to_stop(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct mailc_message *m = arg;
    (void)a, (void)b, (void)c, (void)d;
    return m->stop();
}

static bool is_here(const char *url)
{
    static const char *const hosts[] = {"127.", "localhost", "[::1]"};
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (strncasecmp(host, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

/* curl_easy_setopt fails only when memory is short or the library lacks an option. */
#define SET(option, value) (*failed |= curl_easy_setopt(c, (option), (value)) != CURLE_OK)

static void set_access(CURL *c, const struct mailc_message *m, bool *failed)
{
    SET(CURLOPT_USE_SSL, (long)(is_here(m->url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (m->ca_file != NULL)
        SET(CURLOPT_CAINFO, m->ca_file);
    if (m->user != NULL) {
        SET(CURLOPT_USERNAME, m->user);
        SET(CURLOPT_PASSWORD, m->password != NULL ? m->password : "");
    }
    if (is_here(m->url))
        SET(CURLOPT_NOPROXY, "*");
}

static void set_all(CURL *c, const struct mailc_message *m, struct upload_text *text,
                    struct curl_slist *to, char *detail, bool *failed)
{
    SET(CURLOPT_ERRORBUFFER, detail);
    SET(CURLOPT_URL, m->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    SET(CURLOPT_TIMEOUT_MS, (long)(m->timeout_ms > 0 ? m->timeout_ms : 10000));
    SET(CURLOPT_MAIL_FROM, m->from);
    SET(CURLOPT_MAIL_RCPT, to);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->text.n);
    SET(CURLOPT_READFUNCTION, give_text);
    SET(CURLOPT_READDATA, text);
    if (m->stop != NULL) {
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, ask_to_stop);
        SET(CURLOPT_XFERINFODATA, m);
    }
    set_access(c, m, failed);
}

static int explain(CURLcode rc, long answer, const struct upload_text *text,
                   const struct mailc_message *m, const char *detail, struct err *err)
{
    const char *why = detail[0] != '\0' ? detail : curl_easy_strerror(rc);
    if (rc == CURLE_OUT_OF_MEMORY)
        return err_set(err, ERR_MEM, "no memory left to send a mail");
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return err_set(err, ERR_CANCELLED, "given up");
    if (answer >= 500 && answer < 600 && rc != CURLE_LOGIN_DENIED)
        return err_set(err, ERR_VALUE, "%s refused the mail for good (%ld): %s", m->url, answer,
                       why);
    if (text->at == text->text.n && text->at > 0 && (answer < 400 || answer >= 500))
        return err_set(err, ERR_UNKNOWN_OUTCOME, "%s took the mail and did not answer: %s", m->url,
                       why);
    int code = rc == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
    return err_set(err, code, "%s did not take the mail: %s", m->url, why);
}

int mailc_send(const struct mailc_message *m, struct err *err)
{
    char detail[CURL_ERROR_SIZE] = "";
    struct upload_text text = {m->text, 0};
    pthread_once(&once, init_once);
    CURL *c = global_result == CURLE_OK ? curl_easy_init() : NULL;
    struct curl_slist *to = c != NULL ? curl_slist_append(NULL, m->to) : NULL;
    bool failed = to == NULL;
    CURLcode rc = CURLE_OUT_OF_MEMORY;
    long answer = 0;
    if (c != NULL && to != NULL)
        set_all(c, m, &text, to, detail, &failed);
    if (!failed) {
        rc = curl_easy_perform(c);
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer);
    }
    int code = rc == CURLE_OK ? 0 : explain(rc, answer, &text, m, detail, err);
    curl_slist_free_all(to);
    curl_easy_cleanup(c);
    return code;
}
