/* SPDX-License-Identifier: MIT
 *
 * What is stored of the ids of a segment's rows (id_part.data): for each row, in the order in which
 * the segment was stored, eight bytes of hash, zeros where no id was given; then the CRC-32C of the
 * segment's id and all of them. The segment itself, once it was merged, stays in id_rows, so that a
 * registration that is replaced can be taken off exactly as it was counted. */
#include "ids.h"

#include <stdlib.h>
#include <string.h>

enum { CRC_BYTES = 4 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to recognise registrations by their ids");
}

/* ---- the set -------------------------------------------------------------------------------- */

struct idset *store_ids(struct store *s)
{
    pthread_mutex_lock(&s->ids_lock);
    struct idset *ids = idset_ref(s->ids);
    pthread_mutex_unlock(&s->ids_lock);
    return ids;
}

void ids_publish(struct store *s, struct idset *next)
{
    pthread_mutex_lock(&s->ids_lock);
    struct idset *old = s->ids;
    s->ids = next;
    pthread_mutex_unlock(&s->ids_lock);
    idset_unref(old);
}

int ids_hold(const struct idset *now, const struct id_claims *claims, struct err *err)
{
    if (now == claims->against || claims->n == 0)
        return 1;
    uint32_t *owner = mem_alloc(MEM_STORE, claims->n * sizeof *owner);
    if (owner == NULL)
        return no_memory(err);
    idset_find(now, claims->hash, claims->n, owner);
    int same = memcmp(owner, claims->owner, claims->n * sizeof *owner) == 0;
    mem_free(MEM_STORE, owner);
    return same;
}

int ids_claim(struct idset *now, const struct id_claims *claims, int64_t seq, struct idset **out,
              struct err *err)
{
    size_t n = 0;
    ASSERT(seq > 0 && seq <= UINT32_MAX);
    if (claims->replace)
        return idset_add(now, claims->hash, claims->n, (uint32_t)seq, out, err);
    id_hash *fresh = mem_alloc(MEM_STORE, (claims->n + 1) * sizeof *fresh);
    if (fresh == NULL)
        return no_memory(err);
    for (size_t i = 0; i < claims->n; i++)
        if (claims->owner[i] == 0)
            fresh[n++] = claims->hash[i];
    int rc = idset_add(now, fresh, n, (uint32_t)seq, out, err);
    mem_free(MEM_STORE, fresh);
    return rc;
}

/* ---- writing -------------------------------------------------------------------------------- */

static uint32_t checksum(uint64_t segment, struct str hashes)
{
    return crc32c(crc32c(0, &segment, sizeof segment), hashes.p, hashes.n);
}

int ids_write(struct db *db, int64_t seq, uint64_t segment, const id_hash *row, size_t n,
              struct err *err)
{
    struct stmt st;
    struct buf data;
    size_t bytes = n * sizeof *row;
    buf_init(&data, MEM_STORE);
    buf_put(&data, (const char *)row, bytes);
    uint32_t crc = checksum(segment, (struct str){(const char *)row, bytes});
    buf_put(&data, (const char *)&crc, CRC_BYTES);
    int rc = buf_check(&data, err);
    rc = rc < 0 ? rc : db_stmt(db, "INSERT INTO id_part VALUES(?, ?, ?)", &st, err);
    if (rc == 0) {
        stmt_put_i64(&st, (int64_t)segment);
        stmt_put_i64(&st, seq);
        stmt_put_blob(&st, data.p, data.n);
        rc = stmt_run(&st, err);
    }
    buf_fini(&data);
    return rc;
}

int ids_write_taken(struct db *db, int64_t seq, const struct taken_list *t, struct err *err)
{
    for (size_t i = 0; i < t->froms; i++) {
        struct stmt st;
        TRY(db_stmt(db, "INSERT INTO id_replaced VALUES(?, ?, ?)", &st, err));
        stmt_put_i64(&st, seq);
        stmt_put_i64(&st, t->from[i].seq);
        stmt_put_i64(&st, t->from[i].n);
        TRY(stmt_run(&st, err));
    }
    return 0;
}

int ids_keep_rows(struct db *db, uint64_t segment, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO id_rows SELECT s.id, s.data FROM segment AS s"
                " WHERE s.id = ? AND EXISTS(SELECT 1 FROM id_part WHERE segment = s.id)",
                &st, err));
    stmt_put_i64(&st, (int64_t)segment);
    return stmt_run(&st, err);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The hashes that a blob holds, copied: it may not be aligned. */
