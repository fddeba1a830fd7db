/* SPDX-License-Identifier: MIT
 *
 * Cutting the text of a file into pieces that hold whole records. Its first bytes tell its form:
 *
 *     FORM_UNTOLD -> open_text -> FORM_CSV      the first record is the header, pieces begin behind
 *                              -> FORM_NDJSON   pieces begin at the first object
 *
 * With a draft, what comes is gathered first, until there is enough to guess from. */
#include "cutter.h"

#include "keyed.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the batch");
}

/* ---- pieces --------------------------------------------------------------------------------- */

static size_t piece_bytes(const struct batch_options *o)
{
    return o->piece_bytes ? o->piece_bytes : PIECE_BYTES;
}

static size_t cut_at(const struct batch *b, const char *p, size_t n)
{
    if (b->form == FORM_CSV)
        return csv_cut(b->head.delimiter, p, n);
    const char *end = memrchr(p, '\n', n); /* no text of JSON holds a line end */
    return end != NULL ? (size_t)(end - p) + 1 : 0;
}

static int too_long(const struct batch *b, uint32_t line, struct err *err)
{
    return b->form == FORM_CSV ? csv_too_long(line, err) : keyed_too_long(line, err);
}

/* What has been gathered goes to the crew up to the end of its last record; the rest begins the
 * next piece. Where no record ends in it, more is gathered. */
static int cut(struct batch *b, struct err *err)
{
    struct piece *p = b->open;
    size_t end = cut_at(b, p->text, p->n);
    size_t most = LINE_BYTES_MAX + 1; /* of one record, and then it is refused */
    if (end == 0) {
        b->open_max = b->open_max < most / 2 ? b->open_max * 2 : most;
        return p->n == most ? too_long(b, p->line, err) : 0;
    }
    struct piece *rest = crew_spare(b);
    if (rest == NULL)
        return no_memory(err);
    int rc = piece_put(rest, p->text + end, p->n - end, err);
    if (rc < 0) {
        piece_free(rest);
        return rc;
    }
    rest->line = p->line + csv_lines(p->text, end);
    p->n = end;
    b->open = rest;
    b->open_max = rest->n < piece_bytes(&b->opt) ? piece_bytes(&b->opt) : most;
    return crew_put(b, p, err);
}

static int gather(struct batch *b, const char *p, size_t n, struct err *err)
{
    while (n > 0 && !atomic_load(&b->over)) {
        size_t room = b->open_max - b->open->n;
        size_t part = n < room ? n : room;
        TRY(piece_put(b->open, p, part, err));
        p += part;
        n -= part;
        if (b->open->n >= b->open_max)
            TRY(cut(b, err));
    }
    return 0;
}

/* Behind the header: the first piece begins with what the parser has seen of it. */
static int open_first(struct batch *b, struct err *err)
{
    struct buf *carry = &b->head.carry;
    b->open = piece_new();
    if (b->open == NULL)
        return no_memory(err);
    b->open->line = b->head.line;
    b->open_max = piece_bytes(&b->opt);
    TRY(gather(b, carry->p, carry->n, err));
    buf_fini(carry);
    return 0;
}

static int push_csv(struct batch *b, const char *p, size_t n, struct err *err)
{
    if (b->open == NULL) {
        size_t used;
        TRY(csv_first(&b->head, p, n, &used, err));
        if (!b->head.handed)
            return 0;
        TRY(open_first(b, err));
        p += used;
        n -= used;
    }
    return gather(b, p, n, err);
}

/* Rows that name their fields have no header: the first piece begins at the first object. */
static int open_keyed(struct batch *b, struct str text, uint32_t line, struct err *err)
{
    TRY(keyed_check_first(text, line, err));
    b->form = FORM_NDJSON;
    TRY(header_keyed(b, err));
    b->open = piece_new();
    if (b->open == NULL)
        return no_memory(err);
    b->open->line = line;
    b->open_max = piece_bytes(&b->opt);
    return gather(b, text.p, text.n, err);
}

