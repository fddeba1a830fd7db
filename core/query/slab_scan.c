/* SPDX-License-Identifier: MIT
 *
 * Counting on the bit planes of slabs.
 *
 *   for each slab, group (place, sector) and stretch of days that the window lets through:
 *     outer keys (place, sector, day) are constant there and give a part of the group's number
 *     inner keys and tests (attributes) are maps by code for the kernel, which counts the
 *     stretch into a small histogram of local groups
 *   when the outer part changes, the histogram is added to the result
 *
 * A local group's share of the whole number is worked out once for each combination of tables.
 * Slabs are handed out to threads one by one; each thread adds to counts of its own, which are
 * summed at the end: integers, so the order does not matter. */
#include "slab_scan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "data/kernel.h"

enum {
    INNER_MAX = KERNEL_COLS_MAX,
    THREADS_MAX = 16,
    ROWS_FOR_THREADS = 1 << 20,
    CHECK_GROUPS = 256, /* groups between two looks at the cancel flag */
};

/* A key or a test on an attribute. */
struct inner {
    int attr;
    int key;  /* index of the key, -1: a test */
    int test; /* index of the test, -1: a key */
};

/* What all threads read. */
struct job {
    struct run *run;
    const struct access_plan *plan;
    const struct groups *groups;
    uint64_t stride[GROUP_KEYS_MAX];
    struct inner inner[INNER_MAX];
    size_t inners;
    uint64_t cells;
    bool by_place, by_sector, by_day; /* there are outer keys on these */
    uint64_t *day_part; /* by_day: what a day adds to the number, from the window's first day */
    uint8_t *done;      /* by slab: counted here */
    atomic_size_t next; /* slab to take */
};

/* One attribute in the slab at hand, for the table at hand. */
struct lane {
    const struct slab_col *col;
    uint32_t table;                          /* UINT32_MAX: none prepared yet */
    bool none_pass;                          /* test: no value of the table passes */
    unsigned locals;                         /* key: local groups of this attribute */
    uint32_t ordinal[KERNEL_GROUPS_MAX + 1]; /* key: of a local group */
    uint8_t local[KERNEL_GROUPS_MAX + 1];    /* key: local group by code */
    struct kernel_col kernel;                /* its map holds the radix of the keys before */
};

/* Maps and counts for the groups of one sector, or of all: tables that follow the sector stay as
 * they are in it, and the counts need not be poured out at every change of sector. */
struct desk {
    struct lane lane[INNER_MAX];
    const struct kernel_col *col[INNER_MAX];
    unsigned locals; /* local groups of all keys together */
    bool skip;       /* no row of these tables passes */
    bool dirty;      /* the histogram holds counts of `outer` */
    uint64_t outer;
    uint64_t share[KERNEL_GROUPS_MAX + 1]; /* of a local group in the group's number */
    struct kernel_hist hist;
};

struct worker {
    struct job *job;
    int64_t *net;
    uint64_t rows;
    int rc;
    struct err err;
    bool per_sector;   /* some table of the slab follows the sector */
    struct desk *desk; /* SECTOR_CODES of them */
};

/* ---- does it fit -------------------------------------------------------------------------------
 */

static bool key_fits(const struct group_key *k)
{
    return k->base >= 0 && (k->identity || k->of_code != NULL) && k->base != BASE_COUNT;
}

bool slab_scan_fits(const struct access_plan *p, const struct groups *g)
{
    const struct grouping *grouping = &p->access->group;
    size_t inner = p->tests;
    if (!p->access->grouped || p->rests > 0 || (g->keys > 0 && !g->dense))
        return false;
    for (size_t k = 0; k < g->keys; k++) {
        if (!key_fits(&g->key[k]))
            return false;
        inner += g->key[k].base >= BASE_ATTR;
    }
    for (size_t k = 0; k < grouping->aggs; k++)
        if (grouping->agg[k].kind != AGG_COUNT)
            return false;
    return inner <= INNER_MAX;
}

/* ---- maps
 * ---------------------------------------------------------------------------------------- */

static uint64_t code_of(int32_t value, int64_t low)
{
    return value == ATTR_NULL ? 0 : (uint64_t)(value - low) + 1;
}

