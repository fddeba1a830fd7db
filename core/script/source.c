/* SPDX-License-Identifier: MIT
 *
 * Files of a plugin and the places of mistakes in them. */
#include "source.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/limits.h"

/* ---- reading ---- */

static struct str join(struct arena *a, struct str left, const char *between, struct str right)
{
    size_t gap = strlen(between);
    char *p = arena_alloc(a, left.n + gap + right.n + 1);
    if (!p)
        return STR_NULL;
    memcpy(p, left.p, left.n);
    memcpy(p + left.n, between, gap);
    memcpy(p + left.n + gap, right.p, right.n);
    return (struct str){p, left.n + gap + right.n};
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to read a plugin");
}

/* As editors on Windows write: a byte order mark, lines that end in CR LF. Lua would stumble over
 * the first and the places of mistakes over the second. */
static struct str plain_text(char *p, size_t n)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t out = 0;
    for (size_t i = n >= 3 && memcmp(p, mark, 3) == 0 ? 3 : 0; i < n; i++) {
        if (p[i] != '\r' || i + 1 == n || p[i + 1] != '\n')
            p[out++] = p[i];
    }
    return (struct str){p, out};
}

static int read_stream(struct arena *a, FILE *f, struct str path, struct str *out, struct err *err)
{
    char *p = arena_alloc(a, PLUGIN_BYTES_MAX + 1);
    if (!p)
        return no_memory(err);
    size_t n = fread(p, 1, PLUGIN_BYTES_MAX + 1, f);
    if (ferror(f))
        return err_set(err, ERR_IO, "cannot read %.*s: %s", STR_ARG(path), strerror(errno));
    if (n > PLUGIN_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE, "%.*s is longer than %u KiB, the most for a file of Lua",
                       STR_ARG(path), PLUGIN_BYTES_MAX >> 10);
    *out = plain_text(p, n);
    return 0;
}

static int read_file(struct arena *a, struct str path, struct str *out, struct err *err)
{
    FILE *f = fopen(path.p, "rbe");
    if (!f)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %.*s: %s",
                       STR_ARG(path), strerror(errno));
    struct arena scratch;
    arena_init(&scratch, MEM_SCRIPT, 0);
    struct str text = STR_NULL;
    int rc = read_stream(&scratch, f, path, &text, err);
    fclose(f);
    if (rc == 0) {
        *out = str_copy(a, text);
        rc = out->p ? 0 : no_memory(err);
    }
    arena_fini(&scratch);
    return rc;
}

static struct str base_name(struct str path)
{
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    for (size_t i = path.n; i > 0; i--) {
        if (path.p[i - 1] == '/')
            return (struct str){path.p + i, path.n - i};
    }
    return path;
}

static struct str without_lua(struct str name)
{
    if (str_ends(name, STR(".lua")))
        name.n -= 4;
    return name;
}

static int read_part(struct arena *a, struct sources *s, struct str dir, struct str file,
                     struct err *err)
{
    struct source *src = &s->at[s->n];
    struct str path = dir.n ? join(a, dir, "/", file) : file;
    src->part = str_copy(a, without_lua(base_name(file)));
    src->name = dir.n ? join(a, s->plugin, "/", base_name(file)) : str_copy(a, base_name(file));
    if (!path.p || !src->part.p || !src->name.p)
        return no_memory(err);
    TRY(read_file(a, path, &src->text, err));
    s->n++;
    return 0;
}

static int name_cmp(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

int folder_names(struct arena *a, const char *dir, size_t max, struct str *out, size_t *n,
                 struct err *err)
{
    DIR *d = opendir(dir);
    if (!d)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot list %s: %s", dir,
                       strerror(errno));
    int rc = 0;
    *n = 0;
    for (struct dirent *e = readdir(d); e && rc == 0; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        if (*n == max)
            rc = err_set(err, ERR_LIMIT, "%s has more than %zu files", dir, max);
        else if (!(out[(*n)++] = str_copy(a, str_of(e->d_name))).p)
            rc = no_memory(err);
    }
    closedir(d);
    if (rc == 0)
        qsort(out, *n, sizeof *out, name_cmp);
    return rc;
}

static bool is_other_part(struct str name)
{
    return str_ends(name, STR(".lua")) && name.n > 4 && !str_eq(name, STR("plugin.lua"));
}

