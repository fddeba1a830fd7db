/* SPDX-License-Identifier: MIT
 *
 * Counting on the bit planes of slabs.
 *
 *   for each group (place, sector) and stretch of days that the window lets through:
 *     outer keys (place, sector, day) are constant there and give a part of the group's number
 *     inner keys and tests (attributes) are maps by code for the kernel, which counts the
 *     stretch into a small histogram of local groups
 *   when the outer part changes, the histogram is added to the result
 *
 * Where a day is a key the stretches are short, and the kernel counts all of a group's in one call
 * and by stretch. Rows of retracted batches are stretches that are not counted.
 *
 * A local group's share of the whole number is worked out once for each combination of tables. */
#include "slab_count.h"

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
    struct kernel_plan kernel;
    unsigned locals; /* local groups of all keys together */
    bool skip;       /* no row of these tables passes */
    bool dirty;      /* the histogram holds counts of `outer`, or rows wait for it */
    uint64_t outer;
    uint64_t first, waiting; /* rows that wait to be counted, in case more follow them */
    uint64_t share[KERNEL_GROUPS_MAX + 1]; /* of a local group in the group's number */
    struct kernel_hist hist;
};

/* Stretches of a group by day. */
enum {
    CUTS_MAX = 512,
    CUT_COUNTS = 1 << 14,
    LOOK_ROWS = 1 << 16, /* between two looks at the cancel flag */
};
#define NO_PART UINT64_MAX

struct cuts {
    size_t n, max;           /* stretches, and as many as there may be before they are counted */
    uint64_t first, row;     /* of the first stretch, and behind the last */
    uint32_t end[CUTS_MAX];  /* rows from the first */
    uint64_t part[CUTS_MAX]; /* of the group's number; NO_PART: not counted */
    uint32_t count[CUT_COUNTS];
};

/* ---- the job -------------------------------------------------------------------------------- */

static size_t key_count(const struct group_key *k)
{
    return k->count ? k->count : 1;
}

static uint32_t ordinal_of(const struct group_key *k, uint64_t code)
{
    ASSERT(k->identity ? code < k->count : code < k->codes);
    return k->identity ? (uint32_t)code : k->of_code[code];
}

/* The part of a group's number that keys on this base give. */
static uint64_t outer_part(const struct slab_job *j, int base, int64_t value, bool null)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < j->groups->keys; k++) {
        const struct group_key *key = &j->groups->key[k];
        if (key->base == base)
            sum += ordinal_of(key, null ? 0 : (uint64_t)(value - key->low) + 1) * j->stride[k];
    }
    return sum;
}

/* Tests come first: where they let nothing through, the kernel need not look at the keys. */
static void make_inners(struct slab_job *j)
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
static int make_days(struct slab_job *j, struct run *r)
{
    const struct days *d = &j->plan->window.days;
    for (size_t k = 0; k < j->groups->keys; k++) {
        j->by_place = j->by_place || j->groups->key[k].base == BASE_ORDER;
        j->by_sector = j->by_sector || j->groups->key[k].base == BASE_SECTOR;
        j->by_day = j->by_day || j->groups->key[k].base == BASE_DAY;
    }
    if (!j->by_day || d->lo > d->hi)
        return 0;
    j->day_part = ARENA_ARRAY(r->arena, uint64_t, (size_t)(d->hi - d->lo) + 1);
    if (j->day_part == NULL)
        return run_memory(r);
    for (int32_t day = d->lo; day <= d->hi; day++)
        j->day_part[day - d->lo] = outer_part(j, BASE_DAY, day, false);
    return 0;
}

int slab_job_init(struct slab_job *j, struct run *r, const struct access_plan *p,
                  const struct groups *g)
{
    *j = (struct slab_job){
        .plan = p, .groups = g, .gone = access_gone(r, p->access), .marks = r->snap->marks};
    make_inners(j);
    return make_days(j, r);
}

uint64_t slab_job_place(const struct slab_job *j, uint32_t order)
{
    return outer_part(j, BASE_ORDER, order, false);
}

static uint32_t table_entries(const struct slab_col *c, uint32_t table)
{
    return c->tables ? c->table[table + 1] - c->table[table] : 1;
}

bool slab_job_fits(const struct slab_job *j, const struct slab *s)
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