static uint32_t ordinal_of(const struct group_key *k, uint64_t code)
{
    ASSERT(k->identity ? code < k->count : code < k->codes);
    return k->identity ? (uint32_t)code : k->of_code[code];
}

static size_t key_count(const struct group_key *k)
{
    return k->count ? k->count : 1;
}

static void prepare_test(struct lane *l, const struct attr_test *t, const int32_t *value,
                         uint32_t entries)
{
    l->none_pass = true;
    for (uint32_t i = 0; i < entries; i++) {
        uint64_t code = code_of(value[i], t->low);
        bool ok = code < t->codes && t->ok[code];
        l->kernel.map[i] = ok ? 0 : KERNEL_GROUPS_MAX;
        l->none_pass = l->none_pass && !ok;
    }
}

/* Local groups are the ordinals that the table's values have, each once. */
static void prepare_key(struct lane *l, const struct group_key *k, const int32_t *value,
                        uint32_t entries)
{
    l->locals = 0;
    for (uint32_t i = 0; i < entries; i++) {
        uint32_t ordinal = ordinal_of(k, code_of(value[i], k->low));
        unsigned local = k->identity ? l->locals : 0; /* values differ, so do their ordinals */
        while (local < l->locals && l->ordinal[local] != ordinal)
            local++;
        if (local == l->locals)
            l->ordinal[l->locals++] = ordinal;
        l->local[i] = (uint8_t)local;
    }
}

/* A table with one value, NULL, for a column that the slab does not have. */
static const int32_t absent[1] = {ATTR_NULL};

static uint32_t table_entries(const struct slab_col *c, uint32_t table)
{
    return c->tables ? c->table[table + 1] - c->table[table] : 1;
}

static uint32_t lane_table(const struct lane *l, const struct slab_group *g)
{
    return l->col->tables ? slab_table(l->col, g) : 0;
}

static void prepare_lane(const struct job *j, struct lane *l, const struct inner *in,
                         const struct slab_group *g)
{
    uint32_t table = lane_table(l, g);
    uint32_t entries = table_entries(l->col, table);
    const int32_t *value = l->col->tables ? l->col->value + l->col->table[table] : absent;
    ASSERT(l->col->width <= KERNEL_WIDTH_MAX && entries <= KERNEL_GROUPS_MAX);
    l->table = table;
    l->kernel.plane = (uint64_t *const *)l->col->plane;
    l->kernel.width = l->col->width;
    if (in->key < 0)
        prepare_test(l, &j->plan->test[in->test], value, entries);
    else
        prepare_key(l, &j->groups->key[in->key], value, entries);
}

/* Puts the keys' local groups side by side, local = a + b * locals(a) + ..., with what each adds
 * to the group's number. */
static void combine(const struct job *j, struct desk *b)
{
    b->locals = 1;
    b->share[0] = 0;
    for (size_t i = 0; i < j->inners; i++) {
        struct lane *l = &b->lane[i];
        int key = j->inner[i].key;
        if (key < 0)
            continue;
        ASSERT(b->locals * l->locals <= KERNEL_GROUPS_MAX);
        for (unsigned y = l->locals; y-- > 0;)
            for (unsigned x = 0; x < b->locals; x++)
                b->share[y * b->locals + x] = b->share[x] + l->ordinal[y] * j->stride[key];
        for (unsigned e = 0; e < table_entries(l->col, l->table); e++)
            l->kernel.map[e] = (uint8_t)(l->local[e] * b->locals);
        b->locals *= l->locals;
    }
}

/* ---- counting -----------------------------------------------------------------------------------
 */

static void pour(struct worker *w, struct desk *b)
{
    uint64_t counts[KERNEL_GROUPS_MAX + 1];
    if (!b->dirty)
        return;
    memset(counts, 0, b->locals * sizeof(*counts));
    kernel_flush(&b->hist, b->locals, counts);
    for (unsigned i = 0; i < b->locals; i++)
        if (counts[i] > 0)
            w->net[b->outer + b->share[i]] += (int64_t)counts[i];
    b->dirty = false;
}

