/* SPDX-License-Identifier: MIT
 *
 * Days by a form: it is taken apart once, then matched against texts without allocating. */
#include "date_form.h"

#include "base/digits.h"
#include "data/name.h"

/* ---- the form ------------------------------------------------------------------------------- */

static bool is_part(char c)
{
    return c == 'D' || c == 'M' || c == 'N' || c == 'y' || c == 'Y';
}

/* The part that `n` times the letter c stands for; 0 when it stands for none. */
static char part_of(char c, size_t n)
{
    if (c == 'D' && n <= 2)
        return 'D';
    if (c == 'M' && n <= 2)
        return 'M';
    if (c == 'M' && n == 3)
        return 'N';
    if (c == 'Y' && n == 2)
        return 'y';
    return c == 'Y' && n == 4 ? 'Y' : 0;
}

static int wrong(struct str text, const char *what, struct err *err)
{
    err_set(err, ERR_SYNTAX, "\"%.*s\" is no form of a date: %s", STR_ARG(text), what);
    err_hint(err, "write it with D, DD, M, MM, MMM (a month's name), YY, YYYY and what stands "
                  "between them, as in DD-MM-YY, DD MMM YYYY or MM/DD/YYYY; * at the end stands "
                  "for a time of day");
    return ERR_SYNTAX;
}

static size_t count(const struct date_form *f, const char *parts)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += f->part[i] != '\0' && strchr(parts, f->part[i]) != NULL;
    return n;
}

/* A letter of ours stands for a part, any other letter would read as text of every date. */
static int take_part(struct date_form *f, size_t *at, struct err *err)
{
    char c = f->text.p[*at];
    size_t n = 1;
    if (f->n == DATE_FORM_PARTS)
        return wrong(f->text, "it is too long", err);
    if (c == 'D' || c == 'M' || c == 'Y') {
        while (*at + n < f->text.n && f->text.p[*at + n] == c)
            n++;
        c = part_of(c, n);
    } else if (c == '*' && *at + 1 < f->text.n) {
        return wrong(f->text, "* stands at the end", err);
    } else if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               (unsigned char)c >= 0x80 || (unsigned char)c < ' ') {
        c = 0;
    }
    if (c == 0)
        return wrong(f->text, "a part of it is not known", err);
    f->part[f->n++] = c;
    *at += n;
    return 0;
}

int date_form_parse(struct str text, struct date_form *out, struct err *err)
{
    *out = (struct date_form){.text = text};
    for (size_t at = 0; at < text.n;)
        TRY(take_part(out, &at, err));
    if (count(out, "D") != 1 || count(out, "MN") != 1 || count(out, "yY") != 1)
        return wrong(text, "it needs a day, a month and a year, each once", err);
    return 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool take_number(struct str s, size_t *at, size_t least, size_t most, int *out)
{
    size_t n = 0;
    size_t bytes;
    int v = 0;
    for (int d; n < most && *at < s.n && (d = digit_at(s, *at, &bytes)) >= 0; n++) {
        v = v * 10 + d;
        *at += bytes;
    }
    *out = v;
    return n >= least;
}

static bool is_letter(struct str s, size_t at)
{
    unsigned char c = (unsigned char)s.p[at];
    size_t bytes;
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= 0x80 && digit_at(s, at, &bytes) < 0);
}

/* Names by month, the short forms and spellings in use; as name_key has them. */
static const char *const names[12] = {
    "january|jan|जनवरी|जन",
    "february|feb|फरवरी|फ\u093cरवरी|फर",
    "march|mar|मार्च",
    "april|apr|अप्रैल",
    "may|मई",
    "june|jun|जून",
    "july|jul|जुलाई",
    "august|aug|अगस्त",
    "september|sept|sep|सितंबर|सितम्बर|सित",
    "october|oct|अक्टूबर|अक्तूबर|अक्ट",
    "november|nov|नवंबर|नवम्बर|नव",
    "december|dec|दिसंबर|दिसम्बर|दिस",
};

static bool is_one_of(const char *list, struct str word)
{
    while (*list != '\0') {
        size_t n = strcspn(list, "|");
        if (str_eq((struct str){list, n}, word))
            return true;
        list += n + (list[n] == '|');
    }
    return false;
}

static bool take_name(struct str s, size_t *at, int *month)
{
    char key[NAME_KEY_BYTES_MAX];
    size_t from = *at;
    while (*at < s.n && is_letter(s, *at))
        (*at)++;
    struct str word = name_key((struct str){s.p + from, *at - from}, key);
    for (int m = 0; m < 12; m++)
        if (is_one_of(names[m], word)) {
            *month = m + 1;
            return true;
        }
    return false;
}

/* Digits that directly follow must not be taken for this part's. */
static size_t digits_least(const struct date_form *f, size_t i)
{
    bool digits_follow = i + 1 < f->n && is_part(f->part[i + 1]) && f->part[i + 1] != 'N';
    bool digits_before = i > 0 && is_part(f->part[i - 1]) && f->part[i - 1] != 'N';
    return digits_follow || digits_before ? 2 : 1;
}

static bool take_spaces(struct str s, size_t *at)
{
    size_t from = *at;
    while (*at < s.n && s.p[*at] == ' ')
        (*at)++;
    return *at > from;
}

static bool take(const struct date_form *f, size_t i, struct str s, size_t *at, struct ymd *d)
{
    switch (f->part[i]) {
    case 'D':
        return take_number(s, at, digits_least(f, i), 2, &d->day);
    case 'M':
        return take_number(s, at, digits_least(f, i), 2, &d->month);
    case 'N':
        return take_name(s, at, &d->month);
    case 'Y':
        return take_number(s, at, 4, 4, &d->year);
    case 'y':
        if (!take_number(s, at, 2, 2, &d->year))
            return false;
        d->year += d->year < 70 ? 2000 : 1900;
        return true;
    case ' ':
        return take_spaces(s, at);
    default:
        return *at < s.n && s.p[(*at)++] == f->part[i];
    }
}

bool date_form_read(const struct date_form *f, struct str s, int32_t *day)
{
    struct ymd d = {0, 0, 0};
    size_t at = 0;
    for (size_t i = 0; i < f->n && f->part[i] != '*'; i++)
        if (!take(f, i, s, &at, &d))
            return false;
    bool more = f->part[f->n - 1] == '*';
    bool apart = !more || !is_part(f->part[f->n - 2]); /* of a number no digit may be left over */
    size_t bytes;
    if (at < s.n && (!more || (!apart && digit_at(s, at, &bytes) >= 0)))
        return false;
    if (!date_valid(d.year, d.month, d.day))
        return false;
    *day = date_day(d.year, d.month, d.day);
    return true;
}
