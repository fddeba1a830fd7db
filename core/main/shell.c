/* SPDX-License-Identifier: MIT
 *
 * `panji shell`: queries one after the other, over one door.
 *
 *   line --> "\command"                       done at once, when no query has begun
 *        --> the query so far --';' or blank line--> sent, answered, forgotten
 *
 * On a terminal Ctrl-C gives up the query that runs, or drops the line that is edited; an error is
 * told and the next query asked for. On a pipe the same texts are read and answered; what fails is
 * told and reading goes on, and the first failure decides the exit code. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/near.h"
#include "commands.h"
#include "door.h"
#include "editor.h"
#include "query/layout.h"

enum { PARAMS_MAX = 64, SETTING_BYTES = 16, PARAM_BYTES = 512, LEARN_MS = 5000 };

struct shell {
    struct door door;
    struct editor *editor;
    struct complete words;
    int64_t learnt_ns;   /* when the uploaded tables were asked for last */
    struct arena places; /* names found for the completion at hand */
    struct buf query;    /* lines read, until the query is complete */
    struct buf last;     /* the query before, for \layout */
    char format[SETTING_BYTES], lang[SETTING_BYTES], limit[SETTING_BYTES];
    char param[PARAMS_MAX][PARAM_BYTES]; /* "name=value" */
    size_t params;
    bool terminal, timing, quit;
    struct err failure; /* the first */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static bool is_interrupted(void)
{
    return interrupted != 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void add_field(struct buf *path, const char *name, struct str value)
{
    buf_char(path, memchr(path->p, '?', path->n) == NULL ? '?' : '&');
    buf_cstr(path, name);
    buf_char(path, '=');
    httpc_escape(path, value);
}

static void add_params(const struct shell *s, struct buf *path)
{
    for (size_t i = 0; i < s->params; i++) {
        const char *equals = strchr(s->param[i], '=');
        char name[PARAM_BYTES + 2];
        struct buf escaped;
        buf_init(&escaped, MEM_MAIN);
        httpc_escape(&escaped, (struct str){s->param[i], (size_t)(equals - s->param[i])});
        snprintf(name, sizeof name, "p.%.*s", STR_ARG(buf_view(&escaped)));
        add_field(path, name, str_of(equals + 1));
        buf_fini(&escaped);
    }
}

static int send_query(struct shell *s, struct str text, const char *format, FILE *out,
                      struct err *err)
{
    static const char *const headers[] = {"Content-Type: text/plain; charset=utf-8", NULL};
    struct buf path;
    buf_init(&path, MEM_MAIN);
    buf_cstr(&path, "/v1/query");
    add_field(&path, "format", str_of(format));
    if (s->lang[0] != '\0')
        add_field(&path, "lang", str_of(s->lang));
    if (s->limit[0] != '\0')
        add_field(&path, "limit", str_of(s->limit));
    add_params(s, &path);
    buf_char(&path, '\0');
    int rc = buf_check(&path, err);
    struct door_request rq = {
        .method = "POST", .path = path.p, .body = text, .headers = headers, .stop = is_interrupted};
    interrupted = 0;
    if (rc == 0)
        rc = door_send(&s->door, &rq, out, err);
    buf_fini(&path);
    return rc;
}

static void print_error(const struct err *err)
{
    if (err->line > 0)
        fprintf(stderr, "line %d, column %d: ", err->line, err->column);
    fprintf(stderr, "%s\n", err->msg);
    if (err->excerpt[0] != '\0')
        fprintf(stderr, "%s\n", err->excerpt);
    if (err->hint[0] != '\0')
        fprintf(stderr, "hint: %s\n", err->hint);
}

static void tell_failure(struct shell *s, const struct err *err)
{
    if (err->code == ERR_CANCELLED)
        fputs("cancelled\n", stderr);
    else if (err->msg[0] != '\0')
        print_error(err);
    if (s->failure.code == 0) {
        s->failure = *err;
        s->failure.msg[0] = '\0'; /* told */
    }
}

static void ask(struct shell *s, struct str query)
{
    struct err err = {0};
    int64_t start = clock_mono_ns();
    int rc = send_query(s, query, s->format, stdout, &err);
    fflush(stdout);
    if (rc < 0) {
        err.code = rc;
        tell_failure(s, &err);
    }
    if (s->timing)
        fprintf(stderr, "(%.1f ms)\n", (double)(clock_mono_ns() - start) / 1e6);
}

/* ---- commands -------------------------------------------------------------------------------- */

static void help(struct shell *s, struct str rest);

static void describe(struct shell *s, struct str rest)
{
    char text[256];
    snprintf(text, sizeof text, "DESCRIBE %.*s", STR_ARG(rest.n > 0 ? rest : STR("registrations")));
    ask(s, str_of(text));
}

static void with_prefix(struct shell *s, const char *prefix, struct str rest)
{
    struct buf text;
    struct str query = rest.n > 0 ? rest : buf_view(&s->last);
    buf_init(&text, MEM_MAIN);
    buf_cstr(&text, prefix);
    buf_str(&text, query);
    if (query.n > 0)
        ask(s, buf_view(&text));
    else
        fputs("there was no query before\n", stderr);
    buf_fini(&text);
}

static void explain(struct shell *s, struct str rest)
{
    with_prefix(s, "EXPLAIN ", rest);
}

static void analyze(struct shell *s, struct str rest)
{
    with_prefix(s, "EXPLAIN ANALYZE ", rest);
}

static void print_layout(struct shell *s, struct str rest)
{
    struct buf out;
    struct err err = {0};
    buf_init(&out, MEM_MAIN);
    if (query_layout(rest.n > 0 ? rest : buf_view(&s->last), &out, &err) < 0)
        tell_failure(s, &err);
    else
        fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
}

/* A setting that takes one of a few words; alone it is told. */
static void set_word(struct shell *s, char *to, struct str word, const char *const *known)
{
    struct err err = {0};
    for (; word.n > 0 && *known != NULL; known++)
        if (str_eq(word, str_of(*known))) {
            snprintf(to, SETTING_BYTES, "%.*s", STR_ARG(word));
            return;
        }
    if (word.n == 0) {
        fprintf(stderr, "%s\n", to[0] != '\0' ? to : "en");
        return;
    }
    err_set(&err, ERR_USAGE, "'%.*s' is not known here; \\help tells what is", STR_ARG(word));
    tell_failure(s, &err);
}

static void set_format(struct shell *s, struct str rest)
{
    static const char *const known[] = {"table", "csv", "json", "ndjson", NULL};
    set_word(s, s->format, rest, known);
}

static void set_lang(struct shell *s, struct str rest)
{
    static const char *const known[] = {"en", "hi", NULL};
    set_word(s, s->lang, rest, known);
}

static void set_timing(struct shell *s, struct str rest)
{
    s->timing = rest.n > 0 ? str_eq(rest, STR("on")) : !s->timing;
    fprintf(stderr, "timing is %s\n", s->timing ? "on" : "off");
}

static size_t find_param(const struct shell *s, struct str name)
{
    size_t i = 0;
    while (i < s->params && !(strlen(s->param[i]) > name.n && s->param[i][name.n] == '=' &&
                              strncasecmp(s->param[i], name.p, name.n) == 0))
        i++;
    return i;
}

/* name=value sets it, name alone takes it away. */
static int set_param(struct shell *s, struct str text, struct err *err)
{
    const char *equals = memchr(text.p, '=', text.n);
    struct str name = {text.p, equals ? (size_t)(equals - text.p) : text.n};
    size_t at = find_param(s, name);
    if (name.n == 0 || text.n >= PARAM_BYTES)
        return err_set(err, ERR_USAGE, "write NAME=VALUE, of less than %d bytes", PARAM_BYTES);
    if (equals == NULL && at == s->params)
        return err_set(err, ERR_USAGE, "there is no parameter %.*s; write NAME=VALUE",
                       STR_ARG(name));
    if (equals == NULL) {
        s->params--;
        memmove(s->param[at], s->param[at + 1], (s->params - at) * sizeof s->param[0]);
        return 0;
    }
    if (at == PARAMS_MAX)
        return err_set(err, ERR_USAGE, "there are %d parameters already", PARAMS_MAX);
    snprintf(s->param[at], PARAM_BYTES, "%.*s", STR_ARG(text));
    s->params += at == s->params;
    return 0;
}

static void param(struct shell *s, struct str rest)
{
    struct err err = {0};
    if (rest.n > 0 && set_param(s, rest, &err) < 0)
        tell_failure(s, &err);
    for (size_t i = 0; rest.n == 0 && i < s->params; i++)
        fprintf(stderr, "%s\n", s->param[i]);
}

static void quit(struct shell *s, struct str rest)
{
    (void)rest;
    s->quit = true;
}

static const struct shell_command {
    const char *name, *takes, *does;
    void (*run)(struct shell *s, struct str rest);
} commands[] = {
    {"help", "", "this list", help},
    {"describe", "[TABLE]", "the columns of a table (registrations)", describe},
    {"explain", "[QUERY]", "how a query (the last one) would be answered", explain},
    {"analyze", "[QUERY]", "the same, run and measured", analyze},
    {"layout", "[QUERY]", "a query in its canonical layout", print_layout},
    {"format", "[table|csv|json|ndjson]", "how answers are printed", set_format},
    {"lang", "[en|hi]", "the language of names", set_lang},
    {"param", "[NAME=VALUE|NAME]", "gives @NAME a value, or takes it away", param},
    {"timing", "[on|off]", "how long an answer took", set_timing},
    {"quit", "", "leave (or Ctrl-D)", quit},
};

static void help(struct shell *s, struct str rest)
{
    (void)s, (void)rest;
    fputs("A query goes over as many lines as it takes and ends with ';' or an empty line.\n"
          "Tab completes tables, columns, places (in quotes), functions and operators; Ctrl-C "
          "gives up.\n\n",
          stderr);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(stderr, "  \\%-9s %-24s %s\n", commands[i].name, commands[i].takes,
                commands[i].does);
}

static void unknown_command(struct shell *s, struct str name)
{
    struct err err = {0};
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        near_offer(&near, name, str_of(commands[i].name));
    err_set(&err, ERR_USAGE, "there is no command \\%.*s; \\help lists them", STR_ARG(name));
    near_hint(&near, &err);
    tell_failure(s, &err);
}

/* \name rest, or the beginning of a name that only one has. */
static void run_command(struct shell *s, struct str line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] != ' ' && line.p[n] != ';')
        n++;
    struct str name = {line.p + 1, n - 1};
    struct str rest = str_trim((struct str){line.p + n, line.n - n});
    if (rest.n > 0 && rest.p[rest.n - 1] == ';')
        rest.n--;
    const struct shell_command *found = NULL;
    size_t fits = 0;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (name.n > 0 && str_starts(str_of(commands[i].name), name)) {
            found = fits++ == 0 ? &commands[i] : found;
            if (name.n == strlen(commands[i].name))
                fits = 1;
        }
    if (fits == 1)
        found->run(s, rest);
    else
        unknown_command(s, name);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void run_query(struct shell *s, struct str query)
{
    buf_clear(&s->last);
    buf_str(&s->last, query);
    if (s->last.n > 0 && s->last.p[s->last.n - 1] == ';')
        s->last.n--;
    ask(s, query);
}

