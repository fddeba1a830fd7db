/* SPDX-License-Identifier: MIT
 *
 * The key of the hashes of ids: made once, for its owner's eyes alone, and missed when it is gone.
 */
#include "fixture.h"

#include "../../../core/store/ids.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_of(const struct fixture *f, const char *name, char out[160])
{
    snprintf(out, 160, "%s/%s", f->dir, name);
}

static int key_of(struct fixture *f, unsigned char key[HASH_KEY_BYTES], struct err *err)
{
    return store_ids_key(f->store, key, err);
}

static void reopen(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f);
}

static int note(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    TRY(db_begin(&s->db, err));
    TRY(ids_key_note(s, err));
    return store_commit(s, err);
}

static void is_made_once_for_its_owner(void **state)
{
    struct fixture *f = *state;
    unsigned char first[HASH_KEY_BYTES], again[HASH_KEY_BYTES];
    char path[160];
    struct stat st;
    struct err err;
    path_of(f, "ids.key", path);
    assert_int_equal(stat(path, &st), -1); /* not before it is needed */
    assert_int_equal(key_of(f, first, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    reopen(f);
    assert_int_equal(key_of(f, again, &err), 0);
    assert_memory_equal(first, again, HASH_KEY_BYTES);
}

static void is_missed_when_ids_were_stored_with_it(void **state)
{
    struct fixture *f = *state;
    unsigned char key[HASH_KEY_BYTES];
    char path[160], kept[160];
    struct err err;
    path_of(f, "ids.key", path);
    path_of(f, "kept", kept);
    assert_int_equal(key_of(f, key, &err), 0);
    assert_int_equal(store_call(f->store, note, NULL, &err), 0);
    assert_int_equal(rename(path, kept), 0);
    reopen(f); /* everything else goes on */
    assert_int_equal(key_of(f, key, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "is not there"));
    assert_int_equal(access(path, F_OK), -1);
    FILE *other = fopen(path, "w");
    fputs("00112233445566778899aabbccddeeff\n", other);
    fclose(other);
    assert_int_equal(key_of(f, key, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.hint, "chmod 600"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(key_of(f, key, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "another key"));
    other = fopen(path, "w");
    fputs("00112233", other);
    fclose(other);
    assert_int_equal(key_of(f, key, &err), ERR_UNAVAILABLE);
    assert_int_equal(rename(kept, path), 0);
    assert_int_equal(key_of(f, key, &err), 0);
}

#define IN_A_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_STORE(is_made_once_for_its_owner),
        IN_A_STORE(is_missed_when_ids_were_stored_with_it),
    };
    return cmocka_run_group_tests_name("store/ids_key", tests, NULL, NULL);
}
