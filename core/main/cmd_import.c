/* SPDX-License-Identifier: MIT
 *
 * `panji import`, `panji stated`, `panji places` and `panji tables`: files in, one line of JSON a
 * file out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "commands.h"
#include "door.h"
#include "found.h"
#include "net/mappings.h"
#include "progress.h"

/* ---- building the path ----------------------------------------------------------------------- */

static void add_field(struct buf *path, const char *name, struct str value)
{
    bool first = path->n == 0 || memchr(path->p, '?', path->n) == NULL;
    buf_char(path, first ? '?' : '&');
    buf_cstr(path, name);
    buf_char(path, '=');
    httpc_escape(path, value);
}

static void add_option(struct buf *path, const struct cli *c, const char *option, const char *field)
{
    const char *value = cli_get(c, option);
    if (value != NULL)
        add_field(path, field, str_of(value));
}

static bool is_file_name(const char *mapping)
{
    return strchr(mapping, '/') != NULL || str_ends(str_of(mapping), STR(".map"));
}

static int add_mapping_text(struct buf *path, const char *file, struct err *err)
{
    struct mapping *checked = NULL;
    struct buf text;
    /* The columns are those of the data, which the server knows: it tells what is no column. */
    int rc = mapping_from_file(file, &checked, err);
    mapping_free(checked);
    if (rc < 0 && rc != ERR_SYNTAX)
        return rc;
    FILE *f = fopen(file, "re");
    if (f == NULL)
        return err_set(err, ERR_IO, "%s: %s", file, strerror(errno));
    buf_init(&text, MEM_MAIN);
    char *p = buf_reserve(&text, MAPPING_BYTES_MAX);
    if (p != NULL)
        text.n += fread(p, 1, MAPPING_BYTES_MAX, f);
    fclose(f);
    add_field(path, "mapping_text", buf_view(&text));
    rc = buf_check(&text, err);
    buf_fini(&text);
    if (rc == 0 && path->n > HTTP_URL_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE,
                       "the mapping %s is too long to be sent along: put it into a plugin's folder "
                       "mappings/ and give its name instead",
                       file);
    return rc;
}

static int add_mapping(struct buf *path, const struct cli *c, struct err *err)
{
    const char *mapping = cli_get(c, "mapping");
    if (mapping == NULL)
        return 0;
    if (is_file_name(mapping))
        return add_mapping_text(path, mapping, err);
    add_field(path, "mapping", str_of(mapping));
    return 0;
}

static int import_path(const struct cli *c, struct buf *path, struct err *err)
{
    buf_cstr(path, "/v1/registrations");
    add_option(path, c, "source", "source");
    add_option(path, c, "as-on", "as_on");
    add_option(path, c, "on-error", "on_error");
    add_option(path, c, "kind", "kind");
    add_option(path, c, "ids", "ids");
    add_option(path, c, "reason", "reason");
    add_option(path, c, "below-zero", "below_zero");
    add_option(path, c, "batch-id", "batch_id");
    if (cli_has(c, "dry-run"))
        add_field(path, "dry_run", STR("1"));
    if (cli_has(c, "draft-mapping"))
        add_field(path, "draft_mapping", STR("1"));
    TRY(add_mapping(path, c, err));
    buf_char(path, '\0');
    return buf_check(path, err);
}

/* ---- sending files --------------------------------------------------------------------------- */

static int64_t size_of(FILE *f)
{
    struct stat st;
    return fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

static int open_input(const char *name, FILE **out, struct err *err)
{
    struct stat st;
    *out = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (*out == NULL)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", name,
                       strerror(errno));
    if (fstat(fileno(*out), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(*out);
        return err_set(err, ERR_USAGE, "%s is a directory; name the files in it", name);
    }
    return 0;
}

/* By the end of the name; what the bytes are is seen by whoever reads them. */
static const char *type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".csv", "Content-Type: text/csv"},
                 {".ndjson", "Content-Type: application/x-ndjson"},
                 {".jsonl", "Content-Type: application/x-ndjson"},
                 {".gz", "Content-Type: application/gzip"},
                 {".zst", "Content-Type: application/zstd"}};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_ends(str_of(name), str_of(types[i].end)))
            return types[i].type;
    return "Content-Type: application/octet-stream";
}