static int read_folder(struct arena *a, struct sources *s, struct str dir, struct err *err)
{
    struct str name[FOLDER_NAMES_MAX];
    size_t n;
    TRY(read_part(a, s, dir, STR("plugin.lua"), err));
    TRY(folder_names(a, dir.p, FOLDER_NAMES_MAX, name, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (!is_other_part(name[i]))
            continue;
        if (s->n == SOURCE_FILES_MAX)
            return err_set(err, ERR_LIMIT, "%.*s has more than %d Lua files", STR_ARG(dir),
                           SOURCE_FILES_MAX);
        TRY(read_part(a, s, dir, name[i], err));
    }
    return 0;
}

static void hash_sources(struct sources *s)
{
    struct sha256 h;
    sha256_init(&h);
    for (size_t i = 0; i < s->n; i++) {
        sha256_add(&h, s->at[i].name.p, s->at[i].name.n + 1);
        sha256_add(&h, s->at[i].text.p, s->at[i].text.n);
    }
    unsigned char digest[32];
    sha256_end(&h, digest);
    hex_encode(digest, sizeof digest, s->sha256);
}

int sources_read(struct arena *a, struct str path, struct sources *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    out->path = str_copy(a, path);
    out->at = ARENA_ARRAY(a, struct source, SOURCE_FILES_MAX);
    if (!out->path.p || !out->at)
        return no_memory(err);
    out->plugin = without_lua(base_name(out->path));
    struct stat st;
    if (stat(out->path.p, &st) < 0)
        return err_set(err, ERR_NOT_FOUND, "cannot open %s: %s", out->path.p, strerror(errno));
    if (S_ISDIR(st.st_mode))
        TRY(read_folder(a, out, out->path, err));
    else
        TRY(read_part(a, out, STR_NULL, out->path, err));
    hash_sources(out);
    return 0;
}

/* ---- from memory ---- */

static int text_part(struct arena *a, struct source *out, struct str shown, struct str part,
                     struct str text, struct err *err)
{
    if (text.n > PLUGIN_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE, "%.*s is longer than %u KiB, the most for a file of Lua",
                       STR_ARG(shown), PLUGIN_BYTES_MAX >> 10);
    char *own = arena_alloc(a, text.n + 1);
    *out = (struct source){.name = str_copy(a, shown), .part = str_copy(a, part)};
    if (!own || !out->name.p || !out->part.p)
        return no_memory(err);
    if (text.n)
        memcpy(own, text.p, text.n);
    own[text.n] = '\0';
    out->text = plain_text(own, text.n);
    own[out->text.n] = '\0';
    return 0;
}

static bool is_lua_name(struct str file)
{
    struct str part = without_lua(file);
    for (size_t i = 0; i < part.n; i++)
        if (!isalnum((unsigned char)part.p[i]) && part.p[i] != '_' && part.p[i] != '-')
            return false;
    return part.n > 0 && part.n < file.n;
}

/* plugin.lua first, the others as in a folder. */
static int source_cmp(const void *pa, const void *pb)
{
    const struct source *a = pa, *b = pb;
    bool first = str_eq(a->part, STR("plugin"));
    if (first != str_eq(b->part, STR("plugin")))
        return first ? -1 : 1;
    return str_cmp(a->part, b->part);
}

static int check_folder(const struct sources *s, struct err *err)
{
    for (size_t i = 1; i < s->n; i++)
        if (str_eq(s->at[i].part, s->at[i - 1].part))
            return err_set(err, ERR_PARAM, "the file %.*s.lua was sent twice",
                           STR_ARG(s->at[i].part));
    if (s->n > 0 && str_eq(s->at[0].part, STR("plugin")))
        return 0;
    err_set(err, ERR_PARAM, "there is no plugin.lua among the files");
    err_hint(err, "a plugin of several files begins with plugin.lua, which uses the others");
    return ERR_PARAM;
}

int sources_texts(struct arena *a, struct str name, const struct str *file, const struct str *text,
                  size_t n, struct sources *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    if (n > SOURCE_FILES_MAX)
        return err_set(err, ERR_LIMIT, "a plugin has at most %d Lua files", SOURCE_FILES_MAX);
    out->path = out->plugin = str_copy(a, name);
    out->at = ARENA_ARRAY(a, struct source, n);
    if (!out->path.p || !out->at)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        struct str base = base_name(file[i]);
        if (!is_lua_name(base))
            return err_set(err, ERR_PARAM, "\"%.*s\" is not the name of a file of Lua",
                           (int)(base.n < 64 ? base.n : 64), base.p);
        struct str shown = join(a, out->plugin, "/", base);
        if (!shown.p)
            return no_memory(err);
        TRY(text_part(a, &out->at[out->n++], shown, without_lua(base), text[i], err));
    }
    qsort(out->at, out->n, sizeof *out->at, source_cmp);
    TRY(check_folder(out, err));
    hash_sources(out);
    return 0;
}

int sources_text(struct arena *a, struct str name, struct str path, struct str text,
                 struct sources *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    out->path = str_copy(a, path);
    out->plugin = str_copy(a, name);
    out->at = ARENA_NEW(a, struct source);
    struct str shown = join(a, name, "", STR(".lua"));
    if (!out->path.p || !out->plugin.p || !out->at || !shown.p)
        return no_memory(err);
    TRY(text_part(a, out->at, shown, name, text, err));
    out->n = 1;
    hash_sources(out);
    return 0;
}

