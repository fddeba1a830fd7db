/* SPDX-License-Identifier: MIT
 *
 * The parser. Bytes are looked at 64 at a time: one mask says where delimiters, line ends and
 * quotes are, and the loop goes from bit to bit, so that plain text costs next to nothing.
 *
 *     parse          records in one piece of memory, up to the last whole one
 *       one_record   from bit to bit
 *         quoted     a quoted field, by memchr; the mask is taken anew behind it
 *     carry          what is left at the end of a piece; the next piece completes it, watched by a
 *                    small state machine so that no byte is looked at twice
 *
 * Both readers agree on what a quote means: it opens only at the start of a field; behind the
 * closing one, text up to the next delimiter is a fault of the record. A quote inside an unquoted
 * field is text.
 *
 * Invariant: a record is never longer than LINE_BYTES_MAX, so the scratch space of that size holds
 * all of its unquoted fields. */
#include "csv.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { PIECE_BYTES = 256 << 10, BLOCK = 64 };

enum scan_state { AT_START, IN_PLAIN, IN_QUOTES, AFTER_QUOTE };

void csv_init(struct csv *c, csv_fn fn, void *ctx)
{
    memset(c, 0, sizeof *c);
    c->fn = fn;
    c->ctx = ctx;
    c->line = 1;
    c->carry_state = AT_START;
    buf_init(&c->carry, MEM_INGEST);
}

void csv_fini(struct csv *c)
{
    buf_fini(&c->carry);
    mem_free(MEM_INGEST, c->scratch);
    c->scratch = NULL;
}

/* ---- masks ---------------------------------------------------------------------------------- */

/* Where the structure is in 64 bytes, and whether any of them is above 127. */
struct mask {
    uint64_t structure;
    uint64_t high;
};

#ifdef __SSE2__
static inline struct mask mask_of(const char *p, char delimiter)
{
    const __m128i comma = _mm_set1_epi8(delimiter);
    const __m128i newline = _mm_set1_epi8('\n');
    const __m128i quote = _mm_set1_epi8('"');
    struct mask m = {0, 0};
    for (int i = 0; i < 4; i++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, comma), _mm_cmpeq_epi8(v, newline));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, quote));
        m.structure |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (16 * i);
        m.high |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << (16 * i);
    }
    return m;
}
#else
static inline struct mask mask_of(const char *p, char delimiter)
{
    struct mask m = {0, 0};
    for (int i = 0; i < BLOCK; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (p[i] == delimiter || p[i] == '\n' || p[i] == '"')
            m.structure |= bit;
        if ((unsigned char)p[i] > 127)
            m.high |= bit;
    }
    return m;
}
#endif

/* A place in a piece of memory, with the mask of the block it is in. */
struct cursor {
    const char *p; /* the piece */
    size_t n;      /* its bytes */
    size_t block;  /* offset of the masked block */
    struct mask m; /* structure: bits before the place are cleared */
    char delimiter;
};

static void load_block(struct cursor *k, size_t at)
{
    k->block = at;
    if (k->n - at >= BLOCK) {
        k->m = mask_of(k->p + at, k->delimiter);
        return;
    }
    char tail[BLOCK] = {0};
    memcpy(tail, k->p + at, k->n - at);
    k->m = mask_of(tail, k->delimiter);
}

/* Offset of the next structural byte, k->n when there is none. Gathers `high` on the way. */
static inline size_t next_mark(struct cursor *k, uint64_t *high)
{
    while (k->m.structure == 0) {
        if (k->n - k->block <= BLOCK)
            return k->n;
        load_block(k, k->block + BLOCK);
        *high |= k->m.high;
    }
    size_t at = k->block + (size_t)__builtin_ctzll(k->m.structure);
    k->m.structure &= k->m.structure - 1;
    return at;
}

/* Continues the search at `at`, somewhere behind the current block or in it. */
static void seek(struct cursor *k, size_t at, uint64_t *high)
{
    if (at >= k->n) {
        k->block = k->n;
        k->m = (struct mask){0, 0};
        return;
    }
    load_block(k, at);
    *high |= k->m.high;
}

/* ---- records -------------------------------------------------------------------------------- */

/* A record being read. */
struct reading {
    size_t n; /* fields so far */
    uint32_t newlines;
    uint64_t high;
    const char *fault;
    size_t fault_field;
};