static int send_stream(const struct door *d, const char *method, const char *path, const char *name,
                       FILE *f, FILE *out, struct err *err)
{
    const char *const headers[] = {type_of(name), NULL};
    struct progress bar;
    progress_start(&bar, name, "bytes", size_of(f));
    FILE *counted = progress_reader(&bar, f);
    if (counted == NULL)
        return err_set(err, ERR_MEM, "no memory to read %s", name);
    struct door_request rq = {
        .method = method, .path = path, .body_file = counted, .headers = headers, .bar = &bar};
    int rc = door_send(d, &rq, out, err);
    fclose(counted);
    return rc;
}

static int send_file(const struct door *d, const char *method, const char *path, const char *name,
                     FILE *out, struct err *err)
{
    FILE *f = NULL;
    TRY(open_input(name, &f, err));
    int rc = send_stream(d, method, path, name, f, out, err);
    if (f != stdin)
        fclose(f);
    if (rc < 0 && err->msg[0] == '\0')
        fprintf(stderr, "panji: %s was not imported\n", name);
    return rc;
}

static int send_all(const struct cli *c, const char *path, int first, struct err *err)
{
    static struct door door;
    TRY(door_open(c, DOOR_WRITE, &door, err));
    int rc = 0;
    uint64_t begin = isatty(STDERR_FILENO) ? found_begin(&door) : 0; /* nobody else is to wait */
    for (int i = first; i < c->args && rc == 0; i++)
        rc = send_file(&door, "POST", path, c->arg[i], stdout, err);
    if (rc == 0)
        found_end(&door, begin);
    door_close(&door);
    return rc;
}

/* What was written to `from`, into a file that is only then made anew. */
static int copy_to(FILE *from, const char *name, struct err *err)
{
    char piece[8192];
    size_t n;
    FILE *out = fopen(name, "we");
    if (out == NULL)
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    rewind(from);
    while ((n = fread(piece, 1, sizeof piece, from)) > 0)
        if (fwrite(piece, 1, n, out) < n)
            break;
    if (ferror(from) || fclose(out) != 0)
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    fprintf(stderr, "panji: %s is written; look at it, complete it, and give it with --mapping\n",
            name);
    return 0;
}

static int draft_mapping(const struct cli *c, const char *path, struct err *err)
{
    static struct door door;
    const char *name = cli_get(c, "draft-mapping");
    FILE *out = name[0] != '\0' ? tmpfile() : stdout;
    if (out == NULL)
        return err_set(err, ERR_IO, "no file for the draft: %s", strerror(errno));
    int rc = door_open(c, DOOR_WRITE, &door, err);
    if (rc == 0) {
        rc = send_file(&door, "POST", path, c->arg[0], out, err);
        door_close(&door);
    }
    if (rc == 0 && out != stdout)
        rc = copy_to(out, name, err);
    if (out != stdout)
        fclose(out);
    return rc;
}

static int check_draft(const struct cli *c, struct err *err)
{
    if (!cli_has(c, "dry-run"))
        return err_set(err, ERR_USAGE, "--draft-mapping stores nothing: say --dry-run with it");
    if (c->args > 1)
        return err_set(err, ERR_USAGE, "a draft is made from one file, but %d are given", c->args);
    return 0;
}

int cmd_import(const struct cli *c, struct err *err)
{
    struct buf path;
    bool draft = cli_has(c, "draft-mapping");
    if (draft)
        TRY(check_draft(c, err));
    if (cli_has(c, "batch-id") && c->args > 1)
        return err_set(err, ERR_USAGE,
                       "--batch-id names one batch, but %d files are given: import them one by one",
                       c->args);
    buf_init(&path, MEM_MAIN);
    int rc = import_path(c, &path, err);
    if (rc == 0)
        rc = draft ? draft_mapping(c, path.p, err) : send_all(c, path.p, 0, err);
    buf_fini(&path);
    return rc;
}

