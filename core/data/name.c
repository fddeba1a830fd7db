/* SPDX-License-Identifier: MIT
 *
 * Names made comparable: see the header for what a key folds and what it keeps. */
#include "data/name.h"

static bool is_joiner(uint32_t c)
{
    return c == 0x200C || c == 0x200D || c == 0xFEFF || c == 0x200B;
}

/* White space and the punctuation that people add or leave out ("E-Shram", "Sri. Ganganagar"). */
static bool is_gap(uint32_t c)
{
    if (c < 0x80) {
        return c <= ' ' || strchr("-_.,;:/\\'\"()[]{}", (int)c) != NULL;
    }
    return c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2013 || c == 0x2014 || c == 0x2018 ||
           c == 0x2019 || c == 0x202F || c == 0x0964;
}

/* Base letters of the precomposed nukta letters U+0958..U+095F, which NFC takes apart. */
static const uint16_t nukta_base[8] = {0x0915, 0x0916, 0x0917, 0x091C,
                                       0x0921, 0x0922, 0x092B, 0x092F};

struct key_writer {
    char *out;
    size_t n;
    bool gap; /* a gap was read since the last letter */
};

static bool key_put(struct key_writer *w, uint32_t c)
{
    char bytes[4];
    size_t len = utf8_put(bytes, c);
    if (w->n + len + 1 > NAME_KEY_BYTES_MAX) {
        return false;
    }
    memcpy(w->out + w->n, bytes, len);
    w->n += len;
    return true;
}

static bool key_letter(struct key_writer *w, uint32_t c)
{
    if (w->gap && w->n > 0 && !key_put(w, ' ')) {
        return false;
    }
    w->gap = false;
    if (c >= 'A' && c <= 'Z') {
        c += 'a' - 'A';
    }
    if (c >= 0x0958 && c <= 0x095F) {
        return key_put(w, nukta_base[c - 0x0958]) && key_put(w, 0x093C);
    }
    return key_put(w, c);
}

struct str name_key(struct str name, char *out)
{
    struct key_writer w = {out, 0, false};
    for (size_t at = 0; at < name.n;) {
        uint32_t c = utf8_next(name, &at);
        if (is_joiner(c)) {
            continue;
        }
        if (is_gap(c)) {
            w.gap = true;
        } else if (!key_letter(&w, c)) {
            break;
        }
    }
    return (struct str){out, w.n};
}
