/* SPDX-License-Identifier: MIT
 *
 * The certificate that the server shows, and its key: read from two files, and again when these
 * change, without a connection being lost. TLS 1.2 and 1.3 only. One in a process, as the library
 * asks for it without saying for whom. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <gnutls/abstract.h>

#include "base/err.h"
#include "base/str.h"

/* For the library: what is negotiated, and who gives the certificate. */
extern const char tls_priorities[];
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                 const gnutls_pk_algorithm_t *algorithms, int algorithms_n,
                 gnutls_pcert_st **certificates, unsigned *certificates_n, gnutls_privkey_t *key);

/* Reads both files (PEM: the chain, its own certificate first; the key). ERR_PARAM when they cannot
 * be used, or do not belong together. */
MUST_USE int tls_open(const char *cert, const char *key, struct err *err);
/* Reads them again when they have changed: true when others are shown from now on. On failure
 * those that are shown stay. Not on an HTTP thread. */
MUST_USE int tls_look(bool *changed, struct err *err);
/* When no connection is left. Nothing when it is not open. */
void tls_close(void);

#endif