int sources_copy(struct arena *a, const struct sources *from, struct sources *out, struct err *err)
{
    *out = *from;
    out->plugin = str_copy(a, from->plugin);
    out->path = str_copy(a, from->path);
    out->at = ARENA_ARRAY(a, struct source, from->n);
    if (!out->plugin.p || !out->path.p || !out->at)
        return no_memory(err);
    for (size_t i = 0; i < from->n; i++) {
        out->at[i].name = str_copy(a, from->at[i].name);
        out->at[i].part = str_copy(a, from->at[i].part);
        out->at[i].text = str_copy(a, from->at[i].text);
        if (!out->at[i].name.p || !out->at[i].part.p || !out->at[i].text.p)
            return no_memory(err);
    }
    return 0;
}

const struct source *sources_find(const struct sources *s, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->at[i].name, name))
            return &s->at[i];
    }
    return NULL;
}

/* ---- places ---- */

size_t source_line(const struct source *s, int line)
{
    size_t at = 0;
    while (line > 1 && at < s->text.n) {
        const char *end = memchr(s->text.p + at, '\n', s->text.n - at);
        if (!end)
            return s->text.n;
        at = (size_t)(end - s->text.p) + 1;
        line--;
    }
    return at;
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The word at `at` does not go on before or behind it. */
static bool is_whole(struct str text, size_t at, struct str word)
{
    size_t end = at + word.n;
    if (is_word_byte(word.p[0]) && at > 0 && is_word_byte(text.p[at - 1]))
        return false;
    return !(is_word_byte(word.p[word.n - 1]) && end < text.n && is_word_byte(text.p[end]));
}

/* A `--` stands before `at` on its line (which may be inside a text: then the word is not found
 * there, and the declaration's own line is shown). */
static bool in_comment(struct str text, size_t at)
{
    for (size_t i = at; i > 1 && text.p[i - 1] != '\n'; i--) {
        if (text.p[i - 1] == '-' && text.p[i - 2] == '-')
            return true;
    }
    return false;
}

bool source_find(const struct source *s, size_t from, struct str word, size_t *offset)
{
    if (word.n == 0)
        return false;
    while (from < s->text.n) {
        const char *hit = memmem(s->text.p + from, s->text.n - from, word.p, word.n);
        if (!hit)
            return false;
        size_t at = (size_t)(hit - s->text.p);
        if (is_whole(s->text, at, word) && !in_comment(s->text, at)) {
            *offset = at;
            return true;
        }
        from = at + 1;
    }
    return false;
}

size_t source_find_before(const struct source *s, struct str word, size_t end)
{
    size_t found = end;
    for (size_t at = 0; source_find(s, at, word, &at) && at < end; at++)
        found = at;
    return found;
}

/* ---- mistakes ---- */

static _Thread_local struct err spilled; /* where hints of mistakes beyond DIAGS_MAX go */

static struct diag *next_diag(struct diags *d)
{
    if (d->n < DIAGS_MAX)
        return &d->at[d->n++];
    d->dropped++;
    return NULL;
}

struct err *diag_add(struct diags *d, const struct source *s, size_t offset, size_t span, int code,
                     const char *fmt, ...)
{
    struct diag *g = next_diag(d);
    if (!g)
        return &spilled;
    va_list args;
    va_start(args, fmt);
    err_setv(&g->err, code, fmt, args);
    va_end(args);
    g->source = s;
    g->offset = offset;
    if (s)
        err_at(&g->err, s->text.p, s->text.n, offset, span ? span : 1);
    return &g->err;
}

void diag_take(struct diags *d, const struct source *s, size_t offset, const struct err *from)
{
    struct diag *g = next_diag(d);
    if (!g)
        return;
    g->source = s;
    g->offset = offset;
    g->err = *from;
}

static int diag_cmp(const void *pa, const void *pb)
{
    const struct diag *a = pa;
    const struct diag *b = pb;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1; /* in one array, the main file first */
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return strcmp(a->err.msg, b->err.msg);
}

void diags_sort(struct diags *d, const struct sources *s)
{
    (void)s;
    qsort(d->at, d->n, sizeof *d->at, diag_cmp);
}

static void print_one(const struct diag *g, struct buf *out)
{
    if (g->source)
        buf_str(out, g->source->name);
    if (g->source && g->err.line)
        buf_printf(out, ":%d:%d", g->err.line, g->err.column);
    buf_printf(out, "%s%s\n", g->source ? ": " : "", g->err.msg);
    if (g->err.excerpt[0])
        buf_printf(out, "%s\n", g->err.excerpt);
    if (g->err.hint[0])
        buf_printf(out, "      %s\n", g->err.hint);
}

void diags_print(const struct diags *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++)
        print_one(&d->at[i], out);
    if (d->dropped)
        buf_printf(out, "and %zu more\n", d->dropped);
}

void diags_first(const struct diags *d, struct err *err)
{
    if (!err || d->n == 0)
        return;
    const struct diag *g = &d->at[0];
    struct err first = g->err;
    err_set(err, ERR_PLUGIN, "%.*s:%d: %s", g->source ? (int)g->source->name.n : 1,
            g->source ? g->source->name.p : "?", first.line, first.msg);
    err_hint(err, "%s", first.hint);
    err->line = first.line;
    err->column = first.column;
    memcpy(err->excerpt, first.excerpt, sizeof err->excerpt);
}