static void fault(struct reading *r, const char *what)
{
    if (r->fault != NULL)
        return;
    r->fault = what;
    r->fault_field = r->n;
}

static inline void put_field(struct csv *c, struct reading *r, struct str s)
{
    if (r->n == FIELD_COUNT_MAX) {
        fault(r, "the record has more than 256 fields");
        return;
    }
    c->field[r->n++] = s;
}

uint32_t csv_lines(const char *p, size_t n)
{
    uint32_t count = 0;
    size_t at = 0;
#ifdef __SSE2__
    const __m128i newline = _mm_set1_epi8('\n');
    while (n - at >= 16) { /* a byte counts up to 255 */
        size_t end = (n - at) / 16 < 255 ? at + (n - at) / 16 * 16 : at + (size_t)255 * 16;
        __m128i sum = _mm_setzero_si128();
        for (; at < end; at += 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + at));
            sum = _mm_sub_epi8(sum, _mm_cmpeq_epi8(v, newline));
        }
        sum = _mm_sad_epu8(sum, _mm_setzero_si128());
        count += (uint32_t)(_mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4));
    }
#endif
    for (; at < n; at++)
        count += p[at] == '\n';
    return count;
}

/* Copies with each pair of quotes made one. Scratch was made before. */
static struct str undouble(struct csv *c, const char *p, size_t n)
{
    char *out = c->scratch + c->scratch_n;
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        out[len++] = p[i];
        if (p[i] == '"')
            i++;
    }
    c->scratch_n += len;
    ASSERT(c->scratch_n <= LINE_BYTES_MAX);
    return (struct str){out, len};
}

static int make_scratch(struct csv *c, struct err *err)
{
    if (c->scratch == NULL)
        c->scratch = mem_alloc(MEM_INGEST, LINE_BYTES_MAX);
    return c->scratch != NULL ? 0 : err_set(err, ERR_MEM, "no memory to read the file");
}

/* From the byte behind the opening quote to the byte behind the closing one. n: not there. */
static size_t closing_quote(const struct cursor *k, size_t at, bool *doubled)
{
    while (at < k->n) {
        const char *q = memchr(k->p + at, '"', k->n - at);
        if (q == NULL)
            return k->n + 1;
        at = (size_t)(q - k->p) + 1;
        if (at == k->n || k->p[at] != '"')
            return at;
        *doubled = true;
        at++;
    }
    return k->n + 1;
}

/* A field whose opening quote is at `at`. Gives the offset behind its closing quote, or more than
 * k->n when the piece ends before. */
static int quoted(struct csv *c, struct cursor *k, struct reading *r, size_t at, size_t *behind,
                  struct err *err)
{
    bool doubled = false;
    size_t end = closing_quote(k, at + 1, &doubled);
    *behind = end;
    if (end > k->n)
        return 0;
    struct str inside = {k->p + at + 1, end - at - 2};
    r->newlines += csv_lines(inside.p, inside.n);
    seek(k, end, &r->high);
    r->high |= (uint64_t)1; /* the bytes inside were not looked at */
    if (doubled) {
        TRY(make_scratch(c, err));
        inside = undouble(c, inside.p, inside.n);
    }
    put_field(c, r, inside);
    return 0;
}

enum { INCOMPLETE = 1 };

/* Behind a quoted field: a delimiter or the line's end must follow. Text there is a fault, passed
 * over up to the next delimiter. The offset of what ended the field. */
static size_t behind_quoted(struct cursor *k, struct reading *r, size_t from)
{
    size_t mark = next_mark(k, &r->high);
    while (mark < k->n && k->p[mark] == '"')
        mark = next_mark(k, &r->high);
    if (mark >= k->n)
        return mark;
    bool cr = mark == from + 1 && k->p[from] == '\r' && k->p[mark] == '\n';
    if (mark != from && !cr) {
        r->n--;
        fault(r, "text stands behind the closing quote");
        r->n++;
    }
    return mark;
}

