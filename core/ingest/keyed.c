/* SPDX-License-Identifier: MIT
 *
 * Lines of NDJSON as records. Lines of one program name their keys in one order, so a key is looked
 * for first where the line before had it; else among all that the reader has met.
 *
 * Invariants
 *  1. A reader remembers at most KEYS_MAX keys, and forgets all of them between two pieces when
 *     another piece could bring more than there is room for. What is told depends on the piece
 *     alone.
 *  2. key[].seen is the number of the line that had the key last: a key that stands twice in an
 *     object is a fault, whatever it means. */
#include "keyed.h"

#include "ndjson.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { KEYS_MAX = 2 * FIELD_COUNT_MAX };

/* A key, as a reader has met it. */
struct key {
    struct str text; /* as written; in the reader's memory */
    const char *shown;
    int column;     /* of ours, or -1 */
    size_t stray;   /* in the piece's list, where column < 0 and it stands in this piece */
    uint64_t piece; /* 1 + number of the last piece that had it */
    uint64_t seen;  /* line that had it last, counted through all pieces */
};

struct keyed {
    struct key key[KEYS_MAX];
    size_t keys;
    size_t piece_keys; /* different ones in the piece at hand */
    uint64_t seen;
    uint16_t order[KEYS_MAX]; /* the n-th key of a line, as last met */
    char *scratch;            /* LINE_BYTES_MAX, made when needed */

    /* The line at hand, by column. */
    const char *line;
    struct str field[ROLES];
    size_t at[ROLES + 1];        /* offset of the value + 1; 0: not there */
    const char *name[ROLES + 1]; /* of the key */
    char fault_name[AADHAAR_SHOWN_BYTES + 1];
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to read the file");
}

struct keyed *keyed_new(const struct batch *b)
{
    struct keyed *k = mem_calloc(MEM_INGEST, 1, sizeof *k);
    ASSERT(b->columns <= ROLES);
    return k;
}

void keyed_free(struct keyed *k)
{
    if (k == NULL)
        return;
    mem_free(MEM_INGEST, k->scratch);
    mem_free(MEM_INGEST, k);
}

void keyed_place(const struct reader *r, int column, uint32_t *at, const char **field)
{
    const struct keyed *k = r->keyed;
    *at = 0;
    *field = column < 0 || (size_t)column == r->b->columns ? "" : r->b->column[column].name;
    if (column < 0 || k->at[column] == 0)
        return;
    *at = (uint32_t)utf8_count((struct str){k->line, k->at[column] - 1}) + 1;
    *field = k->name[column];
}

/* ---- columns --------------------------------------------------------------------------------- */

int keyed_columns(struct batch *b, struct err *err)
{
    size_t most = ROLE_ATTR + b->snap->schema->n;
    b->column = ARENA_ARRAY(&b->mem, struct column, most);
    if (b->column == NULL)
        return no_memory(err);
    for (int role = 0; role < (int)most; role++) {
        struct str name = column_name(role);
        if (column_role(name) != role)
            continue; /* set by the import itself */
        b->at[role] = (int)b->columns;
        b->column[b->columns++] = (struct column){.name = name.p, .role = role};
    }
    return 0;
}