/* Asks what is complete; with `all`, what is not, too. What is left stays for the next line. */
static void run_queries(struct shell *s, bool all)
{
    struct str text = buf_view(&s->query);
    struct str query;
    size_t at = 0;
    size_t done = 0;
    bool ended;
    while (!s->quit && query_split(text, &at, &query, &ended)) {
        if (!ended && !all)
            break;
        editor_remember(s->editor, query);
        run_query(s, query);
        done = at;
    }
    size_t left =
        all || str_trim((struct str){text.p + done, text.n - done}).n == 0 ? 0 : text.n - done;
    memmove(s->query.p, s->query.p + done, left);
    s->query.n = left;
}

static bool is_leaving(struct str line)
{
    return str_eq_nocase(line, STR("quit")) || str_eq_nocase(line, STR("exit")) ||
           str_eq_nocase(line, STR("quit;")) || str_eq_nocase(line, STR("exit;"));
}

static void take_line(struct shell *s, struct str line)
{
    struct str words = str_trim(line);
    bool first = s->query.n == 0;
    if (first && is_leaving(words)) {
        s->quit = true;
    } else if (first && words.n > 0 && words.p[0] == '\\') {
        editor_remember(s->editor, words);
        run_command(s, words);
    } else if (words.n == 0) {
        run_queries(s, true);
    } else {
        buf_str(&s->query, line);
        buf_char(&s->query, '\n');
        run_queries(s, false);
    }
}