/* ---- maps ----------------------------------------------------------------------------------- */

static uint64_t code_of(int32_t value, int64_t low)
{
    return value == ATTR_NULL ? 0 : (uint64_t)(value - low) + 1;
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

/* A table with one value, NULL, for a column that the slab does not have, and for a table without
 * values. */
static const int32_t absent[1] = {ATTR_NULL};

static uint32_t lane_table(const struct lane *l, const struct slab_group *g)
{
    return l->col->tables ? slab_table(l->col, g) : 0;
}

static void prepare_lane(const struct slab_job *j, struct lane *l, const struct inner *in,
                         const struct slab_group *g)
{
    uint32_t table = lane_table(l, g);
    uint32_t entries = table_entries(l->col, table);
    const int32_t *value = l->col->tables ? l->col->value + l->col->table[table] : absent;
    ASSERT(l->col->width <= KERNEL_WIDTH_MAX && entries > 0 && entries <= KERNEL_GROUPS_MAX);
    l->table = table;
    l->kernel.plane = (uint64_t *const *)l->col->plane;
    l->kernel.width = l->col->width;
    l->kernel.entries = (uint16_t)entries;
    if (in->key < 0)
        prepare_test(l, &j->plan->test[in->test], value, entries);
    else
        prepare_key(l, &j->groups->key[in->key], value, entries);
}

/* Puts the keys' local groups side by side, local = a + b * locals(a) + ..., with what each adds
 * to the group's number. */
static void combine(const struct slab_job *j, struct desk *b)
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

/* ---- the histogram -------------------------------------------------------------------------- */

static void looked_at(struct slab_counter *c, uint64_t rows)
{
    c->unchecked += rows;
    if (c->unchecked < LOOK_ROWS)
        return;
    c->unchecked = 0;
    c->rc = cancel_check(c->cancel, &c->err);
}

static void count_vector(struct slab_counter *c, struct desk *b, uint64_t n)
{
    kernel_count(&b->kernel, c->space, b->first, n, &b->hist);
    c->rows += n;
    b->first += n;
    b->waiting -= n;
    looked_at(c, n);
}

/* After a cancellation what waits is let go. */
static void count_waiting(struct slab_counter *c, struct desk *b)
{
    while (c->rc == 0 && b->waiting > 0)
        count_vector(c, b, b->waiting < LOOK_ROWS ? b->waiting : LOOK_ROWS);
    b->waiting = 0;
}

static void pour(struct slab_counter *c, struct desk *b)
{
    uint64_t counts[KERNEL_GROUPS_MAX + 1];
    if (!b->dirty)
        return;
    count_waiting(c, b);
    memset(counts, 0, b->locals * sizeof *counts);
    kernel_flush(&b->kernel, &b->hist, counts);
    for (unsigned i = 0; i < b->locals; i++)
        if (counts[i] > 0)
            c->net[b->outer + b->share[i]] += (int64_t)counts[i];
    b->dirty = false;
}

/* Rows that follow each other are counted together. */
static void count_rows(struct slab_counter *c, struct desk *b, uint64_t outer, uint64_t first,
                       uint64_t n)
{
    if (n == 0)
        return;
    if (b->dirty && outer != b->outer)
        pour(c, b);
    b->outer = outer;
    b->dirty = true;
    if (first != b->first + b->waiting) {
        count_waiting(c, b);
        b->first = first;
    }
    b->waiting += n;
    if (b->waiting >= LOOK_ROWS)
        count_waiting(c, b);
}

/* ---- days ----------------------------------------------------------------------------------- */

/* Days that pass are one stretch of rows. */
static void count_window(struct slab_counter *c, struct desk *b, uint32_t g, uint64_t outer)
{
    const struct days *days = &c->job->plan->window.days;
    uint64_t first, n;
    slab_span(c->slab, g, days->lo, days->hi + 1, &first, &n);
    count_rows(c, b, outer, first, n);
}

static void count_cuts(struct slab_counter *c, struct desk *b, uint64_t outer)
{
    struct cuts *x = c->cuts;
    if (c->rc < 0)
        return;
    kernel_count_cuts(&b->kernel, c->space, x->first, x->end, x->n, x->count);
    const uint32_t *count = x->count;
    for (size_t i = 0; i < x->n; i++, count += b->locals) {
        if (x->part[i] == NO_PART)
            continue;
        int64_t *net = c->net + outer + x->part[i];
        for (unsigned k = 0; k < b->locals; k++)
            net[b->share[k]] += count[k];
        c->rows += x->end[i] - (i > 0 ? x->end[i - 1] : 0);
    }
    looked_at(c, x->end[x->n - 1]);
}

/* What a day adds to the group's number. */
static uint64_t part_of(const struct slab_job *j, int32_t day)
{
    const struct days *d = &j->plan->window.days;
    if (d->ok != NULL && !d->ok[day - d->lo])
        return NO_PART;
    return j->by_day ? j->day_part[day - d->lo] : 0;
}

/* The next n rows belong to this part. */
static void add_stretch(struct slab_counter *c, struct desk *b, uint64_t outer, uint64_t part,
                        uint64_t n)
{
    struct cuts *x = c->cuts;
    if (x->n == 0 || part != x->part[x->n - 1]) {
        if (x->n == x->max) {
            count_cuts(c, b, outer);
            x->first = x->row;
            x->n = 0;
        }
        x->part[x->n++] = part;
    }
    x->row += n;
    x->end[x->n - 1] = (uint32_t)(x->row - x->first);
}

/* The next n rows, those of retracted batches apart. */
static void add_mixed(struct slab_counter *c, struct desk *b, uint64_t outer, uint64_t part,
                      uint64_t n, const struct retraction_codes *codes)
{
    for (uint64_t end = c->cuts->row + n; c->cuts->row < end;) {
        bool gone;
        uint64_t alike = retraction_stretch(codes, c->cuts->row, end, &gone);
        add_stretch(c, b, outer, gone ? NO_PART : part, alike);
    }
}

/* Run by run, in stretches of one part. `codes`: some rows may be of retracted batches. */
static void count_runs(struct slab_counter *c, struct desk *b, uint32_t g, uint64_t outer,
                       const struct retraction_codes *codes)
{
    const struct slab *s = c->slab;
    const struct slab_job *j = c->job;
    struct cuts *x = c->cuts;
    uint32_t run, stop = s->group[g + 1].first_run;
    x->max = CUT_COUNTS / b->locals < CUTS_MAX ? CUT_COUNTS / b->locals : CUTS_MAX;
    slab_seek(s, g, j->plan->window.days.lo, &run, &x->first);
    x->row = x->first;
    x->n = 0;
    for (; run < stop; run++) {
        int32_t day = s->day_min + (int32_t)s->run_day[run];
        if (day > j->plan->window.days.hi)
            break;
        uint64_t part = part_of(j, day);
        if (codes != NULL && part != NO_PART)
            add_mixed(c, b, outer, part, s->run_rows[run], codes);
        else
            add_stretch(c, b, outer, part, s->run_rows[run]);
    }
    if (x->n > 0)
        count_cuts(c, b, outer);
}

/* ---- groups --------------------------------------------------------------------------------- */

/* Makes the maps for the group's tables, those that are not the same as for the group before. */
static void prepare_group(struct slab_counter *c, struct desk *b, const struct slab_group *g)
{
    const struct slab_job *j = c->job;
    const struct kernel_col *col[INNER_MAX];
    bool any = b->kernel.groups == 0; /* never prepared */
    bool brief = false;               /* another table for each place */
    for (size_t i = 0; i < j->inners; i++) {
        any = any || lane_table(&b->lane[i], g) != b->lane[i].table;
        brief = brief || b->lane[i].col->parent == SLAB_BY_PLACE;
    }
    if (!any)
        return;
    pour(c, b); /* what the local groups mean is about to change */
    b->skip = false;
    for (size_t i = 0; i < j->inners; i++) {
        if (lane_table(&b->lane[i], g) != b->lane[i].table)
            prepare_lane(j, &b->lane[i], &j->inner[i], g);
        b->skip = b->skip || (j->inner[i].key < 0 && b->lane[i].none_pass);
        col[i] = &b->lane[i].kernel;
    }
    combine(j, b);
    kernel_prepare(&b->kernel, col, j->inners, b->locals, brief);
}

enum day_shape { DAYS_ALL, DAYS_WINDOW, DAYS_RUNS };

/* How much of a group's runs has to be looked at. */
static enum day_shape day_shape(const struct slab_job *j, const struct slab *s)
{
    const struct days *d = &j->plan->window.days;
    if (d->ok != NULL || j->by_day)
        return DAYS_RUNS;
    return d->lo <= s->day_min && d->hi >= s->day_max ? DAYS_ALL : DAYS_WINDOW;
}

static void count_group(struct slab_counter *c, const struct morsel *m, uint32_t at,
                        enum day_shape shape)
{
    const struct slab_job *j = c->job;
    const struct slab_group *g = &c->slab->group[at];
    struct desk *b = &c->desk[c->per_sector ? g->sector : 0];
    prepare_group(c, b, g);
    if (b->skip)
        return;
    uint64_t outer = 0;
    if (j->by_place)
        outer += outer_part(j, BASE_ORDER, g->place, false);
    if (j->by_sector)
        outer += outer_part(j, BASE_SECTOR, g->sector ? g->sector - 1 : 0, g->sector == 0);
    if (j->gone != NULL && retraction_marked(j->marks, m->index, c->slab, g)) {
        struct retraction_codes codes;
        retraction_codes_init(&codes, j->gone, c->slab, g);
        count_runs(c, b, at, outer, &codes);
    } else if (shape == DAYS_ALL) {
        count_rows(c, b, outer, g->first_row, g[1].first_row - g->first_row);
    } else if (shape == DAYS_WINDOW) {
        count_window(c, b, at, outer);
    } else {
        count_runs(c, b, at, outer, NULL);
    }
}

/* ---- slabs ---------------------------------------------------------------------------------- */

static void desk_open(const struct slab_job *j, struct desk *b, const struct slab *s)
{
    b->skip = false;
    b->first = b->waiting = 0;
    b->kernel.groups = 0;
    for (size_t i = 0; i < j->inners; i++) {
        b->lane[i].col = &s->attr[j->inner[i].attr];
        b->lane[i].table = UINT32_MAX;
    }
}

static void pour_all(struct slab_counter *c)
{
    for (int i = 0; c->slab != NULL && i < (c->per_sector ? SECTOR_CODES : 1); i++)
        pour(c, &c->desk[i]);
}

static void open_slab(struct slab_counter *c, const struct slab *s)
{
    const struct slab_job *j = c->job;
    pour_all(c);
    c->slab = s;
    c->per_sector = false;
    for (size_t i = 0; i < j->inners; i++)
        c->per_sector = c->per_sector || s->attr[j->inner[i].attr].parent == SLAB_BY_SECTOR;
    for (int i = 0; i < (c->per_sector ? SECTOR_CODES : 1); i++)
        desk_open(j, &c->desk[i], s);
}

bool slab_counter_init(struct slab_counter *c, const struct slab_job *j,
                       const struct cancel *cancel, int64_t *net)
{
    *c = (struct slab_counter){.job = j, .net = net, .cancel = cancel};
    c->desk = mem_calloc(MEM_QUERY, SECTOR_CODES, sizeof *c->desk);
    c->cuts = mem_alloc(MEM_QUERY, sizeof *c->cuts);
    c->space = kernel_space_new();
    return c->desk != NULL && c->cuts != NULL && c->space != NULL;
}

void slab_counter_fini(struct slab_counter *c)
{
    mem_free(MEM_QUERY, c->desk);
    mem_free(MEM_QUERY, c->cuts);
    kernel_space_free(c->space);
}

static int told(const struct slab_counter *c, struct err *err)
{
    if (c->rc < 0 && err != NULL)
        *err = c->err;
    return c->rc;
}

int slab_counter_add(struct slab_counter *c, const struct morsel *m, struct err *err)
{
    uint32_t sectors = c->job->plan->window.sectors;
    enum day_shape shape = day_shape(c->job, m->slab);
    if (c->slab != m->slab)
        open_slab(c, m->slab);
    for (uint32_t g = m->from; g < m->to && c->rc == 0; g++)
        if (sectors >> m->slab->group[g].sector & 1)
            count_group(c, m, g, shape);
    return told(c, err);
}

int slab_counter_pour(struct slab_counter *c, struct err *err)
{
    pour_all(c);
    return told(c, err);
}
