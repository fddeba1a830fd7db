/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the text of a plugin. Whatever it says, it is loaded beside the set that serves, its
 * mistakes are sentences with a place, and what is good of it runs or says why it does not. */
#include "fuzz.h"

#include "base/log.h"
#include "script/world.h"

static struct world world;
static struct registry *registry;
static const struct plugin_set *set;
static struct snap *snap;

static void start(void)
{
    static const struct world_row rows[] = {
        {GOLA, 1, "2021-11-17", 10}, {MANDU, 7, "2021-11-18", 60}, {BERMO, 0, "2021-11-18", 99}};
    struct err err;
    log_threshold(LOG_OFF);
    world_init(&world);
    world_publish(&world, rows, ARRAY_LEN(rows));
    ASSERT(registry_new(world.dir, world.cell, &registry, &err) == 0);
    rmdir(world.dir);
    set = registry_get(registry);
    snap = snap_cell_get(world.cell);
}

static bool is_text(const char *s)
{
    return s[0] != '\0' && utf8_check(str_of(s)) == strlen(s);
}

static void run_reports(const struct proposal *p)
{
    const struct plugin *plugin = proposal_plugin(p);
    for (size_t i = 0; i < plugin->reports && i < 4; i++) {
        struct report_result out;
        struct err err = {0};
        const struct run_options o = {.snap = snap, .hindi = i % 2 == 1, .rows_max = 1000};
        int rc = report_run(proposal_set(p), &plugin->report[i], &o, &out, &err);
        ASSERT(rc <= 0 && (rc == 0 || (rc == err.code && is_text(err.msg))));
        ASSERT(rc != 0 || out.result.frame != NULL);
        report_result_fini(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct proposal *proposal = NULL;
    struct err err = {0};
    size_t mistakes;
    if (!registry)
        start();
    int rc =
        proposal_new(set, snap, STR("fuzz"), (struct str){(const char *)p, n}, &proposal, &err);
    if (rc < 0) {
        ASSERT(proposal == NULL && rc == err.code && is_text(err.msg));
        return 0;
    }
    const struct mistake *m = proposal_mistakes(proposal, &mistakes);
    for (size_t i = 0; i < mistakes; i++)
        ASSERT(m[i].err.code < 0 && m[i].err.line >= 0 && is_text(m[i].err.msg));
    if (mistakes == 0)
        run_reports(proposal);
    proposal_free(proposal);
    return 0;
}