static int read_lines(struct shell *s, struct err *err)
{
    struct str line;
    while (!s->quit) {
        enum editor_line what = editor_read(s->editor, s->query.n == 0, buf_view(&s->query), &line);
        if (what == EDITOR_DROPPED) {
            buf_clear(&s->query);
            continue;
        }
        if (what == EDITOR_END)
            break;
        take_line(s, line);
        TRY(buf_check(&s->query, err));
    }
    if (!s->quit)
        run_queries(s, true);
    if (s->terminal && !s->quit)
        fputc('\n', stdout);
    return 0;
}

/* ---- completion ------------------------------------------------------------------------------ */

static void add_word(void *ctx, enum word_kind kind, const char *word)
{
    complete_add(ctx, (int)kind, str_of(word));
}

/* Asks for the shell itself, of which nobody is told. */
static bool fetch_path(struct shell *s, const char *method, const char *path, struct str body,
                       struct buf *out)
{
    static const char *const headers[] = {"Content-Type: text/plain; charset=utf-8", NULL};
    struct err ignored = {0};
    struct door_request rq = {.method = method,
                              .path = path,
                              .body = body,
                              .headers = body.n > 0 ? headers : NULL,
                              .stop = is_interrupted};
    interrupted = 0;
    return door_fetch(&s->door, &rq, out, &ignored) == 0;
}