int cmd_stated(const struct cli *c, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/stated");
    add_option(&path, c, "source", "source");
    buf_char(&path, '\0');
    int rc = buf_check(&path, err);
    if (rc == 0)
        rc = send_all(c, path.p, 0, err);
    buf_fini(&path);
    return rc;
}

/* ---- places ---------------------------------------------------------------------------------- */

static int find_place(const struct cli *c, struct err *err)
{
    static struct door door;
    struct buf path;
    const char *format = cli_get(c, "format");
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/places");
    add_field(&path, "find", str_of(c->arg[1]));
    add_field(&path, "format", str_of(format ? format : "table"));
    add_option(&path, c, "lang", "lang");
    add_option(&path, c, "level", "level");
    add_option(&path, c, "under", "under");
    add_option(&path, c, "as-on", "as_on");
    buf_char(&path, '\0');
    int rc = buf_check(&path, err);
    if (rc == 0)
        rc = door_open(c, DOOR_READ, &door, err);
    if (rc == 0) {
        struct door_request rq = {.method = "GET", .path = path.p};
        rc = door_send(&door, &rq, stdout, err);
        door_close(&door);
    }
    buf_fini(&path);
    return rc;
}

static int import_places(const struct cli *c, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/places");
    add_option(&path, c, "effective-on", "effective_on");
    add_option(&path, c, "level", "level");
    buf_char(&path, '\0');
    int rc = buf_check(&path, err);
    if (rc == 0)
        rc = send_all(c, path.p, 1, err);
    buf_fini(&path);
    return rc;
}

int cmd_places(const struct cli *c, struct err *err)
{
    if (strcmp(c->arg[0], "import") == 0)
        return import_places(c, err);
    if (strcmp(c->arg[0], "find") == 0 && c->args == 2)
        return find_place(c, err);
    return err_set(err, ERR_USAGE, "usage: panji places import FILE, or panji places find NAME");
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* A request without a body. */
static int ask(const struct cli *c, enum door_use use, const char *method, const char *path,
               struct err *err)
{
    static struct door door;
    struct door_request rq = {.method = method, .path = path};
    TRY(door_open(c, use, &door, err));
    int rc = door_send(&door, &rq, stdout, err);
    door_close(&door);
    return rc;
}

static int put_table(const struct cli *c, const char *path, struct err *err)
{
    static struct door door;
    TRY(door_open(c, DOOR_WRITE, &door, err));
    int rc = send_file(&door, "PUT", path, c->arg[2], stdout, err);
    door_close(&door);
    return rc;
}

static int table_command(const struct cli *c, struct buf *path, struct err *err)
{
    bool put = c->args == 3 && strcmp(c->arg[0], "put") == 0;
    bool drop = c->args == 2 && strcmp(c->arg[0], "drop") == 0;
    const char *format = cli_get(c, "format");
    buf_cstr(path, "/v1/tables");
    if (put || drop) {
        buf_char(path, '/');
        httpc_escape(path, str_of(c->arg[1]));
    } else {
        add_field(path, "format", str_of(format ? format : "table"));
    }
    buf_char(path, '\0');
    TRY(buf_check(path, err));
    if (put)
        return put_table(c, path->p, err);
    if (drop)
        return ask(c, DOOR_WRITE, "DELETE", path->p, err);
    if (c->args == 0)
        return ask(c, DOOR_READ, "GET", path->p, err);
    return err_set(err, ERR_USAGE,
                   "usage: panji tables, panji tables put NAME FILE, or panji tables drop NAME");
}

int cmd_tables(const struct cli *c, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_MAIN);
    int rc = table_command(c, &path, err);
    buf_fini(&path);
    return rc;
}
