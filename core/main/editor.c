/* SPDX-License-Identifier: MIT
 *
 * libedit behind a small door. While a line is edited Ctrl-C is a key like any other and drops the
 * line; the rest of the time the terminal turns it into the signal that gives a query up. */
#include "editor.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_MAX = 1000, COLUMNS_GUESS = 80 };

struct editor {
    struct editor_options options;
    EditLine *el; /* NULL: no terminal */
    History *history;
    struct str query; /* lines before the one being edited */
    bool first, dropped;
    struct buf line; /* without a terminal */
    struct candidates found;
    struct buf before;
};

static struct editor *editor_of(EditLine *el)
{
    void *e = NULL;
    el_get(el, EL_CLIENTDATA, &e);
    return e;
}

static char *prompt(EditLine *el)
{
    static char first[] = "panji> ";
    static char more[] = "  ...> ";
    return editor_of(el)->first ? first : more;
}

static unsigned char drop_line(EditLine *el, wint_t key)
{
    (void)key;
    editor_of(el)->dropped = true;
    fputs("^C", stdout);
    return CC_NEWLINE;
}

static void list_candidates(const struct candidates *k)
{
    size_t width = 0;
    for (size_t i = 0; i < k->n; i++) {
        size_t w = utf8_width(k->text[i]);
        width = w > width ? w : width;
    }
    size_t columns = COLUMNS_GUESS / (width + 2);
    putchar('\n');
    for (size_t i = 0; i < k->n; i++) {
        bool last = columns < 2 || (i + 1) % columns == 0 || i + 1 == k->n;
        printf("%.*s%*s", STR_ARG(k->text[i]), last ? 0 : (int)(width + 2 - utf8_width(k->text[i])),
               "");
        if (last)
            putchar('\n');
    }
}

/* Completes as far as all candidates agree; where they do not at once, lists them. */
static unsigned char complete_word(EditLine *el, wint_t key)
{
    struct editor *e = editor_of(el);
    const LineInfo *li = el_line(el);
    (void)key;
    buf_clear(&e->before);
    buf_str(&e->before, e->query);
    buf_put(&e->before, li->buffer, (size_t)(li->cursor - li->buffer));
    e->options.complete(e->options.ctx, buf_view(&e->before), &e->found);
    struct str more = complete_common(&e->found);
    if (e->found.n == 0)
        return CC_REFRESH_BEEP;
    if (more.n == 0 && e->found.n > 1) {
        list_candidates(&e->found);
        return CC_REDISPLAY;
    }
    char text[512];
    const char *end = e->found.n > 1 ? "" : e->found.quoted ? "'" : " ";
    snprintf(text, sizeof text, "%.*s%s", STR_ARG(more), end);
    return el_insertstr(el, text) < 0 ? CC_ERROR : CC_REFRESH;
}

static int load_history(struct editor *e, struct err *err)
{
    HistEvent ev;
    e->history = history_init();
    if (e->history == NULL)
        return err_set(err, ERR_MEM, "there is no memory for the history");
    history(e->history, &ev, H_SETSIZE, HISTORY_MAX);
    history(e->history, &ev, H_SETUNIQUE, 1);
    if (e->options.history != NULL)
        history(e->history, &ev, H_LOAD, e->options.history);
    return 0;
}

/* What was asked is nobody else's business: the file is made before the library writes it. */
static void save_history(struct editor *e)
{
    HistEvent ev;
    if (e->history == NULL || e->options.history == NULL)
        return;
    int fd = open(e->options.history, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    bool ours = fchmod(fd, 0600) == 0;
    close(fd);
    if (ours)
        history(e->history, &ev, H_SAVE, e->options.history);
}

static int open_terminal(struct editor *e, struct err *err)
{
    setlocale(LC_CTYPE, "");
    TRY(load_history(e, err));
    e->el = el_init("panji", stdin, stdout, stderr);
    if (e->el == NULL)
        return err_set(err, ERR_IO, "the terminal cannot be used: %s", strerror(errno));
    el_set(e->el, EL_CLIENTDATA, e);
    el_set(e->el, EL_PROMPT, prompt);
    el_set(e->el, EL_EDITOR, "emacs");
    el_set(e->el, EL_HIST, history, e->history);
    /* In wide characters: of the others the library makes copies that nobody frees. */
    el_wset(e->el, EL_ADDFN, L"panji-complete", L"complete the word", complete_word);
    el_wset(e->el, EL_ADDFN, L"panji-drop", L"drop the line", drop_line);
    el_set(e->el, EL_BIND, "^I", "panji-complete", NULL);
    el_set(e->el, EL_BIND, "^C", "panji-drop", NULL);
    el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(e->el, NULL);
    el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
    return 0;
}

int editor_open(const struct editor_options *o, struct editor **out, struct err *err)
{
    struct editor *e = mem_calloc(MEM_MAIN, 1, sizeof *e);
    if (e == NULL)
        return err_set(err, ERR_MEM, "there is no memory for the shell");
    e->options = *o;
    buf_init(&e->before, MEM_MAIN);
    buf_init(&e->line, MEM_MAIN);
    int rc = o->terminal ? open_terminal(e, err) : 0;
    if (rc < 0) {
        editor_close(e);
        return rc;
    }
    *out = e;
    return 0;
}

void editor_close(struct editor *e)
{
    if (e == NULL)
        return;
    save_history(e);
    if (e->el != NULL)
        el_end(e->el);
    if (e->history != NULL)
        history_end(e->history);
    buf_fini(&e->line);
    buf_fini(&e->before);
    mem_free(MEM_MAIN, e);
}

static enum editor_line read_pipe(struct editor *e, struct str *line)
{
    int c;
    buf_clear(&e->line);
    while ((c = getc(stdin)) != EOF && c != '\n')
        buf_char(&e->line, (char)c);
    *line = buf_view(&e->line);
    return c == EOF && line->n == 0 ? EDITOR_END : EDITOR_LINE;
}

static enum editor_line read_terminal(struct editor *e, struct str *line)
{
    int n = 0;
    e->dropped = false;
    /* The library prints the prompt first and takes the terminal then: a Ctrl-C or Ctrl-D that
     * comes in between would be the terminal's, and lost. */
    el_set(e->el, EL_PREP_TERM, 1);
    const char *text = el_gets(e->el, &n);
    if (e->dropped)
        return EDITOR_DROPPED;
    if (text == NULL || n <= 0)
        return EDITOR_END;
    *line = (struct str){text, (size_t)n};
    return EDITOR_LINE;
}

enum editor_line editor_read(struct editor *e, bool first, struct str query, struct str *line)
{
    e->first = first;
    e->query = query;
    enum editor_line what = e->el != NULL ? read_terminal(e, line) : read_pipe(e, line);
    while (what == EDITOR_LINE && line->n > 0 &&
           (line->p[line->n - 1] == '\n' || line->p[line->n - 1] == '\r'))
        line->n--;
    return what;
}

/* As one line, so that it comes back whole; but a comment would swallow what comes behind it. */
void editor_remember(struct editor *e, struct str query)
{
    HistEvent ev;
    if (e->history == NULL || query.n == 0)
        return;
    bool comment =
        memchr(query.p, '#', query.n) != NULL || memmem(query.p, query.n, "--", 2) != NULL;
    buf_clear(&e->before);
    for (size_t i = 0; i < query.n; i++)
        buf_char(&e->before, query.p[i] == '\n' && !comment ? ' ' : query.p[i]);
    buf_char(&e->before, '\0');
    if (!e->before.failed)
        history(e->history, &ev, H_ENTER, e->before.p);
}