static void count_rows(struct worker *w, struct desk *b, uint64_t outer, uint64_t first, uint64_t n)
{
    if (n == 0)
        return;
    if (outer != b->outer)
        pour(w, b);
    b->outer = outer;
    b->dirty = true;
    w->rows += n;
    kernel_count(b->col, w->job->inners, first, n, b->locals, &b->hist);
}

static bool day_passes(const struct days *d, int32_t day)
{
    return day >= d->lo && day <= d->hi && (d->ok == NULL || d->ok[day - d->lo]);
}

/* The part of a group's number that keys on this base give. */
static uint64_t outer_part(const struct job *j, int base, int64_t value, bool null)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < j->groups->keys; k++) {
        const struct group_key *key = &j->groups->key[k];
        if (key->base == base)
            sum += ordinal_of(key, null ? 0 : (uint64_t)(value - key->low) + 1) * j->stride[k];
    }
    return sum;
}

/* Days that pass are one stretch of rows. */
static void count_window(struct worker *w, struct desk *b, const struct slab *s,
                         const struct slab_group *g, uint64_t outer)
{
    const struct days *days = &w->job->plan->window.days;
    uint64_t from, to;
    uint32_t unused;
    slab_seek(s, (uint32_t)(g - s->group), days->lo, &unused, &from);
    slab_seek(s, (uint32_t)(g - s->group), days->hi + 1, &unused, &to);
    count_rows(w, b, outer, from, to - from);
}

/* Run by run, in stretches of one outer number. */
static void count_runs(struct worker *w, struct desk *b, const struct slab *s,
                       const struct slab_group *g, uint64_t outer)
{
    const struct job *j = w->job;
    const struct days *days = &j->plan->window.days;
    uint32_t run;
    uint64_t row;
    slab_seek(s, (uint32_t)(g - s->group), days->lo, &run, &row);
    uint64_t first = row, at = outer;
    for (; run < g[1].first_run; run++) {
        int32_t day = s->day_min + (int32_t)s->run_day[run];
        if (day > days->hi)
            break;
        bool passes = day_passes(days, day);
        uint64_t now = passes && j->by_day ? outer + j->day_part[day - days->lo] : at;
        if (!passes || now != at) {
            count_rows(w, b, at, first, row - first);
            first = passes ? row : row + s->run_rows[run];
            at = now;
        }
        row += s->run_rows[run];
    }
    count_rows(w, b, at, first, row - first);
}

/* Makes the maps for the group's tables, those that are not the same as for the group before. */
static void prepare_group(struct worker *w, struct desk *b, const struct slab_group *g)
{
    const struct job *j = w->job;
    bool any = false, keys = false;
    for (size_t i = 0; i < j->inners; i++) {
        bool changed = lane_table(&b->lane[i], g) != b->lane[i].table;
        any = any || changed;
        keys = keys || (changed && j->inner[i].key >= 0);
    }
    if (!any)
        return;
    if (keys)
        pour(w, b); /* what the local groups mean is about to change */
    b->skip = false;
    for (size_t i = 0; i < j->inners; i++) {
        if (lane_table(&b->lane[i], g) != b->lane[i].table)
            prepare_lane(j, &b->lane[i], &j->inner[i], g);
        b->skip = b->skip || (j->inner[i].key < 0 && b->lane[i].none_pass);
    }
    if (keys)
        combine(j, b);
}

enum day_shape { DAYS_ALL, DAYS_WINDOW, DAYS_RUNS };

/* How much of a group's runs has to be looked at. */
static enum day_shape day_shape(const struct job *j, const struct slab *s)
{
    const struct days *d = &j->plan->window.days;
    if (d->ok != NULL || j->by_day)
        return DAYS_RUNS;
    return d->lo <= s->day_min && d->hi >= s->day_max ? DAYS_ALL : DAYS_WINDOW;
}

static void count_group(struct worker *w, const struct slab *s, const struct slab_group *g,
                        enum day_shape shape)
{
    const struct job *j = w->job;
    struct desk *b = &w->desk[w->per_sector ? g->sector : 0];
    prepare_group(w, b, g);
    if (b->skip)
        return;
    uint64_t outer = 0;
    if (j->by_place)
        outer += outer_part(j, BASE_ORDER, g->place, false);
    if (j->by_sector)
        outer += outer_part(j, BASE_SECTOR, g->sector ? g->sector - 1 : 0, g->sector == 0);
    if (shape == DAYS_ALL)
        count_rows(w, b, outer, g->first_row, g[1].first_row - g->first_row);
    else if (shape == DAYS_WINDOW)
        count_window(w, b, s, g, outer);
    else
        count_runs(w, b, s, g, outer);
}

