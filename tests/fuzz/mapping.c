/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a file of a source's words. It is read, or refused with a line and a sentence. */
#include "fuzz.h"

#include "ingest/mapping.h"

static void look(const struct mapping *m, struct str text)
{
    struct str column, value;
    size_t n = 0;
    while (mapping_constant(m, n, &column, &value)) {
        ASSERT(column.n > 0 && utf8_check(column) == column.n && utf8_check(value) == value.n);
        struct str again = mapping_column(m, column);
        ASSERT(utf8_check(again) == again.n);
        n++;
    }
    ASSERT(n <= text.n);
    struct str word = {text.p, text.n < 20 ? text.n : 20};
    static const char *const columns[] = {"sector", "channel", "block", "district", "date", ""};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct str ours = mapping_word(m, str_of(columns[i]), word);
        ASSERT(ours.p == word.p || utf8_check(ours) == ours.n);
    }
    struct str ours = mapping_column(m, word);
    ASSERT(ours.p == word.p || utf8_check(ours) == ours.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str text = {(const char *)p, n};
    struct mapping *m = NULL;
    struct err err = {0};
    int rc = mapping_parse(text, &m, &err);
    if (rc == 0) {
        look(m, text);
    } else {
        ASSERT(rc == err.code && m == NULL && err.msg[0] != '\0');
        ASSERT(rc != ERR_SYNTAX || err.line > 0);
        ASSERT(utf8_check(str_of(err.msg)) == strlen(err.msg));
    }
    mapping_free(m);
    return 0;
}
