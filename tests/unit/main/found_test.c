/* SPDX-License-Identifier: MIT
 *
 * A command tells what its import brought up. */
#include "../../../core/main/found.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "store/tmpdir.h"
#include "test.h"

static const char plugin[] =
    "plugin { name = 'watch', version = '1', api = 1 }\n"
    "check 'high' { title = 'Too high', query = [[ FROM stated |> WHERE total > 100 "
    "|> SELECT place, total ]] }\n";
static const char places[] =
    "level,code,parent,name\nstate,20,,Jharkhand\ndistrict,607,20,Ramgarh\n";

static const struct cli_option options[] = {
    {"data", "DIR", "", false}, {"server", "URL", "", false}, {"plugins", "DIR", "", false}};
static const struct cli_command commands[] = {{"x", "", 0, 0, "", options, 3, NULL}};

static char dir[128], plugins[128];

static int setup(void **state)
{
    (void)state;
    char path[256];
    log_threshold(LOG_OFF);
    tmpdir_make(dir);
    tmpdir_make(plugins);
    snprintf(path, sizeof path, "%s/watch.lua", plugins);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(plugin, f);
    fclose(f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    tmpdir_remove(plugins);
    return 0;
}

static void send_text(const struct door *d, const char *path, const char *text)
{
    struct door_request rq = {.method = "POST", .path = path, .body = str_of(text)};
    struct err err = {0};
    struct buf answer;
    buf_init(&answer, MEM_MAIN);
    if (door_fetch(d, &rq, &answer, &err) < 0)
        fail_msg("%s: %s", path, err.msg);
    buf_fini(&answer);
}

/* What found_end says on standard error. */
static void told(const struct door *d, uint64_t begin, char *out, size_t size)
{
    int kept = dup(STDERR_FILENO);
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_true(kept >= 0 && dup2(fileno(f), STDERR_FILENO) >= 0);
    found_end(d, begin);
    fflush(stderr);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    rewind(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    fclose(f);
}

static void what_came_up_is_told_and_nothing_else(void **state)
{
    (void)state;
    static struct door door;
    static struct cli cli;
    struct err err = {0};
    char text[1024];
    const char *const argv[] = {"panji", "x", "--data", dir, "--plugins", plugins, NULL};
    assert_int_equal(cli_parse(commands, 1, 6, argv, &cli, &err), 0);
    assert_int_equal(door_open(&cli, DOOR_WRITE, &door, &err), 0);
    send_text(&door, "/v1/places", places);
    uint64_t begin = found_begin(&door);
    assert_true(begin > 0);
    send_text(&door, "/v1/stated?source=a",
              "as_on,place,level,sector,total\n2021-11-18,607,district,,7\n");
    told(&door, begin, text, sizeof text);
    assert_string_equal(text, "");
    begin = found_begin(&door);
    send_text(&door, "/v1/stated?source=a",
              "as_on,place,level,sector,total\n2021-11-19,607,district,,700\n");
    told(&door, begin, text, sizeof text);
    assert_non_null(strstr(text, "The checks found"));
    assert_non_null(strstr(text, "warning"));
    assert_non_null(strstr(text, "Too high: place Ramgarh, total 700"));
    told(&door, found_begin(&door), text, sizeof text);
    assert_string_equal(text, "");
    door_close(&door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_came_up_is_told_and_nothing_else, setup, teardown),
    };
    return cmocka_run_group_tests_name("main/found", tests, NULL, NULL);
}