/* A query; its answer as CSV. */
static bool fetch(struct shell *s, struct str query, struct buf *out)
{
    return fetch_path(s, "POST", "/v1/query?format=csv", query, out);
}

/* The first field of each line but the first. */
static void each_first(struct str text, void (*take)(void *ctx, struct str field), void *ctx)
{
    const char *end = text.p + text.n;
    const char *line = text.n > 0 ? memchr(text.p, '\n', text.n) : NULL;
    while (line != NULL && line + 1 < end) {
        const char *from = line + 1;
        const char *next = memchr(from, '\n', (size_t)(end - from));
        const char *stop = next != NULL ? next : end;
        const char *comma = memchr(from, ',', (size_t)(stop - from));
        struct str field = {from, (size_t)((comma != NULL ? comma : stop) - from)};
        if (field.n > 1 && field.p[0] == '"')
            field = (struct str){field.p + 1, field.n - 2};
        take(ctx, field);
        line = next;
    }
}

static void take_column(void *ctx, struct str field)
{
    complete_add(ctx, COMPLETE_COLUMN, field);
}

static void take_table(void *ctx, struct str field)
{
    complete_add(ctx, WORD_TABLE, field);
}

/* Columns of the tables from the i-th word on. */
static void learn_columns(struct shell *s, size_t i)
{
    char query[128];
    struct buf answer;
    buf_init(&answer, MEM_MAIN);
    for (; i < s->words.n; i++) {
        if (s->words.word[i].kind != WORD_TABLE)
            continue;
        snprintf(query, sizeof query, "DESCRIBE %.*s", STR_ARG(s->words.word[i].text));
        buf_clear(&answer);
        if (fetch(s, str_of(query), &answer))
            each_first(buf_view(&answer), take_column, &s->words);
    }
    buf_fini(&answer);
}

