/* SPDX-License-Identifier: MIT
 *
 * The words of the dictionaries on disk. Those that a commit adds to an attribute lie in one row of
 * the table `word`, or in several where they are very many:
 *
 *     u32 crc32c of what follows, seeded with the first id; then for each word u16 bytes, bytes
 *
 * Their ids run on without gaps. A file that was begun with one row a word, in the table `dict`,
 * keeps them there. */
#include <string.h>

#include "base/hash.h"
#include "store_int.h"

enum { ROW_WORDS_MAX = 1 << 16, CRC_BYTES = 4, LENGTH_BYTES = 2 };

static uint32_t crc_of(int32_t first, const char *p, size_t n)
{
    return crc32c(crc32c(0, &first, sizeof first), p, n);
}

/* ---- writing --------------------------------------------------------------------------------- */

static int pack(const struct dict *d, int32_t first, int32_t end, struct buf *out, struct err *err)
{
    uint32_t crc = 0;
    buf_put(out, &crc, CRC_BYTES);
    for (int32_t id = first; id < end; id++) {
        struct str s = dict_get(d, id);
        uint16_t n = (uint16_t)s.n;
        ASSERT(s.n <= UINT16_MAX);
        buf_put(out, &n, LENGTH_BYTES);
        buf_str(out, s);
    }
    TRY(buf_check(out, err));
    crc = crc_of(first, out->p + CRC_BYTES, out->n - CRC_BYTES);
    memcpy(out->p, &crc, CRC_BYTES);
    return 0;
}

static int insert(struct db *db, const char *attr, int32_t first, int32_t end, struct str data,
                  struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO word(attr, first, n, data) VALUES(?, ?, ?, ?)", &st, err));
    stmt_put_str(&st, str_of(attr));
    stmt_put_i64(&st, first);
    stmt_put_i64(&st, end - first);
    stmt_put_blob(&st, data.p, data.n);
    return stmt_run(&st, err);
}

static int save_row(struct db *db, const char *attr, const struct dict *d, int32_t first,
                    int32_t end, struct err *err)
{
    struct buf data;
    buf_init(&data, MEM_STORE);
    int rc = pack(d, first, end, &data, err);
    rc = rc < 0 ? rc : insert(db, attr, first, end, buf_view(&data), err);
    buf_fini(&data);
    return rc;
}

int words_save(struct store *s, const struct snap *snap, int32_t saved[ATTRS_MAX], struct err *err)
{
    memcpy(saved, s->dict_saved, sizeof s->dict_saved);
    for (size_t i = 0; i < s->schema->n; i++) {
        const struct dict *d = snap->dict[i];
        int32_t n = d != NULL ? dict_count(d) : 0;
        while (d != NULL && saved[i] < n) {
            int32_t end = n - saved[i] > ROW_WORDS_MAX ? saved[i] + ROW_WORDS_MAX : n;
            TRY(save_row(&s->db, s->schema->attr[i].name, d, saved[i], end, err));
            saved[i] = end;
        }
    }
    return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int damaged(const char *attr, int64_t id, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "the stored words of \"%s\" are damaged at %lld", attr,
                   (long long)id);
}

/* Adds a word that must get this id. */
static int add(struct dict *d, const char *attr, struct str word, int64_t id, struct err *err)
{
    int32_t got = -1;
    TRY(dict_intern(d, word, &got, err));
    return got == id ? 0 : damaged(attr, id, err);
}

static int unpack(struct dict *d, const char *attr, int64_t first, int64_t n, struct str data,
                  struct err *err)
{
    uint32_t crc;
    size_t at = CRC_BYTES;
    if (data.n < CRC_BYTES || first != dict_count(d))
        return damaged(attr, first, err);
    memcpy(&crc, data.p, CRC_BYTES);
    if (crc != crc_of((int32_t)first, data.p + CRC_BYTES, data.n - CRC_BYTES))
        return damaged(attr, first, err);
    for (int64_t i = 0; i < n; i++) {
        uint16_t bytes;
        if (data.n - at < LENGTH_BYTES)
            return damaged(attr, first + i, err);
        memcpy(&bytes, data.p + at, LENGTH_BYTES);
        at += LENGTH_BYTES;
        if (data.n - at < bytes)
            return damaged(attr, first + i, err);
        TRY(add(d, attr, (struct str){data.p + at, bytes}, first + i, err));
        at += bytes;
    }
    return at == data.n ? 0 : damaged(attr, first + n, err);
}

/* A word a row. */
static int load_dict(struct store *s, const char *attr, struct dict *d, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db, "SELECT id, value FROM dict WHERE attr = ? ORDER BY id", &st, err));
    stmt_put_str(&st, str_of(attr));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = add(d, attr, stmt_str(&st, 1), stmt_i64(&st, 0), err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int load_row(const struct snap *snap, struct stmt *st, struct err *err)
{
    struct str name = stmt_str(st, 0);
    int attr = schema_find(snap->schema, name);
    if (attr < 0 || snap->dict[attr] == NULL)
        return err_set(err, ERR_CORRUPT, "there are stored words of \"%.*s\", which has none",
                       STR_ARG(name));
    return unpack(snap->dict[attr], snap->schema->attr[attr].name, stmt_i64(st, 1), stmt_i64(st, 2),
                  stmt_blob(st, 3), err);
}

static int load_rows(struct store *s, const struct snap *snap, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db, "SELECT attr, first, n, data FROM word ORDER BY id", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_row(snap, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

int words_load(struct store *s, const struct snap *snap, struct err *err)
{
    for (size_t i = 0; i < s->schema->n; i++)
        if (snap->dict[i] != NULL)
            TRY(load_dict(s, s->schema->attr[i].name, snap->dict[i], err));
    TRY(load_rows(s, snap, err));
    for (size_t i = 0; i < s->schema->n; i++)
        s->dict_saved[i] = snap->dict[i] != NULL ? dict_count(snap->dict[i]) : 0;
    return 0;
}