static int read_part(uint64_t segment, struct str blob, id_hash **out, size_t *n, struct err *err)
{
    uint32_t crc;
    if (blob.n < CRC_BYTES || (blob.n - CRC_BYTES) % sizeof(id_hash) != 0)
        return err_set(err, ERR_CORRUPT, "the ids of segment %llu have %zu bytes",
                       (unsigned long long)segment, blob.n);
    struct str hashes = {blob.p, blob.n - CRC_BYTES};
    memcpy(&crc, blob.p + hashes.n, CRC_BYTES);
    if (crc != checksum(segment, hashes))
        return err_set(err, ERR_CORRUPT, "the ids of segment %llu do not have their checksum",
                       (unsigned long long)segment);
    *out = mem_alloc(MEM_STORE, hashes.n + sizeof(id_hash));
    if (*out == NULL)
        return no_memory(err);
    memcpy(*out, hashes.p, hashes.n);
    *n = hashes.n / sizeof(id_hash);
    return 0;
}

/* Their hashes in order, into the set. */
static int load_part(struct idset **set, int64_t seq, const id_hash *row, size_t n, struct err *err)
{
    struct id_row *at = mem_alloc(MEM_STORE, 2 * (n + 1) * sizeof *at);
    id_hash *hash = mem_alloc(MEM_STORE, (n + 1) * sizeof *hash);
    size_t given = 0, distinct = 0;
    int rc = at != NULL && hash != NULL ? 0 : no_memory(err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (row[i] != 0)
            at[given++] = (struct id_row){row[i], (uint32_t)i};
    if (rc == 0)
        id_rows_sort(at, at + n, given);
    for (size_t i = 0; rc == 0 && i < given; i++)
        if (i == 0 || at[i].hash != at[i - 1].hash)
            hash[distinct++] = at[i].hash;
    struct idset *next = NULL;
    rc = rc < 0 ? rc : idset_add(*set, hash, distinct, (uint32_t)seq, &next, err);
    if (rc == 0) {
        idset_unref(*set);
        *set = next;
    }
    mem_free(MEM_STORE, at);
    mem_free(MEM_STORE, hash);
    return rc;
}

static int load_row(struct store *s, struct idset **set, struct stmt *st, struct err *err)
{
    uint64_t segment = (uint64_t)stmt_i64(st, 0);
    int64_t seq = stmt_i64(st, 1);
    id_hash *row = NULL;
    size_t n = 0;
    if (seq <= 0 || seq > UINT32_MAX)
        return err_set(err, ERR_CORRUPT, "the ids of segment %llu are of batch number %lld",
                       (unsigned long long)segment, (long long)seq);
    TRY(read_part(segment, stmt_blob(st, 2), &row, &n, err));
    if (segment >= s->segment_next)
        s->segment_next = segment + 1;
    int rc = load_part(set, seq, row, n, err);
    mem_free(MEM_STORE, row);
    return rc;
}

static int load_parts(struct store *s, struct idset **set, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db, "SELECT segment, seq, data FROM id_part ORDER BY seq, segment", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_row(s, set, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* Batches that had ids and were retracted. */
static int load_gone(struct store *s, struct idset **set, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db,
                "SELECT seq FROM retraction JOIN ledger USING(source, batch_id)"
                " WHERE seq IN (SELECT seq FROM id_part)",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        struct idset *next = NULL;
        rc = idset_retract(*set, (uint32_t)stmt_i64(&st, 0), &next, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
        idset_unref(*set);
        *set = next;
    }
    return rc;
}

static int load_set(struct store *s, struct err *err)
{
    struct idset *set;
    TRY(idset_new(&set, err));
    int rc = load_gone(s, &set, err);
    rc = rc < 0 ? rc : load_parts(s, &set, err);
    if (rc < 0) {
        idset_unref(set);
        return rc;
    }
    ids_publish(s, set);
    return 0;
}

/* Where no id can be read, none is taken: the set stays empty, and new segments get ids behind any
 * that those which had ids may have. */
static int load_none(struct store *s, struct err *err)
{
    struct idset *set;
    TRY(idset_new(&set, err));
    ids_publish(s, set);
    s->segment_next += UINT64_C(1) << 32;
    return 0;
}

int ids_load(struct store *s, struct err *err)
{
    struct err why;
    int rc = load_set(s, &why);
    if (rc == ERR_CORRUPT)
        TRY(load_none(s, err));
    rc = unread_note(s, UNREAD_IDS, rc, &why);
    if (rc < 0 && err != NULL)
        *err = why;
    if (rc == 0)
        ids_key_look(s);
    return rc;
}

/* ---- taking registrations over -------------------------------------------------------------- */

/* A hash that another batch has. */
struct wanted_id {
    uint32_t owner;
    id_hash hash;
};

struct taking {
    struct store *s;
    struct snap *now;
    const struct id_claims *claims;
    struct wanted_id *want; /* by owner, then hash */
    size_t wants;
    struct taken_list *out;
    uint8_t *skip; /* rows of the segment at hand: 1 where they are left alone */
};

static int by_owner(const void *pa, const void *pb)
{
    const struct wanted_id *a = pa, *b = pb;
    if (a->owner != b->owner)
        return a->owner < b->owner ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static int list_wanted(struct taking *t, struct err *err)
{
    const struct id_claims *c = t->claims;
    t->want = mem_alloc(MEM_STORE, (c->n + 1) * sizeof(*t->want));
    if (t->want == NULL)
        return no_memory(err);
    for (size_t i = 0; i < c->n; i++)
        if (c->owner[i] != 0)
            t->want[t->wants++] = (struct wanted_id){c->owner[i], c->hash[i]};
    if (t->wants > 1)
        qsort(t->want, t->wants, sizeof(*t->want), by_owner);
    return 0;
}

/* The rows that one source had: where they are collected. */
static int taken_of(struct taking *t, struct str source, struct taken **out, struct err *err)
{
    struct taken_list *l = t->out;
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(str_of(l->at[i].source), source)) {
            *out = &l->at[i];
            return 0;
        }
    struct taken *more = mem_realloc(MEM_STORE, l->at, (l->n + 1) * sizeof *more);
    if (more == NULL)
        return no_memory(err);
    l->at = more;
    if (source.n > SOURCE_BYTES_MAX)
        return err_set(err, ERR_CORRUPT, "a source in the ledger has %zu bytes", source.n);
    *out = &l->at[l->n++];
    memset(*out, 0, sizeof **out);
    memcpy((*out)->source, source.p, source.n);
    rows_init(&(*out)->rows, MEM_STORE, t->s->schema);
    return 0;
}

static int source_of(struct taking *t, uint32_t owner, struct taken **out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&t->s->db, "SELECT source FROM ledger WHERE seq = ?", &st, err));
    stmt_put_i64(&st, owner);
    int rc = stmt_step(&st, err);
    if (rc == 0)
        return err_set(err, ERR_CORRUPT, "ids are of batch number %u, which is not in the ledger",
                       owner);
    if (rc < 0)
        return rc;
    rc = taken_of(t, stmt_str(&st, 0), out, err);
    stmt_done(&st);
    return rc;
}

/* Copies the rows of which skip[] is 0, as so many that count one less. */
static int take_off(struct taking *t, const struct rows *from, struct rows *to, struct err *err)
{
    for (size_t i = 0; i < from->n; i++) {
        if (t->skip[i])
            continue;
        TRY(rows_add(to, from->place[i], from->sector[i], from->day[i], -from->count[i], err));
        for (size_t a = 0; a < from->schema->n; a++) {
            if (from->attr[a] == NULL || from->attr[a][i] == ATTR_NULL)
                continue;
            TRY(rows_need(to, (int)a, err));
            to->attr[a][to->n - 1] = from->attr[a][i];
        }
    }
    return 0;
}

static int decode(struct taking *t, uint64_t segment, struct str bytes, size_t n, struct rows *to,
                  struct err *err)
{
    int32_t counts[ATTRS_MAX];
    struct rows all;
    memcpy(counts, t->s->dict_saved, sizeof counts);
    rows_init(&all, MEM_STORE, t->s->schema);
    int rc = seg_decode_rows(bytes, segment, counts, t->now->tree, &all, err);
    if (rc == 0 && all.n != n)
        rc = err_set(err, ERR_CORRUPT, "segment %llu has %zu rows and %zu ids",
                     (unsigned long long)segment, all.n, n);
    rc = rc < 0 ? rc : take_off(t, &all, to, err);
    rows_fini(&all);
    return rc;
}

/* From the segment as it was stored. */
static int take_rows(struct taking *t, uint64_t segment, size_t n, struct rows *to, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&t->s->db,
                "SELECT data FROM segment WHERE id = ?1"
                " UNION ALL SELECT data FROM id_rows WHERE segment = ?1",
                &st, err));
    stmt_put_i64(&st, (int64_t)segment);
    int rc = stmt_step(&st, err);
    if (rc == 0)
        return err_set(err, ERR_CORRUPT, "the rows of segment %llu, which came with ids, are gone",
                       (unsigned long long)segment);
    if (rc < 0)
        return rc;
    rc = decode(t, segment, stmt_blob(&st, 0), n, to, err);
    stmt_done(&st);
    return rc;
}