/* What planners uploaded, which may come while the shell is open. */
static void learn_tables(struct shell *s)
{
    struct buf answer;
    size_t before = s->words.n;
    buf_init(&answer, MEM_MAIN);
    if (fetch_path(s, "GET", "/v1/tables?format=csv", STR_NULL, &answer))
        each_first(buf_view(&answer), take_table, &s->words);
    buf_fini(&answer);
    learn_columns(s, before);
    s->learnt_ns = clock_mono_ns();
}

/* Names in the lists of this name: in our own JSON, and identifiers all of them. */
static void take_names(struct shell *s, struct str json, const char *list, int kind)
{
    size_t mark = strlen(list);
    const char *end = json.p + json.n;
    const char *at = json.p;
    while ((at = memmem(at, (size_t)(end - at), list, mark)) != NULL)
        for (at += mark; at < end && *at != ']';) {
            const char *from = *at == '"' ? at + 1 : NULL;
            const char *to = from ? memchr(from, '"', (size_t)(end - from)) : NULL;
            if (to != NULL)
                complete_add(&s->words, kind, (struct str){from, (size_t)(to - from)});
            at = to != NULL ? to + 1 : at + 1;
        }
}

/* What plugins define. */
static void learn_functions(struct shell *s)
{
    struct buf answer;
    buf_init(&answer, MEM_MAIN);
    if (fetch_path(s, "GET", "/v1/plugins", STR_NULL, &answer)) {
        take_names(s, buf_view(&answer), "\"functions\":[", WORD_FUNCTION);
        take_names(s, buf_view(&answer), "\"table_functions\":[", WORD_TABLE_FUNCTION);
    }
    buf_fini(&answer);
}

/* Words of the language are known here; tables, columns and functions of plugins are asked for. */
static void learn_words(struct shell *s)
{
    char query[128];
    query_words(add_word, &s->words);
    complete_add(&s->words, WORD_TABLE, STR("alerts"));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        snprintf(query, sizeof query, "\\%s", commands[i].name);
        complete_add(&s->words, COMPLETE_COMMAND, str_of(query));
    }
    learn_columns(s, 0);
    learn_tables(s);
    learn_functions(s);
}

struct place_search {
    struct shell *shell;
    struct candidates *out;
};

static void take_place(void *ctx, struct str field)
{
    struct place_search *p = ctx;
    struct candidates *k = p->out;
    struct str copy = str_copy(&p->shell->places, field);
    if (k->n < COMPLETE_MAX && copy.p != NULL && copy.n > 0)
        k->text[k->n++] = copy;
}

/* Names of places that begin as what is typed does, in either script. */
static void find_places(struct shell *s, struct candidates *out)
{
    struct buf query;
    struct buf answer;
    struct place_search search = {s, out};
    if (out->typed.n == 0 || memchr(out->typed.p, '\'', out->typed.n) != NULL ||
        memchr(out->typed.p, '\\', out->typed.n) != NULL)
        return;
    buf_init(&query, MEM_MAIN);
    buf_init(&answer, MEM_MAIN);
    buf_printf(&query,
               "FROM places |> EXTEND LOWER('%.*s') AS typed |> SELECT IF(STARTS_WITH(LOWER(name), "
               "typed), name, IF(STARTS_WITH(name_hi, typed), name_hi, NULL)) AS found |> WHERE "
               "found IS NOT NULL |> DISTINCT |> ORDER BY found |> LIMIT %d",
               STR_ARG(out->typed), COMPLETE_MAX);
    arena_fini(&s->places);
    arena_init(&s->places, MEM_MAIN, 0);
    if (!query.failed && fetch(s, buf_view(&query), &answer))
        each_first(buf_view(&answer), take_place, &search);
    buf_fini(&query);
    buf_fini(&answer);
}