/* ---- slabs --------------------------------------------------------------------------------------
 */

/* Tables small enough, and local groups few enough, whatever tables meet. */
static bool slab_fits(const struct job *j, const struct slab *s)
{
    uint64_t locals = 1;
    if (s->weighted)
        return false;
    for (size_t i = 0; i < j->inners; i++) {
        const struct slab_col *c = &s->attr[j->inner[i].attr];
        uint32_t most = 1;
        for (uint32_t t = 0; t < c->tables; t++)
            most = table_entries(c, t) > most ? table_entries(c, t) : most;
        if (c->width > KERNEL_WIDTH_MAX || most > KERNEL_GROUPS_MAX)
            return false;
        if (j->inner[i].key >= 0) {
            size_t count = j->groups->key[j->inner[i].key].count;
            locals *= count > 0 && count < most ? count : most;
        }
        if (locals > KERNEL_GROUPS_MAX)
            return false;
    }
    return true;
}

/* Rows of retracted batches are told apart row by row, which the scan does. */
static bool holds_gone(const struct job *j, size_t slab)
{
    const struct retraction_marks *marks = j->run->snap->marks;
    return access_gone(j->run, j->plan->access) != NULL && marks->slab[slab] != NULL;
}

static int count_range(struct worker *w, const struct slab *s, struct range range)
{
    uint32_t sectors = w->job->plan->window.sectors;
    enum day_shape shape = day_shape(w->job, s);
    uint32_t g = slab_find(s, range.lo);
    for (; g < s->groups && s->group[g].place < range.hi; g++) {
        if (g % CHECK_GROUPS == 0)
            TRY(cancel_check(w->job->run->ctx->cancel, &w->err));
        if (sectors >> s->group[g].sector & 1)
            count_group(w, s, &s->group[g], shape);
    }
    return 0;
}

static void desk_init(const struct job *j, struct desk *b, const struct slab *s)
{
    b->skip = false;
    b->locals = 1; /* until a key is prepared: tests alone make one group */
    b->share[0] = 0;
    for (size_t i = 0; i < j->inners; i++) {
        b->lane[i].col = &s->attr[j->inner[i].attr];
        b->lane[i].table = UINT32_MAX;
        b->col[i] = &b->lane[i].kernel;
    }
}

static int count_slab(struct worker *w, const struct slab *s)
{
    const struct job *j = w->job;
    const struct window3 *window = &j->plan->window;
    if (s->day_max < window->days.lo || s->day_min > window->days.hi)
        return 0;
    w->per_sector = false;
    for (size_t i = 0; i < j->inners; i++)
        w->per_sector = w->per_sector || s->attr[j->inner[i].attr].parent == SLAB_BY_SECTOR;
    int desks = w->per_sector ? SECTOR_CODES : 1;
    for (int i = 0; i < desks; i++)
        desk_init(j, &w->desk[i], s);
    int rc = 0;
    for (size_t k = 0; k < window->place.n && rc == 0; k++)
        rc = count_range(w, s, window->place.at[k]);
    for (int i = 0; i < desks; i++)
        pour(w, &w->desk[i]);
    return rc;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    const struct snap *snap = w->job->run->snap;
    size_t i;
    while (w->rc == 0 && (i = atomic_fetch_add(&w->job->next, 1)) < snap->slabs)
        if (w->job->done[i])
            w->rc = count_slab(w, snap->slab[i]);
    return NULL;
}

/* ---- threads
 * ------------------------------------------------------------------------------------- */

/* More than one only where the rows to look at are worth the start of a thread. */
static int thread_count(const struct run *r, const struct access_plan *p)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 2 || window_registrations(r, &p->window) < ROWS_FOR_THREADS)
        return 1;
    n = n > THREADS_MAX ? THREADS_MAX : n;
    return (size_t)n > r->snap->slabs ? (int)r->snap->slabs : (int)n;
}

