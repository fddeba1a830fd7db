/* SPDX-License-Identifier: MIT
 *
 * A list of the pairs that were shown: a handshake may still use one that has been replaced, so all
 * stay until the end. There are few: one for each renewal. */
#include "tls.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { CHAIN_MAX = 16, KEY_ID_BYTES = 64 };

const char tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

/* Tells one content of a file from the next. */
struct mark {
    struct timespec changed;
    ino_t file;
    off_t bytes;
};

struct pair {
    struct pair *before;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned n;
    gnutls_privkey_t key;
};

static struct {
    char cert[4096], key[4096];
    struct mark cert_mark, key_mark; /* at the last look, good or not */
    _Atomic(struct pair *) shown;
} tls;

static int unusable(const char *path, int why, struct err *err)
{
    return err_set(err, ERR_PARAM, "%s cannot be used: %s", path, gnutls_strerror(why));
}

static struct mark mark_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (struct mark){.bytes = -1};
    return (struct mark){.changed = st.st_mtim, .file = st.st_ino, .bytes = st.st_size};
}

static bool same(const struct mark *a, const struct mark *b)
{
    return a->file == b->file && a->bytes == b->bytes && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static int read_chain(struct pair *p, struct err *err)
{
    gnutls_datum_t text;
    unsigned n = CHAIN_MAX;
    int rc = gnutls_load_file(tls.cert, &text);
    if (rc < 0)
        return unusable(tls.cert, rc, err);
    rc = gnutls_pcert_list_import_x509_raw(p->chain, &n, &text, GNUTLS_X509_FMT_PEM, 0);
    gnutls_free(text.data);
    if (rc < 0)
        return unusable(tls.cert, rc, err);
    p->n = n;
    return 0;
}

static int read_key(struct pair *p, struct err *err)
{
    gnutls_datum_t text;
    int rc = gnutls_load_file(tls.key, &text);
    if (rc < 0)
        return unusable(tls.key, rc, err);
    rc = gnutls_privkey_import_x509_raw(p->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset(text.data, 0, text.size);
    gnutls_free(text.data);
    return rc < 0 ? unusable(tls.key, rc, err) : 0;
}

static bool belong_together(const struct pair *p)
{
    unsigned char of_cert[KEY_ID_BYTES];
    unsigned char of_key[KEY_ID_BYTES];
    size_t cert_n = sizeof of_cert;
    size_t key_n = sizeof of_key;
    gnutls_pubkey_t key;
    if (p->n == 0 || gnutls_pubkey_init(&key) < 0)
        return false;
    bool good = gnutls_pubkey_import_privkey(key, p->key, 0, 0) == 0 &&
                gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_n) == 0 &&
                gnutls_pubkey_get_key_id(p->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_cert,
                                         &cert_n) == 0;
    gnutls_pubkey_deinit(key);
    return good && cert_n == key_n && memcmp(of_cert, of_key, key_n) == 0;
}

static void pair_free(struct pair *p)
{
    for (unsigned i = 0; i < p->n; i++)
        gnutls_pcert_deinit(&p->chain[i]);
    gnutls_privkey_deinit(p->key);
    mem_free(MEM_NET, p);
}

static int read_pair(struct pair **out, struct err *err)
{
    struct pair *p = mem_calloc(MEM_NET, 1, sizeof *p);
    if (p == NULL)
        return err_set(err, ERR_MEM, "no memory for the certificate");
    if (gnutls_privkey_init(&p->key) < 0) {
        mem_free(MEM_NET, p);
        return err_set(err, ERR_MEM, "no memory for the key of the certificate");
    }
    int rc = read_chain(p, err);
    rc = rc < 0 ? rc : read_key(p, err);
    if (rc == 0 && !belong_together(p))
        rc = err_set(err, ERR_PARAM, "the key %s is not that of the first certificate in %s",
                     tls.key, tls.cert);
    if (rc < 0)
        pair_free(p);
    else
        *out = p;
    return rc;
}

static int show(struct err *err)
{
    struct pair *p = NULL;
    tls.cert_mark = mark_of(tls.cert);
    tls.key_mark = mark_of(tls.key);
    TRY(read_pair(&p, err));
    ASSERT(p != NULL);
    p->before = atomic_load(&tls.shown);
    atomic_store(&tls.shown, p);
    return 0;
}

int tls_open(const char *cert, const char *key, struct err *err)
{
    ASSERT(atomic_load(&tls.shown) == NULL);
    snprintf(tls.cert, sizeof tls.cert, "%s", cert);
    snprintf(tls.key, sizeof tls.key, "%s", key);
    return show(err);
}

int tls_look(bool *changed, struct err *err)
{
    struct mark cert = mark_of(tls.cert);
    struct mark key = mark_of(tls.key);
    *changed = false;
    if (atomic_load(&tls.shown) == NULL ||
        (same(&cert, &tls.cert_mark) && same(&key, &tls.key_mark)))
        return 0;
    TRY(show(err));
    *changed = true;
    return 0;
}

void tls_close(void)
{
    struct pair *p = atomic_exchange(&tls.shown, NULL);
    while (p != NULL) {
        struct pair *before = p->before;
        pair_free(p);
        p = before;
    }
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                 const gnutls_pk_algorithm_t *algorithms, int algorithms_n,
                 gnutls_pcert_st **certificates, unsigned *certificates_n, gnutls_privkey_t *key)
{
    (void)session, (void)authorities, (void)n, (void)algorithms, (void)algorithms_n;
    struct pair *p = atomic_load(&tls.shown);
    if (p == NULL)
        return -1;
    *certificates = p->chain;
    *certificates_n = p->n;
    *key = p->key;
    return 0;
}
