/* SPDX-License-Identifier: MIT
 *
 * What a check leaves unsaid: which columns tell one violation from another, and what is said of
 * it. An office that writes a check in three lines still gets findings that keep their identity
 * and read as sentences. */
#include "rule_default.h"

#include <string.h>

/* Counts and measures change from batch to batch; what names something does not. */
static bool names_something(enum type t)
{
    return t == TYPE_PLACE || t == TYPE_CODED || t == TYPE_STRING || t == TYPE_DATE;
}

int rule_default_key(struct arena *a, const struct frame *f, struct strs *out, struct err *err)
{
    out->n = 0;
    out->at = ARENA_ARRAY(a, struct str, f->cols);
    if (!out->at)
        return err_set(err, ERR_MEM, "no memory for a check");
    for (size_t c = 0; c < f->cols; c++) {
        if (!names_something(f->col[c].type))
            continue;
        struct str name = str_copy(a, f->col[c].name); /* the frame goes before the rule does */
        if (!name.p)
            return err_set(err, ERR_MEM, "no memory for a check");
        out->at[out->n++] = name;
    }
    return 0;
}

static int one_message(struct arena *a, struct str title, const struct frame *f, struct str *out,
                       struct err *err)
{
    struct buf b;
    buf_init(&b, MEM_SCRIPT);
    buf_str(&b, title);
    for (size_t c = 0; c < f->cols; c++)
        buf_printf(&b, "%s%.*s {%.*s}", c ? ", " : ": ", STR_ARG(f->col[c].name),
                   STR_ARG(f->col[c].name));
    int rc = buf_check(&b, err);
    if (rc == 0) {
        *out = str_copy(a, buf_view(&b));
        rc = out->p ? 0 : err_set(err, ERR_MEM, "no memory for a check");
    }
    buf_fini(&b);
    return rc;
}

int rule_default_message(struct arena *a, struct str name, struct text title, const struct frame *f,
                         struct text *out, struct err *err)
{
    struct str en = title.en.n ? title.en : name;
    TRY(one_message(a, en, f, &out->en, err));
    return one_message(a, title.hi.n ? title.hi : en, f, &out->hi, err);
}