/* Reads the record that starts at `start`. *end: behind its line end. 1: it is not whole. */
static int one_record(struct csv *c, struct cursor *k, struct reading *r, size_t start, size_t *end,
                      struct err *err)
{
    size_t from = start;
    *r = (struct reading){.high = k->m.high};
    c->scratch_n = 0;
    for (;;) {
        size_t mark = next_mark(k, &r->high);
        bool was_quoted = false;
        if (mark < k->n && k->p[mark] == '"') {
            if (mark != from)
                continue;
            size_t behind;
            TRY(quoted(c, k, r, mark, &behind, err));
            if (behind > k->n)
                return INCOMPLETE;
            mark = behind_quoted(k, r, behind);
            was_quoted = true;
        }
        if (mark >= k->n)
            return INCOMPLETE;
        bool last = k->p[mark] == '\n';
        if (!was_quoted) {
            size_t stop = last && mark > from && k->p[mark - 1] == '\r' ? mark - 1 : mark;
            put_field(c, r, (struct str){k->p + from, stop - from});
        }
        from = mark + 1;
        if (last)
            break;
    }
    *end = from;
    return 0;
}

int csv_too_long(uint32_t line, struct err *err)
{
    err_set(err, ERR_LIMIT, "line %u is longer than %u bytes, which no row of a table is", line,
            LINE_BYTES_MAX);
    err_hint(err, "is a closing quote missing, or is this not a CSV file?");
    if (err != NULL)
        err->line = (int)line;
    return ERR_LIMIT;
}

int csv_unclosed(uint32_t line, struct err *err)
{
    err_set(err, ERR_ROWS, "a quote opened in the record of line %u is never closed", line);
    err_hint(err, "a field that begins with a quote must end with one");
    if (err != NULL)
        err->line = (int)line;
    return ERR_ROWS;
}

static struct str without_line_end(const char *p, size_t n)
{
    n -= n > 0 && p[n - 1] == '\n';
    n -= n > 0 && p[n - 1] == '\r';
    return (struct str){p, n};
}

static int hand_on(struct csv *c, const struct reading *r, struct str raw, struct err *err)
{
    struct csv_record record = {
        .line = c->line,
        .n = r->n,
        .field = c->field,
        .raw = raw,
        .ascii = r->high == 0,
        .moved = c->scratch_n > 0,
        .fault = r->fault,
        .fault_field = r->fault_field,
    };
    c->line += r->newlines + 1;
    if (r->n == 1 && c->field[0].n == 0 && r->fault == NULL)
        return 0;
    c->handed = true;
    return c->fn(c->ctx, &record, err);
}

/* Hands on the whole records in p; *used: bytes up to the last of them. */
static int parse(struct csv *c, const char *p, size_t n, size_t *used, struct err *err)
{
    struct cursor k = {.p = p, .n = n, .delimiter = c->delimiter};
    struct reading r = {.high = 0};
    size_t at = 0;
    seek(&k, 0, &r.high);
    while (at < n && !(c->alone && c->handed)) {
        size_t end = at;
        int rc = one_record(c, &k, &r, at, &end, err);
        if (rc == INCOMPLETE)
            break;
        if (rc == 0 && end - at > LINE_BYTES_MAX)
            return csv_too_long(c->line, err);
        TRY(rc);
        TRY(hand_on(c, &r, without_line_end(p + at, end - at), err));
        at = end;
    }
    *used = at;
    return 0;
}

/* ---- between pieces ------------------------------------------------------------------------- */

static bool is_delimiter(const struct csv *c, char b)
{
    return c->delimiter ? b == c->delimiter : b == ',' || b == ';' || b == '\t';
}

/* Follows the state over p up to the end of the record: the offset behind its line end, or n. */
static size_t scan(struct csv *c, const char *p, size_t n, bool *whole)
{
    int state = c->carry_state;
    size_t i = 0;
    *whole = false;
    while (i < n && !*whole) {
        char b = p[i++];
        if (state == IN_QUOTES)
            state = b == '"' ? AFTER_QUOTE : IN_QUOTES;
        else if (b == '\n')
            *whole = true;
        else if (is_delimiter(c, b))
            state = AT_START;
        else if (b == '"' && (state == AT_START || state == AFTER_QUOTE))
            state = IN_QUOTES;
        else
            state = IN_PLAIN;
    }
    c->carry_state = *whole ? AT_START : state;
    return i;
}

static int carry_add(struct csv *c, const char *p, size_t n, struct err *err)
{
    if (c->carry.n + n > LINE_BYTES_MAX)
        return csv_too_long(c->line, err);
    buf_put(&c->carry, p, n);
    return buf_check(&c->carry, err);
}

/* Adds up to the end of the record to the carry. *whole: the carry is a record now. */
static int carry_on(struct csv *c, const char *p, size_t n, size_t *used, bool *whole,
                    struct err *err)
{
    *used = scan(c, p, n, whole);
    return carry_add(c, p, *used, err);
}

