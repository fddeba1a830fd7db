/* SPDX-License-Identifier: MIT
 *
 * Messages from templates. */
#include "message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "query/format.h"

static const char *const months_en[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const months_hi[] = {"जनवरी", "फ़रवरी", "मार्च",  "अप्रैल",  "मई",   "जून",
                                        "जुलाई",  "अगस्त",  "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"};

bool message_next(struct str template, size_t *at, size_t *start, struct str *name)
{
    for (size_t i = *at; i < template.n; i++) {
        if (template.p[i] != '{')
            continue;
        if (i + 1 < template.n && template.p[i + 1] == '{') {
            i++;
            continue;
        }
        size_t end = i + 1;
        while (end < template.n && template.p[end] != '}')
            end++;
        if (end == template.n)
            return false;
        *start = i;
        *name = str_trim((struct str){template.p + i + 1, end - i - 1});
        *at = end + 1;
        return true;
    }
    return false;
}

static void put_number(double v, int decimals, struct buf *out)
{
    char text[400];
    if (!isfinite(v)) {
        buf_cstr(out, "–");
        return;
    }
    snprintf(text, sizeof text, "%.*f", decimals, fabs(v));
    struct str s = str_of(text);
    size_t whole = 0;
    while (whole < s.n && s.p[whole] != '.')
        whole++;
    int64_t n;
    if (str_to_i64((struct str){s.p, whole}, &n) < 0) {
        buf_f64(out, v, false); /* beyond any count */
        return;
    }
    if (v < 0 && strspn(text, "0.") < s.n)
        buf_char(out, '-');
    format_indian(n, out);
    buf_str(out, (struct str){s.p + whole, s.n - whole});
}

static void put_date(int64_t day, bool hindi, struct buf *out)
{
    struct ymd d = date_ymd((int32_t)day);
    const char *month = hindi ? months_hi[d.month - 1] : months_en[d.month - 1];
    buf_printf(out, "%d %s %d", d.day, month, d.year);
}

static void put_value(const struct frame *f, size_t row, size_t c,
                      const struct message_style *style, const struct place_tree *tree, bool hindi,
                      struct buf *out)
{
    struct value v = frame_get(f, row, c);
    struct format_options o = {.tree = tree, .hindi = hindi};
    if (v.null) {
        buf_cstr(out, "–");
        return;
    }
    int decimals = style->decimals[c] >= 0 ? style->decimals[c] : 1;
    switch (v.type) {
    case TYPE_INT64:
        format_indian(v.i, out);
        break;
    case TYPE_FLOAT64:
        put_number(v.f, decimals, out);
        break;
    case TYPE_DATE:
        put_date(v.i, hindi, out);
        break;
    case TYPE_NULL:
    case TYPE_BOOL:
    case TYPE_STRING:
    case TYPE_PLACE:
    case TYPE_CODED:
        format_value(&f->col[c], v, &o, out);
        break;
    }
    if (style->percent[c])
        buf_char(out, '%');
}

/* The text between two columns; a doubled brace is one. */
static void put_text(struct str s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        buf_char(out, s.p[i]);
        if (i + 1 < s.n && (s.p[i] == '{' || s.p[i] == '}') && s.p[i + 1] == s.p[i])
            i++;
    }
}

void message_fill(struct str template, const struct frame *f, size_t row,
                  const struct message_style *style, const struct place_tree *tree, bool hindi,
                  struct buf *out)
{
    size_t at = 0;
    size_t done = 0;
    size_t start;
    struct str name;
    while (message_next(template, &at, &start, &name)) {
        put_text((struct str){template.p + done, start - done}, out);
        int c = frame_find(f, name);
        if (c >= 0)
            put_value(f, row, (size_t)c, style, tree, hindi, out);
        else
            buf_str(out, (struct str){template.p + start, at - start});
        done = at;
    }
    put_text((struct str){template.p + done, template.n - done}, out);
}