/* How many of a segment's rows are wanted; skip[] says which are not. */
static int mark(struct taking *t, const struct wanted_id *want, size_t wants, const id_hash *row,
                size_t n, size_t *found, struct err *err)
{
    mem_free(MEM_STORE, t->skip);
    t->skip = mem_alloc(MEM_STORE, n + 1);
    if (t->skip == NULL)
        return no_memory(err);
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        struct wanted_id key = {want->owner, row[i]};
        t->skip[i] = row[i] == 0 || bsearch(&key, want, wants, sizeof key, by_owner) == NULL;
        *found += !t->skip[i];
    }
    return 0;
}

static int take_part(struct taking *t, const struct wanted_id *want, size_t wants, uint64_t segment,
                     struct str blob, struct rows *to, struct err *err)
{
    id_hash *row = NULL;
    size_t n = 0, found = 0;
    TRY(read_part(segment, blob, &row, &n, err));
    int rc = mark(t, want, wants, row, n, &found, err);
    if (rc == 0 && found > 0)
        rc = take_rows(t, segment, n, to, err);
    mem_free(MEM_STORE, row);
    return rc;
}

static int take_parts(struct taking *t, const struct wanted_id *want, size_t wants, struct rows *to,
                      struct err *err)
{
    struct stmt st;
    size_t before = to->n;
    int rc;
    TRY(db_stmt(&t->s->db, "SELECT segment, data FROM id_part WHERE seq = ?", &st, err));
    stmt_put_i64(&st, want->owner);
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_part(t, want, wants, (uint64_t)stmt_i64(&st, 0), stmt_blob(&st, 1), to, err);
        if (rc < 0) {
            stmt_done(&st);
            return rc;
        }
    }
    if (rc == 0 && to->n - before != wants)
        rc = err_set(err, ERR_CORRUPT, "of %zu ids of batch number %u only %zu are stored", wants,
                     want->owner, to->n - before);
    return rc;
}