/* The first worker counts into the result itself. */
static int worker_init(struct worker *w, struct job *j, int64_t *net)
{
    w->job = j;
    w->desk = mem_calloc(MEM_QUERY, SECTOR_CODES, sizeof(*w->desk));
    w->net = net != NULL ? net : mem_calloc(MEM_QUERY, j->cells, sizeof(*w->net));
    return w->net == NULL || w->desk == NULL ? run_memory(j->run) : 0;
}

static void worker_fini(struct worker *w, const int64_t *net)
{
    mem_free(MEM_QUERY, w->desk);
    if (w->net != net)
        mem_free(MEM_QUERY, w->net);
}

/* Runs all workers, the first on this thread; sums what they counted. */
static int run_workers(struct job *j, struct worker *w, int n, int64_t *net, uint64_t *rows)
{
    pthread_t thread[THREADS_MAX];
    bool started[THREADS_MAX] = {false};
    for (int i = 1; i < n; i++)
        started[i] = pthread_create(&thread[i], NULL, work, &w[i]) == 0;
    work(&w[0]);
    for (int i = 1; i < n; i++)
        if (started[i])
            pthread_join(thread[i], NULL);
    for (int i = 0; i < n; i++) {
        if (w[i].rc < 0) {
            if (j->run->err != NULL)
                *j->run->err = w[i].err;
            return w[i].rc;
        }
        *rows += w[i].rows;
        for (uint64_t c = 0; i > 0 && c < j->cells; c++)
            net[c] += w[i].net[c];
    }
    return 0;
}

/* Tests come first: where they let nothing through, the kernel need not look at the keys. */
static void make_inners(struct job *j)
{
    uint64_t stride = 1;
    for (size_t k = 0; k < j->plan->tests; k++)
        j->inner[j->inners++] = (struct inner){j->plan->test[k].base - BASE_ATTR, -1, (int)k};
    for (size_t k = j->groups->keys; k-- > 0;) { /* the last key runs fastest */
        const struct group_key *key = &j->groups->key[k];
        j->stride[k] = stride;
        stride *= key_count(key);
        if (key->base >= BASE_ATTR)
            j->inner[j->inners++] = (struct inner){key->base - BASE_ATTR, (int)k, -1};
    }
    j->cells = stride;
}

/* What each day of the window adds to a group's number. */
static int make_days(struct job *j)
{
    const struct days *d = &j->plan->window.days;
    for (size_t k = 0; k < j->groups->keys; k++) {
        j->by_place = j->by_place || j->groups->key[k].base == BASE_ORDER;
        j->by_sector = j->by_sector || j->groups->key[k].base == BASE_SECTOR;
        j->by_day = j->by_day || j->groups->key[k].base == BASE_DAY;
    }
    if (!j->by_day || d->lo > d->hi)
        return 0;
    j->day_part = ARENA_ARRAY(j->run->arena, uint64_t, (size_t)(d->hi - d->lo) + 1);
    if (j->day_part == NULL)
        return run_memory(j->run);
    for (int32_t day = d->lo; day <= d->hi; day++)
        j->day_part[day - d->lo] = outer_part(j, BASE_DAY, day, false);
    return 0;
}

int slab_scan(struct run *r, const struct access_plan *p, const struct groups *g, int64_t *net,
              uint8_t *done, uint64_t *rows)
{
    struct job j = {.run = r, .plan = p, .groups = g, .done = done};
    make_inners(&j);
    TRY(make_days(&j));
    for (size_t i = 0; i < r->snap->slabs; i++)
        done[i] = !holds_gone(&j, i) && slab_fits(&j, r->snap->slab[i]);
    int n = thread_count(r, p);
    struct worker *w = mem_calloc(MEM_QUERY, (size_t)n, sizeof(*w));
    int rc = w == NULL ? run_memory(r) : 0;
    for (int i = 0; i < n && rc == 0; i++)
        rc = worker_init(&w[i], &j, i == 0 ? net : NULL);
    if (rc == 0)
        rc = run_workers(&j, w, n, net, rows);
    for (int i = 0; w != NULL && i < n; i++)
        worker_fini(&w[i], net);
    mem_free(MEM_QUERY, w);
    return rc;
}
