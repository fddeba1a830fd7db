/* SPDX-License-Identifier: MIT
 *
 * The key of the hashes of ids: DIR/ids.key, 32 hexadecimal digits, for its owner's eyes alone. It
 * is kept outside the database, so that a copy of the database does not tell whose registrations it
 * counts: the numbers of a state are few enough to be tried one by one by whoever has the key.
 *
 * The database knows the key by a hash made with it. Were the key lost and another made in silence,
 * every registration would look new: so ids are refused then, and everything else goes on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "files.h"
#include "ids.h"

enum { PATH_BYTES = 4200, DIGITS = 2 * HASH_KEY_BYTES };

static void key_path(const struct store *s, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", s->dir, name);
}

static int64_t check_value(const unsigned char key[HASH_KEY_BYTES])
{
    return (int64_t)hash_keyed(key, "panji ids", 9);
}

/* What the database says of its key: 1 and the value, 0 when no ids were ever stored. */
static int expected(struct store *s, int64_t *value, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "SELECT value FROM meta WHERE key = 'ids_key'", &st, err));
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    *value = stmt_i64(&st, 0);
    stmt_done(&st);
    return 1;
}

int ids_key_note(struct store *s, struct err *err)
{
    return meta_set_i64(&s->db, "ids_key", check_value(s->ids_key.key), err);
}

/* ---- the file ------------------------------------------------------------------------------- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse(const char *path, const char *text, size_t n, unsigned char *key, struct err *err)
{
    bool whole = n >= DIGITS;
    for (int i = 0; whole && i < HASH_KEY_BYTES; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        whole = high >= 0 && low >= 0;
        key[i] = (unsigned char)(high << 4 | low);
    }
    if (whole)
        return 0;
    err_set(err, ERR_UNAVAILABLE, "%s does not hold the key of the ids of registrations", path);
    err_hint(err, "put the file back as it was, from a backup of the data directory");
    return ERR_UNAVAILABLE;
}

static int check_mode(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & 077) == 0)
        return 0;
    err_set(err, ERR_UNAVAILABLE, "%s may be read by others than its owner", path);
    err_hint(err, "chmod 600 %s", path);
    return ERR_UNAVAILABLE;
}

/* 1 and the key, 0 when there is no file. */
static int read_key(const char *path, unsigned char *key, struct err *err)
{
    char text[DIGITS];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_set(err, ERR_UNAVAILABLE, "%s cannot be read: %s", path, strerror(errno));
    int rc = check_mode(fd, path, err);
    ssize_t n = rc == 0 ? read(fd, text, sizeof text) : 0;
    rc = rc < 0 ? rc : parse(path, text, n > 0 ? (size_t)n : 0, key, err);
    close(fd);
    return rc < 0 ? rc : 1;
}

static int make_key(struct store *s, const char *path, unsigned char *key, struct err *err)
{
    char fresh[PATH_BYTES], text[DIGITS + 2];
    key_path(s, "ids.key.new", fresh);
    hash_key_new(key);
    hex_encode(key, HASH_KEY_BYTES, text);
    text[DIGITS] = '\n';
    unlink(fresh);
    TRY(file_write_private(fresh, (struct str){text, DIGITS + 1}, err));
    if (rename(fresh, path) != 0)
        return err_set(err, ERR_IO, "%s cannot be made: %s", path, strerror(errno));
    return dir_sync(s->dir, err); /* the name is on the disk, too, before any id is */
}

/* ---- asking --------------------------------------------------------------------------------- */

static int lost(const char *path, struct err *err)
{
    err_set(err, ERR_UNAVAILABLE,
            "%s is not there, but ids of registrations were stored with its key: without it none "
            "of them would be recognised",
            path);
    err_hint(err, "put the file back from a backup of the data directory, or send the file without "
                  "its registration_id");
    return ERR_UNAVAILABLE;
}

static int foreign(const char *path, struct err *err)
{
    err_set(err, ERR_UNAVAILABLE,
            "%s holds another key than that of the ids of registrations that are stored", path);
    err_hint(err, "put back the file that belongs to this panji.db, from a backup");
    return ERR_UNAVAILABLE;
}

static int key_call(struct store *s, void *arg, struct err *err)
{
    unsigned char *key = arg;
    char path[PATH_BYTES];
    int64_t value = 0;
    TRY(unread_check(s, UNREAD_IDS, err));
    key_path(s, "ids.key", path);
    int noted = expected(s, &value, err);
    TRY(noted);
    int found = read_key(path, key, err);
    TRY(found);
    if (found == 1)
        return noted == 1 && value != check_value(key) ? foreign(path, err) : 0;
    return noted == 1 ? lost(path, err) : make_key(s, path, key, err);
}

int store_ids_key(struct store *s, unsigned char key[HASH_KEY_BYTES], struct err *err)
{
    pthread_mutex_lock(&s->ids_lock);
    bool ready = s->ids_key.ready;
    memcpy(key, s->ids_key.key, HASH_KEY_BYTES);
    pthread_mutex_unlock(&s->ids_lock);
    if (ready)
        return 0;
    TRY(store_call(s, key_call, key, err));
    pthread_mutex_lock(&s->ids_lock);
    memcpy(s->ids_key.key, key, HASH_KEY_BYTES);
    s->ids_key.ready = true;
    pthread_mutex_unlock(&s->ids_lock);
    return 0;
}

void ids_key_look(struct store *s)
{
    unsigned char key[HASH_KEY_BYTES];
    struct err err;
    int64_t value;
    if (s->dir == NULL) /* a file that is looked at for itself */
        return;
    if (expected(s, &value, NULL) == 1 && key_call(s, key, &err) < 0)
        log_line(LOG_ERROR, "store", "%s; %s", err.msg, err.hint);
}