static int take_owner(struct taking *t, const struct wanted_id *want, size_t wants, struct err *err)
{
    struct taken_list *l = t->out;
    struct taken *of = NULL;
    struct taken_from *more = mem_realloc(MEM_STORE, l->from, (l->froms + 1) * sizeof *more);
    if (more == NULL)
        return no_memory(err);
    l->from = more;
    l->from[l->froms++] = (struct taken_from){want->owner, (int64_t)wants};
    l->rows += (int64_t)wants;
    TRY(source_of(t, want->owner, &of, err));
    ASSERT(of != NULL);
    return take_parts(t, want, wants, &of->rows, err);
}

static int take_all(struct taking *t, struct err *err)
{
    TRY(list_wanted(t, err));
    for (size_t i = 0, n; i < t->wants; i += n) {
        for (n = 1; i + n < t->wants && t->want[i + n].owner == t->want[i].owner;)
            n++;
        TRY(take_owner(t, t->want + i, n, err));
    }
    for (size_t i = 0; i < t->out->n; i++) {
        struct taken *at = &t->out->at[i];
        TRY(rows_sort(&at->rows, t->now->tree, err));
        TRY(seg_new(&at->rows, t->now->tree, 0, &at->seg, err));
    }
    return 0;
}

struct take_call {
    const struct id_claims *claims;
    struct taken_list *out;
};

static int take_call(struct store *s, void *arg, struct err *err)
{
    struct take_call *c = arg;
    struct taking t = {.s = s, .now = snap_cell_get(s->cell), .claims = c->claims, .out = c->out};
    int rc = take_all(&t, err);
    mem_free(MEM_STORE, t.want);
    mem_free(MEM_STORE, t.skip);
    snap_unref(t.now);
    return rc;
}

int ids_take(struct store *s, const struct id_claims *claims, struct taken_list *out,
             struct err *err)
{
    struct take_call c = {claims, out};
    return store_call(s, take_call, &c, err);
}

void taken_list_fini(struct taken_list *t)
{
    for (size_t i = 0; i < t->n; i++) {
        rows_fini(&t->at[i].rows);
        seg_unref(t->at[i].seg);
    }
    mem_free(MEM_STORE, t->at);
    mem_free(MEM_STORE, t->from);
}