static void drop_byte_order_mark(struct buf *b)
{
    if (b->n >= 3 && memcmp(b->p, "\xEF\xBB\xBF", 3) == 0) {
        b->n -= 3;
        memmove(b->p, b->p + 3, b->n);
    }
}

/* The delimiter of the first record: the commonest outside quotes, the comma where none is. */
static char detect(struct str s)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t count[3] = {0};
    bool inside = false;
    for (size_t i = 0; i < s.n; i++) {
        inside ^= s.p[i] == '"';
        for (size_t d = 0; d < 3 && !inside; d++)
            count[d] += s.p[i] == candidates[d];
    }
    size_t best = 0;
    for (size_t d = 1; d < 3; d++)
        if (count[d] > count[best])
            best = d;
    return candidates[best];
}

/* What is pushed by mistake most often, told by its first bytes. */
static int check_form(struct str s, struct err *err)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *what;
    } forms[] = {
        {"PK\x03\x04", 4, "an Excel workbook or a zip archive"},
        {"\xD0\xCF\x11\xE0", 4, "an old Excel workbook"},
        {"\xFF\xFE", 2, "text in UTF-16"},
        {"\xFE\xFF", 2, "text in UTF-16"},
        {"\x1F\x8B", 2, "a gzip archive"},
        {"\x28\xB5\x2F\xFD", 4, "a zstd archive"},
        {"%PDF", 4, "a PDF document"},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (s.n >= forms[i].n && memcmp(s.p, forms[i].magic, forms[i].n) == 0) {
            err_set(err, ERR_ROWS, "this is %s, not CSV", forms[i].what);
            err_hint(err, "save it as \"CSV UTF-8\" and send that");
            return ERR_ROWS;
        }
    return 0;
}

/* The first bytes may come one by one: those in the carry and the new ones are looked at. */
static int check_first_bytes(const struct csv *c, const char *p, size_t n, struct err *err)
{
    char head[4];
    size_t old = c->carry.n;
    if (c->delimiter != 0 || c->line > 1 || old >= sizeof head)
        return 0;
    size_t more = n < sizeof head - old ? n : sizeof head - old;
    if (old > 0)
        memcpy(head, c->carry.p, old);
    memcpy(head + old, p, more);
    return check_form((struct str){head, old + more}, err);
}

static bool is_blank_line(struct str s)
{
    return str_eq(s, STR("\n")) || str_eq(s, STR("\r\n"));
}

/* What is left of the first record's carry: the byte order mark and the delimiter were not known
 * while its bytes were watched, so a record may have seemed to end where it does not. */
static void watch_anew(struct csv *c, size_t used)
{
    bool whole;
    c->carry.n -= used;
    memmove(c->carry.p, c->carry.p + used, c->carry.n);
    c->carry_state = AT_START;
    (void)scan(c, c->carry.p, c->carry.n, &whole);
    ASSERT(!whole || c->alone);
}

/* The carry holds one whole record; the first one's may hold more, or less. */
static int parse_carry(struct csv *c, struct err *err)
{
    size_t used = 0;
    bool first = c->delimiter == 0;
    if (first) {
        drop_byte_order_mark(&c->carry);
        if (is_blank_line(buf_view(&c->carry))) {
            c->line++;
            buf_clear(&c->carry);
            return 0;
        }
        c->delimiter = detect(buf_view(&c->carry));
    }
    TRY(parse(c, c->carry.p, c->carry.n, &used, err));
    ASSERT(first || used == c->carry.n);
    watch_anew(c, used);
    return 0;
}

static int check_bytes(struct csv *c, const char *p, size_t n, struct err *err)
{
    TRY(check_first_bytes(c, p, n, err));
    if (memchr(p, '\0', n) == NULL)
        return 0;
    return csv_check(p, n, c->line + csv_lines(c->carry.p, c->carry.n), err);
}

int csv_check(const char *p, size_t n, uint32_t line, struct err *err)
{
    const char *nul = memchr(p, '\0', n);
    if (nul == NULL)
        return 0;
    line += csv_lines(p, (size_t)(nul - p));
    err_set(err, ERR_ROWS, "line %u has a byte 0: this is not a text file", line);
    err_hint(err, "save it as \"CSV UTF-8\" and send that");
    if (err != NULL)
        err->line = (int)line;
    return ERR_ROWS;
}

