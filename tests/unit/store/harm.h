/* SPDX-License-Identifier: MIT
 *
 * Ways to harm a database file that is not open. */
#ifndef TESTS_STORE_HARM_H
#define TESTS_STORE_HARM_H

#include "../../../core/store/db.h"
#include "fixture.h"

/* Changes it as no disk would: page checksums fit afterwards. */
static inline void harm_sql(struct fixture *f, const char *sql)
{
    char path[256];
    struct db db;
    struct err err;
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    assert_int_equal(db_open(&db, path, &err), 0);
    if (db_exec(&db, sql, &err) < 0)
        fail_msg("%s", err.msg);
    db_close(&db);
}

/* Flips a bit in the stored bytes of the n-th segment, 300 bytes behind its header. */
static inline void harm_segment(const char *dir, int n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/panji.db", dir);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size_t size = (size_t)ftell(f);
    char *all = malloc(size);
    rewind(f);
    assert_int_equal(fread(all, 1, size, f), size);
    uint64_t id = 0;
    long at = -1;
    for (char *p = all; (p = memmem(p, size - (size_t)(p - all), "PSG2", 4)) != NULL; p++) {
        memcpy(&id, p + 8, sizeof id);
        at = id == (uint64_t)n ? p - all : at;
    }
    assert_true(at >= 0);
    fseek(f, at + 300, SEEK_SET);
    fputc(all[at + 300] ^ 8, f);
    fclose(f);
    free(all);
}

/* Flips a bit wherever a text stands in the file. */
static inline void harm_text(const char *dir, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/panji.db", dir);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size_t size = (size_t)ftell(f), found = 0;
    char *all = malloc(size);
    rewind(f);
    assert_int_equal(fread(all, 1, size, f), size);
    for (char *p = all; (p = memmem(p, size - (size_t)(p - all), text, strlen(text))) != NULL;
         p++) {
        fseek(f, p - all, SEEK_SET);
        fputc(*p ^ 1, f);
        found++;
    }
    assert_true(found > 0);
    fclose(f);
    free(all);
}

/* Flips a bit of the first page of a table; twice, and it is as it was. */
static inline void harm_table(const char *dir, const char *table)
{
    char path[256], sql[120];
    struct db db;
    struct err err;
    int64_t root;
    snprintf(path, sizeof path, "%s/panji.db", dir);
    snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    assert_int_equal(db_open(&db, path, &err), 0);
    assert_int_equal(db_pragma_i64(&db, sql, &root, &err), 0);
    db_close(&db);
    FILE *f = fopen(path, "r+");
    long at = (long)(root - 1) * DB_PAGE_BYTES + 9;
    fseek(f, at, SEEK_SET);
    int byte = fgetc(f);
    fseek(f, at, SEEK_SET);
    fputc(byte ^ 16, f);
    fclose(f);
}

#endif