/* What stands behind the byte order mark and empty lines. */
static struct str first_text(struct str s, uint32_t *line)
{
    size_t at = str_starts(s, STR("\xEF\xBB\xBF")) ? 3 : 0;
    *line = 1;
    for (; at < s.n && strchr(" \t\r\n", s.p[at]) != NULL && s.p[at] != '\0'; at++)
        *line += s.p[at] == '\n';
    return (struct str){s.p + at, s.n - at};
}

/* Behind a square bracket at the beginning of the text: the first column's, or a list's. */
static struct str inside_bracket(struct str text)
{
    uint32_t line;
    return first_text((struct str){text.p + 1, text.n - 1}, &line);
}

static bool is_json_list(struct str text)
{
    struct str inside = text.p[0] == '[' ? inside_bracket(text) : STR_NULL;
    return inside.n > 0 && inside.p[0] == '{';
}

/* Enough has come of the text to tell its form. */
static bool is_told(struct str all, struct str text)
{
    if (all.n < 3 || text.n == 0) /* a byte order mark has three */
        return false;
    return text.p[0] != '[' || inside_bracket(text).n > 0;
}

/* The form is told by the first byte of the text, which may come late and alone. */
static int open_text(struct batch *b, bool end, struct err *err)
{
    uint32_t line;
    struct str all = buf_view(&b->lead);
    struct str text = first_text(all, &line);
    if (!end && all.n < LEAD_BYTES_MAX && !is_told(all, text))
        return 0;
    if (text.n > 0 && (b->opt.ndjson || text.p[0] == '{' || is_json_list(text)))
        return open_keyed(b, text, line, err);
    if (b->opt.ndjson && end)
        return 0; /* nothing but blanks */
    b->form = FORM_CSV;
    return push_csv(b, all.p, all.n, err);
}

static int push_text(struct batch *b, const char *p, size_t n, struct err *err)
{
    if (b->form == FORM_NDJSON)
        return gather(b, p, n, err);
    if (b->form == FORM_CSV)
        return push_csv(b, p, n, err);
    size_t part = n < LEAD_STEP_BYTES ? n : LEAD_STEP_BYTES;
    buf_put(&b->lead, p, part);
    TRY(buf_check(&b->lead, err));
    TRY(open_text(b, false, err));
    if (b->form != FORM_UNTOLD)
        buf_fini(&b->lead);
    return part < n ? push_text(b, p + part, n - part, err) : 0;
}

/* What was gathered is read with the mapping that it suggests. */
static int push_gathered(struct batch *b, struct err *err)
{
    struct str text;
    TRY(draft_guess(b->draft, b->snap->tree, &b->opt.mapping, &text, err));
    return push_text(b, text.p, text.n, err);
}

int cutter_push(struct batch *b, const char *p, size_t n, struct err *err)
{
    bool enough;
    if (b->draft == NULL || !draft_waits(b->draft))
        return push_text(b, p, n, err);
    TRY(draft_gather(b->draft, p, n, &enough, err));
    return enough ? push_gathered(b, err) : 0;
}

/* ---- the last piece ------------------------------------------------------------------------- */

/* The text behind the last cut: its last record may have no line end, or no end at all. */
static int cut_last(struct batch *b, struct err *err)
{
    struct piece *p = b->open;
    if (p == NULL || p->n == 0 || atomic_load(&b->over))
        return 0;
    if (p->text[p->n - 1] != '\n')
        TRY(piece_put(p, "\n", 1, err));
    size_t end = cut_at(b, p->text, p->n);
    uint32_t line = p->line + csv_lines(p->text, end);
    bool whole = end == p->n;
    if (!whole)
        TRY(csv_check(p->text + end, p->n - end, line, err));
    p->n = end;
    b->open = NULL;
    if (end == 0)
        piece_free(p);
    else
        TRY(crew_put(b, p, err));
    return whole ? 0 : csv_unclosed(line, err);
}

int cutter_end(struct batch *b, struct err *err)
{
    if (b->draft != NULL && draft_waits(b->draft))
        TRY(push_gathered(b, err));
    if (b->form == FORM_UNTOLD)
        TRY(open_text(b, true, err));
    if (b->form == FORM_UNTOLD)
        return 0;
    if (b->open == NULL) {
        TRY(csv_end(&b->head, err));
        if (!b->head.handed)
            return 0;
        TRY(open_first(b, err));
    }
    return cut_last(b, err);
}