static void find_candidates(void *ctx, struct str before, struct candidates *out)
{
    struct shell *s = ctx;
    if (clock_mono_ns() - s->learnt_ns > (int64_t)LEARN_MS * 1000000)
        learn_tables(s);
    complete_find(&s->words, before, out);
    if (out->quoted)
        find_places(s, out);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int read_settings(struct shell *s, const struct cli *c, struct err *err)
{
    static const char *const known[] = {"table", "csv", "json", "ndjson", NULL};
    const char *format = cli_get(c, "format");
    const char *lang = cli_get(c, "lang");
    const char *limit = cli_get(c, "limit");
    const char *param;
    size_t i = 0;
    while (format != NULL && known[i] != NULL && strcmp(known[i], format) != 0)
        i++;
    if (format != NULL && known[i] == NULL)
        return err_set(err, ERR_USAGE, "--format %s: write table, csv, json or ndjson", format);
    if (lang != NULL && strcmp(lang, "en") != 0 && strcmp(lang, "hi") != 0)
        return err_set(err, ERR_USAGE, "--lang %s: write en or hi", lang);
    if (limit != NULL && strlen(limit) >= SETTING_BYTES)
        return err_set(err, ERR_USAGE, "--limit %s is not a number of rows", limit);
    snprintf(s->format, sizeof s->format, "%s", format ? format : "table");
    snprintf(s->lang, sizeof s->lang, "%s", lang ? lang : "");
    snprintf(s->limit, sizeof s->limit, "%s", limit ? limit : "");
    for (i = 0; (param = cli_nth(c, "param", i)) != NULL; i++) {
        if (strchr(param, '=') == NULL)
            return err_set(err, ERR_USAGE, "--param %s: write --param NAME=VALUE", param);
        TRY(set_param(s, str_of(param), err));
    }
    return 0;
}

/* Where the history is kept: $PANJI_HISTORY, else .panji_history in the user's home. */
static const char *history_path(char path[DOOR_PATH_BYTES])
{
    const char *own = getenv("PANJI_HISTORY");
    const char *home = getenv("HOME");
    if (own != NULL)
        return own[0] != '\0' ? own : NULL;
    if (home == NULL || home[0] == '\0')
        return NULL;
    snprintf(path, DOOR_PATH_BYTES, "%s/.panji_history", home);
    return path;
}

static int serve_lines(struct shell *s, struct err *err)
{
    char path[DOOR_PATH_BYTES];
    struct editor_options o = {.terminal = s->terminal,
                               .history = history_path(path),
                               .complete = find_candidates,
                               .ctx = s};
    if (s->terminal) {
        learn_words(s);
        fprintf(stderr, "%s\nA query ends with ';' or an empty line; \\help for more.\n",
                s->door.url);
    }
    TRY(editor_open(&o, &s->editor, err));
    int rc = read_lines(s, err);
    editor_close(s->editor);
    return rc;
}

int cmd_shell(const struct cli *c, struct err *err)
{
    static struct shell s;
    struct sigaction act = {.sa_handler = on_interrupt};
    s.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    s.timing = s.terminal;
    TRY(read_settings(&s, c, err));
    TRY(door_open(c, DOOR_READ, &s.door, err));
    sigemptyset(&act.sa_mask);
    if (s.terminal)
        sigaction(SIGINT, &act, NULL); /* a pipe's queries end with the shell */
    complete_init(&s.words);
    arena_init(&s.places, MEM_MAIN, 0);
    buf_init(&s.query, MEM_MAIN);
    buf_init(&s.last, MEM_MAIN);
    int rc = serve_lines(&s, err);
    buf_fini(&s.last);
    buf_fini(&s.query);
    arena_fini(&s.places);
    complete_fini(&s.words);
    door_close(&s.door);
    if (rc == 0 && !s.terminal && s.failure.code != 0) {
        *err = s.failure;
        rc = s.failure.code;
    }
    return rc;
}
