/* SPDX-License-Identifier: MIT
 *
 * A configuration in a file of its own, read. */
#ifndef TEST_SCRIPT_SETTINGS_FILE_H
#define TEST_SCRIPT_SETTINGS_FILE_H

#include "script/settings.h"
#include "world.h"

struct settings_file {
    struct world w;
    struct settings s;
    struct buf mistakes;
    struct err err;
    int rc;
};

static inline void settings_file_read(struct settings_file *f, const char *text,
                                      const struct settings_refusal *refuse)
{
    char path[256];
    memset(f, 0, sizeof *f);
    world_init(&f->w);
    world_write(&f->w, "panji.lua", text);
    world_path(&f->w, "panji.lua", path);
    buf_init(&f->mistakes, MEM_SCRIPT);
    f->rc = settings_read(path, refuse, &f->s, &f->mistakes, &f->err);
    buf_char(&f->mistakes, '\0');
}

static inline void settings_file_done(struct settings_file *f)
{
    settings_fini(&f->s);
    buf_fini(&f->mistakes);
    world_fini(&f->w);
}

/* The text is refused, and each of the parts is told. */
static inline void settings_file_refused(const char *text, const char *const *parts)
{
    struct settings_file f;
    settings_file_read(&f, text, NULL);
    if (f.rc != ERR_PARAM)
        print_error("%s: %d %s\n", text, f.rc, f.err.msg);
    assert_int_equal(f.rc, ERR_PARAM);
    for (; *parts != NULL; parts++) {
        if (strstr(f.mistakes.p, *parts) == NULL)
            print_error("not told: %s\n%s\n", *parts, f.mistakes.p);
        assert_non_null(strstr(f.mistakes.p, *parts));
    }
    settings_file_done(&f);
}

#define REFUSED(text, ...) settings_file_refused(text, (const char *const[]){__VA_ARGS__, NULL})

#endif
