/* SPDX-License-Identifier: MIT
 *
 * The stored form of an uploaded table: it reads back, and what was damaged is refused. */
#include "fixture.h"

#include "base/date.h"
#include "base/hash.h"
#include "data/upload.h"

enum { ROWS = 11, COLS = 7 };

static void set(struct upload *u, size_t row, size_t col, struct value v)
{
    v.type = u->frame->col[col].type;
    frame_set(u->frame, row, col, v);
}

/* A column of each type; a row in three is NULL. */
static struct upload *make(const struct place_tree *t)
{
    static const enum type types[COLS] = {TYPE_BOOL, TYPE_INT64, TYPE_FLOAT64, TYPE_STRING,
                                          TYPE_DATE, TYPE_CODED, TYPE_PLACE};
    struct upload *u = NULL;
    struct err err = {0};
    assert_int_equal(upload_new(STR("all"), ROWS, COLS, &u, &err), 0);
    for (size_t c = 0; c < COLS; c++) {
        int level = types[c] == TYPE_PLACE ? PLACE_STATE : UPLOAD_LEVEL_NONE;
        assert_int_equal(upload_col(u, c, STR("स्तंभ"), types[c], level, &err), 0);
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (i % 3 == 2) {
            continue;
        }
        set(u, i, 0, (struct value){.i = i % 2});
        set(u, i, 1, (struct value){.i = i % 2 ? INT64_MIN + (int64_t)i : INT64_MAX});
        set(u, i, 2, (struct value){.f = (double)i / 3});
        set(u, i, 3, (struct value){.s = i % 2 ? STR("गोला, \"x\"") : STR("")});
        set(u, i, 4, (struct value){.i = i % 2 ? DAY_MIN : DAY_MAX});
        set(u, i, 5, (struct value){.i = (int64_t)i});
        set(u, i, 6, (struct value){.i = t->at[1].identity});
    }
    return u;
}

static void encode(const struct upload *u, struct buf *out)
{
    struct err err = {0};
    buf_init(out, MEM_DATA);
    assert_int_equal(upload_encode(u, out, &err), 0);
}

static int decode(struct str name, struct str data, const struct place_tree *t, struct upload **out)
{
    struct err err = {0};
    int rc = upload_decode(name, data, t, out, &err);
    assert_int_equal(err.code, rc);
    return rc;
}

static void what_was_written_reads_back(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct upload *u = make(t), *v = NULL;
    struct buf b;
    encode(u, &b);
    assert_int_equal(decode(u->name, buf_view(&b), t, &v), 0);
    assert_int_equal(v->frame->rows, ROWS);
    assert_int_equal(v->frame->cols, COLS);
    assert_string_equal(v->name.p, "all");
    for (size_t c = 0; c < COLS; c++) {
        assert_true(str_eq(v->frame->col[c].name, STR("स्तंभ")));
        assert_string_equal(upload_type_name(v, c), upload_type_name(u, c));
        for (size_t i = 0; i < ROWS; i++) {
            struct value x = frame_get(u->frame, i, c), y = frame_get(v->frame, i, c);
            assert_int_equal(x.null, y.null);
            assert_int_equal(x.i, y.i);
            assert_true(x.f >= y.f && x.f <= y.f);
            assert_true(x.null || str_eq(x.s, y.s));
        }
    }
    upload_unref(u);
    upload_unref(v);
    buf_fini(&b);
    place_tree_unref(t);
}

static void every_bit_is_watched(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct upload *u = make(t), *v = NULL;
    struct buf b;
    encode(u, &b);
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        b.p[bit / 8] = (char)(b.p[bit / 8] ^ 1 << bit % 8);
        assert_int_equal(decode(u->name, buf_view(&b), t, &v), ERR_CORRUPT);
        b.p[bit / 8] = (char)(b.p[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t n = 0; n < b.n; n++) {
        assert_int_equal(decode(u->name, (struct str){b.p, n}, t, &v), ERR_CORRUPT);
    }
    assert_int_equal(decode(STR("other"), buf_view(&b), t, &v), ERR_CORRUPT);
    upload_unref(u);
    buf_fini(&b);
    place_tree_unref(t);
}

/* Bytes changed and the checksum made right again: any answer will do, but no crash, and no value
 * that could not be. */
static void a_right_checksum_is_not_trusted(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct upload *u = make(t), *v = NULL;
    struct buf b;
    size_t refused = 0;
    encode(u, &b);
    for (size_t at = 0; at + 4 < b.n; at++) {
        for (int change = 1; change < 256; change <<= 1) {
            b.p[at] = (char)(b.p[at] ^ change);
            uint32_t crc = crc32c(crc32c(0, u->name.p, u->name.n), b.p, b.n - 4);
            memcpy(b.p + b.n - 4, &crc, sizeof(crc));
            int rc = decode(u->name, buf_view(&b), t, &v);
            assert_true(rc == 0 || rc == ERR_CORRUPT || rc == ERR_MEM);
            refused += rc != 0;
            for (size_t i = 0; rc == 0 && i < v->frame->rows; i++) {
                struct value sector = frame_get(v->frame, i, 5);
                assert_true(sector.null || (size_t)sector.i < list_sectors.n ||
                            v->frame->col[5].type != TYPE_CODED);
            }
            if (rc == 0) {
                upload_unref(v);
            }
            b.p[at] = (char)(b.p[at] ^ change);
        }
    }
    assert_true(refused > 100);
    upload_unref(u);
    buf_fini(&b);
    place_tree_unref(t);
}

static void a_place_must_be_in_the_tree(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree(), *empty = NULL;
    struct upload *u = make(t), *v = NULL;
    struct err err = {0};
    struct buf b;
    encode(u, &b);
    assert_int_equal(place_tree_new(NULL, 0, NULL, 0, &empty, &err), 0);
    assert_int_equal(decode(u->name, buf_view(&b), empty, &v), ERR_CORRUPT);
    upload_unref(u);
    buf_fini(&b);
    place_tree_unref(t);
    place_tree_unref(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_reads_back),
        cmocka_unit_test(every_bit_is_watched),
        cmocka_unit_test(a_right_checksum_is_not_trusted),
        cmocka_unit_test(a_place_must_be_in_the_tree),
    };
    return cmocka_run_group_tests_name("data/upload_code", tests, NULL, NULL);
}