int keyed_check_first(struct str text, uint32_t line, struct err *err)
{
    if (text.n > 0 && text.p[0] == '{')
        return 0;
    if (text.n > 0 && text.p[0] == '[') {
        err_set(err, ERR_ROWS, "the file is a JSON list; NDJSON has one object on each line");
        err_hint(err, "`jq -c '.[]' FILE` writes it so");
    } else {
        err_set(err, ERR_ROWS, "line %u begins no JSON object, and the file was sent as NDJSON",
                line);
        err_hint(err,
                 "a line is {\"date\": \"2021-11-20\", \"district\": 607, ...}; CSV is sent as "
                 "text/csv");
    }
    if (err != NULL)
        err->line = (int)line;
    return ERR_ROWS;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int add_stray(struct reader *r, struct key *key, struct err *err)
{
    struct piece *p = r->piece;
    struct stray *more = mem_grown(MEM_INGEST, p->stray, p->strays, &p->strays_cap, sizeof *more);
    if (more == NULL)
        return no_memory(err);
    p->stray = more;
    key->stray = p->strays;
    struct stray *s = &p->stray[p->strays++];
    *s = (struct stray){.text = key->text, .shown = key->shown};
    return 0;
}

static int too_many(uint32_t line, struct err *err)
{
    err_set(err, ERR_LIMIT, "the lines have more than %d different keys", FIELD_COUNT_MAX);
    err_hint(err, "a key is the name of a column; what differs from row to row is a value");
    if (err != NULL)
        err->line = (int)line;
    return ERR_LIMIT;
}

/* The key is met for the first time in this piece. */
static int first_in_piece(struct reader *r, struct key *key, uint32_t line, struct err *err)
{
    struct keyed *k = r->keyed;
    if (k->piece_keys == FIELD_COUNT_MAX)
        return too_many(line, err);
    k->piece_keys++;
    key->piece = r->piece->number + 1;
    if (key->column >= 0)
        return 0;
    TRY(add_stray(r, key, err));
    return aadhaar_look(&r->piece->loose, key->text, line, err);
}

static int new_key(struct reader *r, struct str text, uint32_t line, struct key **out,
                   struct err *err)
{
    struct keyed *k = r->keyed;
    char shown[AADHAAR_SHOWN_BYTES + 1];
    if (k->piece_keys == FIELD_COUNT_MAX)
        return too_many(line, err);
    ASSERT(k->keys < KEYS_MAX);
    struct key *key = &k->key[k->keys];
    struct str masked = aadhaar_mask(str_trim(text), shown);
    *key = (struct key){.text = str_copy(&r->mem, text), .column = -1};
    key->shown = arena_copy(&r->mem, masked.p, masked.n);
    if (key->text.p == NULL || key->shown == NULL)
        return no_memory(err);
    int role = column_role(mapping_column(r->b->opt.mapping, str_trim(text)));
    if (role >= 0)
        key->column = r->b->at[role];
    k->keys++;
    *out = key;
    return 0;
}

static inline bool is_key(const struct key *key, struct str text)
{
    return key->text.n == text.n && memcmp(key->text.p, text.p, text.n) == 0;
}

static struct key *search(struct keyed *k, struct str text)
{
    for (size_t i = 0; i < k->keys; i++)
        if (is_key(&k->key[i], text))
            return &k->key[i];
    return NULL;
}

/* The `nth` key of a line. */
static inline int find_key(struct reader *r, size_t nth, struct str text, uint32_t line,
                           struct key **out, struct err *err)
{
    struct keyed *k = r->keyed;
    size_t i = nth < KEYS_MAX ? k->order[nth] : 0;
    struct key *key = i < k->keys && is_key(&k->key[i], text) ? &k->key[i] : search(k, text);
    if (key == NULL)
        TRY(new_key(r, text, line, &key, err));
    ASSERT(key != NULL);
    if (key->piece != r->piece->number + 1)
        TRY(first_in_piece(r, key, line, err));
    if (nth < KEYS_MAX)
        k->order[nth] = (uint16_t)(key - k->key);
    *out = key;
    return 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A line that is no row, with what is wrong at `at`. */
static int bad_line(struct reader *r, uint32_t line, size_t at, struct str key, struct str value,
                    const char *reason, struct err *err)
{
    const struct fault *fault = NULL;
    struct keyed *k = r->keyed;
    size_t column = r->b->columns;
    aadhaar_mask(key, k->fault_name);
    k->at[column] = at + 1;
    k->name[column] = arena_copy(&r->mem, k->fault_name, strlen(k->fault_name));
    if (k->name[column] == NULL)
        return no_memory(err);
    r->piece->records++;
    r->piece->bad_rows++;
    TRY(make_fault(&r->resolver, &fault, err, "%s", reason));
    TRY(piece_error(r, line, (int)column, value, fault, err));
    return left_out_lost(r, line, err);
}

static int bad_json(struct reader *r, uint32_t line, const struct ndjson *j, struct err *err)
{
    struct str text = j->fault_text;
    if (text.n > 4 * AADHAAR_SHOWN_BYTES)
        text.n = 4 * AADHAAR_SHOWN_BYTES; /* more than is shown, so that no number is cut in two */
    return bad_line(r, line, j->fault_at, j->fault_key, text, j->fault, err);
}

/* Puts a member into its column. 1: the object was found to be wrong, and that was told. */
static int put_member(struct reader *r, uint32_t line, size_t nth, const struct ndjson_member *m,
                      struct csv_record *record, struct err *err)
{
    struct keyed *k = r->keyed;
    struct key *key = NULL;
    TRY(find_key(r, nth, m->key, line, &key, err));
    bool twice = key->seen == k->seen || (key->column >= 0 && k->at[key->column] != 0);
    key->seen = k->seen;
    if (key->column < 0) {
        TRY(aadhaar_look(&r->piece->stray[key->stray].aadhaar, m->value, line, err));
        record->filled = record->filled || m->value.n > 0;
    } else if (!twice) {
        k->field[key->column] = m->value;
        k->at[key->column] = m->at + 1;
        k->name[key->column] = key->shown;
        r->piece->given |= m->value.n > 0 ? r->b->column[key->column].given : 0;
        record->moved = record->moved || m->moved;
    } else {
        TRY(aadhaar_look(&r->aadhaar[key->column], m->value, line, err));
    }
    if (!twice)
        return 0;
    TRY(bad_line(r, line, m->at, m->key, m->value, "this key stands twice in the object", err));
    return 1;
}

static int make_scratch(struct keyed *k, struct err *err)
{
    if (k->scratch == NULL)
        k->scratch = mem_alloc(MEM_INGEST, LINE_BYTES_MAX);
    return k->scratch != NULL ? 0 : no_memory(err);
}

static bool is_ascii(const char *p, size_t n)
{
    size_t at = 0;
    unsigned high = 0;
#ifdef __SSE2__
    __m128i any = _mm_setzero_si128();
    for (; n - at >= 16; at += 16)
        any = _mm_or_si128(any, _mm_loadu_si128((const __m128i *)(const void *)(p + at)));
    high = (unsigned)_mm_movemask_epi8(any);
#endif
    for (; at < n; at++)
        high |= (unsigned char)p[at] & 0x80u;
    return high == 0;
}

static void begin_line(struct reader *r, const char *p)
{
    struct keyed *k = r->keyed;
    k->line = p;
    k->seen++;
    memset(k->field, 0, r->b->columns * sizeof k->field[0]);
    memset(k->at, 0, (r->b->columns + 1) * sizeof k->at[0]);
}

/* A member behind a fault, which goes nowhere. */
static int look_member(struct reader *r, uint32_t line, size_t nth, const struct ndjson_member *m,
                       struct err *err)
{
    struct key *key = NULL;
    TRY(find_key(r, nth, m->key, line, &key, err));
    struct aadhaar_count *count =
        key->column < 0 ? &r->piece->stray[key->stray].aadhaar : &r->aadhaar[key->column];
    return aadhaar_look(count, m->value, line, err);
}

/* What a fault leaves unread of a line is not a row, but its fields are looked at all the same. */
static int look_anyway(struct reader *r, uint32_t line, struct err *err)
{
    for (size_t i = 0; i < r->b->columns; i++)
        TRY(aadhaar_look(&r->aadhaar[i], r->keyed->field[i], line, err));
    return 0;
}

/* Reads the members of a line of n bytes. 1: it is no row, and that was told. */
static int read_members(struct reader *r, struct ndjson *j, size_t n, struct csv_record *record,
                        struct err *err)
{
    struct ndjson_member m;
    const char *from = j->at;
    bool bad = false;
    for (size_t nth = 0; ndjson_next(j, &m); nth++, from = j->at) {
        int rc = bad ? look_member(r, record->line, nth, &m, err)
                     : put_member(r, record->line, nth, &m, record, err);
        TRY(rc);
        bad = bad || rc == 1;
    }
    if (!bad && j->fault == NULL)
        return 0;
    TRY(look_anyway(r, record->line, err));
    if (j->fault != NULL) {
        struct str rest = {from, (size_t)(j->p + n - from)};
        TRY(aadhaar_look(&r->piece->loose, rest, record->line, err));
    }
    if (!bad)
        TRY(bad_json(r, record->line, j, err));
    return 1;
}

static int read_line(struct reader *r, const char *p, size_t n, const char *limit, uint32_t line,
                     struct err *err)
{
    struct ndjson j;
    struct keyed *k = r->keyed;
    struct csv_record record = {.line = line, .n = r->b->columns, .field = k->field, .ascii = true};
    begin_line(r, p);
    size_t good = is_ascii(p, n) ? n : utf8_check((struct str){p, n});
    if (good < n) {
        TRY(aadhaar_look(&r->piece->loose, (struct str){p, n}, line, err));
        return bad_line(r, line, good, STR_NULL, (struct str){p + good, n - good},
                        "the text is not valid UTF-8", err);
    }
    if (memchr(p, '\\', n) != NULL)
        TRY(make_scratch(k, err));
    ndjson_open(&j, p, n, limit, k->scratch);
    int rc = read_members(r, &j, n, &record, err);
    TRY(rc);
    return rc == 0 ? row_read(r, &record, err) : 0;
}

int keyed_read(struct reader *r, struct err *err)
{
    struct piece *p = r->piece;
    struct keyed *k = r->keyed;
    const char *end = p->text + p->n;
    uint32_t line = p->line;
    TRY(csv_check(p->text, p->n, line, err));
    if (k->keys > KEYS_MAX - FIELD_COUNT_MAX)
        k->keys = 0;
    k->piece_keys = 0;
    for (const char *at = p->text; at < end; line++) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        ASSERT(nl != NULL);
        size_t n = (size_t)(nl - at);
        if (n > LINE_BYTES_MAX)
            return keyed_too_long(line, err);
        if (!ndjson_is_blank(at, n))
            TRY(read_line(r, at, n, end, line, err));
        at = nl + 1;
    }
    return 0;
}

int keyed_too_long(uint32_t line, struct err *err)
{
    err_set(err, ERR_LIMIT, "line %u is longer than %u bytes, which no row of a table is", line,
            LINE_BYTES_MAX);
    err_hint(err, "NDJSON has one object on each line");
    if (err != NULL)
        err->line = (int)line;
    return ERR_LIMIT;
}

/* ---- in the order of the file ---------------------------------------------------------------- */

static struct column *find_stray(struct batch *b, struct str text)
{
    for (size_t i = 0; i < b->strays; i++)
        if (str_eq(b->stray_text[i], text))
            return &b->stray[i];
    return NULL;
}

static int new_stray(struct batch *b, const struct stray *s, struct column **out, struct err *err)
{
    if (b->strays == FIELD_COUNT_MAX)
        return too_many(0, err);
    if (b->stray == NULL) {
        b->stray = ARENA_ARRAY(&b->mem, struct column, FIELD_COUNT_MAX);
        b->stray_text = ARENA_ARRAY(&b->mem, struct str, FIELD_COUNT_MAX);
    }
    if (b->stray == NULL || b->stray_text == NULL)
        return no_memory(err);
    struct column *c = &b->stray[b->strays];
    *c = (struct column){.name = arena_copy(&b->mem, s->shown, strlen(s->shown)), .role = -1};
    b->stray_text[b->strays] = str_copy(&b->mem, s->text);
    if (c->name == NULL || b->stray_text[b->strays].p == NULL)
        return no_memory(err);
    b->strays++;
    header_warn_ignored(b, "key", c);
    *out = c;
    return 0;
}

int keyed_take_strays(struct batch *b, const struct piece *p, struct err *err)
{
    for (size_t i = 0; i < p->strays; i++) {
        const struct stray *s = &p->stray[i];
        struct column *c = find_stray(b, s->text);
        if (c == NULL)
            TRY(new_stray(b, s, &c, err));
        ASSERT(c != NULL);
        TRY(aadhaar_merge(&c->aadhaar, &s->aadhaar, err));
    }
    return 0;
}