static int push_piece(struct csv *c, const char *p, size_t n, struct err *err)
{
    TRY(check_bytes(c, p, n, err));
    while (n > 0 && (c->carry.n > 0 || c->delimiter == 0)) {
        size_t used;
        bool whole;
        TRY(carry_on(c, p, n, &used, &whole, err));
        p += used;
        n -= used;
        if (whole)
            TRY(parse_carry(c, err));
    }
    if (n == 0)
        return 0;
    size_t used;
    bool whole;
    TRY(parse(c, p, n, &used, err));
    if (used == n)
        return 0;
    TRY(carry_on(c, p + used, n - used, &used, &whole, err));
    ASSERT(!whole);
    return 0;
}

/* Keeps the first error, so that every later call gives the same. */
static int keep(struct csv *c, int rc, struct err *err)
{
    if (rc >= 0)
        return 0;
    if (c->rc == 0)
        c->rc = rc;
    if (err != NULL)
        *err = c->kept;
    return c->rc;
}

int csv_push(struct csv *c, const char *p, size_t n, struct err *err)
{
    int rc = c->rc;
    while (rc == 0 && n > 0) {
        size_t piece = n < PIECE_BYTES ? n : PIECE_BYTES;
        rc = push_piece(c, p, piece, &c->kept);
        p += piece;
        n -= piece;
    }
    return keep(c, rc, err);
}

static int end_of_file(struct csv *c, struct err *err)
{
    if (c->delimiter == 0)
        drop_byte_order_mark(&c->carry);
    if (c->carry.n > 0 && (c->delimiter == 0 || c->carry_state != IN_QUOTES)) {
        buf_char(&c->carry, '\n');
        TRY(buf_check(&c->carry, err));
        TRY(parse_carry(c, err));
    }
    if (c->carry.n == 0 || (c->alone && c->handed))
        return 0;
    return csv_unclosed(c->line, err);
}

int csv_end(struct csv *c, struct err *err)
{
    return keep(c, c->rc ? c->rc : end_of_file(c, &c->kept), err);
}

/* ---- in parts ------------------------------------------------------------------------------- */

static int first_record(struct csv *c, const char *p, size_t n, size_t *used, struct err *err)
{
    bool whole;
    *used = scan(c, p, n, &whole);
    TRY(check_bytes(c, p, *used, err));
    TRY(carry_add(c, p, *used, err));
    return whole ? parse_carry(c, err) : 0;
}

int csv_first(struct csv *c, const char *p, size_t n, size_t *used, struct err *err)
{
    int rc = c->rc;
    *used = 0;
    c->alone = true;
    while (rc == 0 && *used < n && !c->handed) {
        size_t more = 0;
        rc = first_record(c, p + *used, n - *used, &more, &c->kept);
        *used += more;
    }
    return keep(c, rc, err);
}

/* Follows the quotes, as one_record does. */
static size_t cut_quoted(struct cursor *k)
{
    size_t last = 0;
    size_t from = 0;
    uint64_t high = 0;
    bool doubled = false;
    seek(k, 0, &high);
    for (;;) {
        size_t mark = next_mark(k, &high);
        if (mark < k->n && k->p[mark] == '"') {
            if (mark != from)
                continue;
            size_t behind = closing_quote(k, mark + 1, &doubled);
            if (behind > k->n)
                return last;
            seek(k, behind, &high);
            do
                mark = next_mark(k, &high);
            while (mark < k->n && k->p[mark] == '"');
        }
        if (mark >= k->n)
            return last;
        from = mark + 1;
        if (k->p[mark] == '\n')
            last = from;
    }
}

size_t csv_cut(char delimiter, const char *p, size_t n)
{
    struct cursor k = {.p = p, .n = n, .delimiter = delimiter};
    if (memchr(p, '"', n) != NULL)
        return cut_quoted(&k);
    const char *end = memrchr(p, '\n', n);
    return end != NULL ? (size_t)(end - p) + 1 : 0;
}

int csv_whole(struct csv *c, const char *p, size_t n, uint32_t line, struct err *err)
{
    size_t used = 0;
    ASSERT(c->delimiter != 0 && c->carry.n == 0);
    c->line = line;
    TRY(check_bytes(c, p, n, err));
    TRY(parse(c, p, n, &used, err));
    ASSERT(used == n);
    return 0;
}
