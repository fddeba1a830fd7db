/* SPDX-License-Identifier: MIT
 *
 * The server runs in this process, as `panji serve` runs it, and is reached over the loopback. Two
 * phases, readers alone and readers with the writer, each after a warm-up that is dropped. At the
 * end the registrations must be those that were there and those that were acknowledged. */
#include "bench_mixed.h"

#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/clock.h"
#include "base/limits.h"
#include "bench_dir.h"
#include "bench_load.h"
#include "bench_machine.h"
#include "bench_mix.h"
#include "bench_watch.h"
#include "hist.h"
#include "synth.h"

enum {
    READERS_MAX = 16,
    LOADS_MAX = READERS_MAX + 2,
    WRITERS = 16,
    WARM_S = 3,
    MS_100 = 100000000
};

struct mixed {
    struct app app;
    struct httpd *server;
    int64_t rate, batch, days, readers, asks, heavy, seconds;
    struct mix_reader reader[READERS_MAX + 1]; /* the last asks the heavy questions */
    struct mix_writer writer;
    struct load load[LOADS_MAX];
    int loads;
    struct bench_watch watch;
    struct hist calm[MIX_KINDS], merging[MIX_KINDS]; /* requests beside no merge, beside one */
    uint64_t refused, unanswered, unsent, late;
    int64_t acknowledged, unknown; /* registrations of batches, all phases */
};

/* ---- one phase ------------------------------------------------------------------------------- */

static void add_load(struct mixed *m, int connections, double per_second, int64_t seconds,
                     struct load_source source)
{
    if (per_second <= 0)
        return;
    m->load[m->loads++] = (struct load){.source = source,
                                        .port = httpd_port(m->server),
                                        .connections = connections,
                                        .per_second = per_second,
                                        .start_ns = clock_mono_ns() + MS_100,
                                        .length_ns = seconds * 1000000000};
}

static void plan(struct mixed *m, const char *run, int64_t seconds)
{
    m->loads = 0;
    for (int i = 0; i < (int)m->readers; i++) {
        m->reader[i] = (struct mix_reader){.number = i};
        add_load(m, 1, (double)m->asks, seconds,
                 (struct load_source){mix_question, NULL, &m->reader[i]});
    }
    m->reader[READERS_MAX] = (struct mix_reader){.number = READERS_MAX, .heavy = true};
    add_load(m, 1, (double)m->heavy / 60, seconds,
             (struct load_source){mix_question, NULL, &m->reader[READERS_MAX]});
    m->writer.run = run;
    if (run != NULL)
        add_load(m, WRITERS, (double)m->rate / (double)m->batch, seconds,
                 (struct load_source){mix_batch, mix_acknowledged, &m->writer});
}

static void count(struct mixed *m, const struct load_request *q)
{
    m->acknowledged += q->taken;
    if (q->end_ns == 0) {
        m->unsent++;
    } else if (q->status == 0) {
        m->unanswered++;
        m->unknown += q->kind == MIX_BATCH ? m->batch : 0;
    } else if (q->status >= 300) {
        m->refused++;
    } else {
        bool beside = bench_watch_merged(&m->watch, q->due_ns, q->end_ns);
        hist_add(beside ? &m->merging[q->kind] : &m->calm[q->kind], q->end_ns - q->due_ns);
    }
}

static int run_loads(struct mixed *m, struct err *err)
{
    int rc = 0;
    for (int i = 0; i < m->loads && rc == 0; i++)
        rc = load_start(&m->load[i], err);
    for (int i = 0; i < m->loads; i++)
        load_wait(&m->load[i]);
    return rc;
}

static int run_phase(struct mixed *m, const char *run, int64_t seconds, struct err *err)
{
    memset(m->calm, 0, sizeof m->calm);
    memset(m->merging, 0, sizeof m->merging);
    m->refused = m->unanswered = m->unsent = m->late = 0;
    TRY(bench_watch_start(&m->watch, m->app.store, err));
    plan(m, run, seconds);
    int rc = run_loads(m, err);
    bench_watch_stop(&m->watch);
    for (int i = 0; i < m->loads; i++) {
        struct load *l = &m->load[i];
        for (uint64_t k = 0; k < l->requests; k++)
            count(m, &l->request[k]);
        m->late += atomic_load(&l->late);
        load_fini(l);
    }
    return rc;
}

/* ---- what is printed ------------------------------------------------------------------------- */

static double ms(int64_t ns)
{
    return (double)ns / 1e6;
}

static void print_kind(const struct mixed *m, enum mix_kind k, int64_t seconds)
{
    static struct hist all;
    memset(&all, 0, sizeof all);
    hist_merge(&all, &m->calm[k]);
    hist_merge(&all, &m->merging[k]);
    if (all.n == 0)
        return;
    printf("  %-24s %9.1f %9.2f %9.2f %9.2f %9.2f %9.2f   %9.2f %9.2f\n", mix_name(k),
           (double)all.n / (double)seconds, ms(hist_quantile(&all, 0.5)),
           ms(hist_quantile(&all, 0.9)), ms(hist_quantile(&all, 0.99)),
           ms(hist_quantile(&all, 0.999)), ms(all.most), ms(m->calm[k].most),
           ms(m->merging[k].most));
}

static void print_watch(const struct mixed *m)
{
    const struct bench_watch *w = &m->watch;
    uint64_t commits = w->last.commits - w->first.commits;
    double known = 0;
    double waiting = 0;
    printf("  merges %llu, %.1f s together; commits %llu, %.1f ms each\n",
           (unsigned long long)(w->last.merges - w->first.merges),
           (double)(w->last.merge_ns - w->first.merge_ns) / 1e9, (unsigned long long)commits,
           commits > 0 ? ms((int64_t)((w->last.commit_ns - w->first.commit_ns) / commits)) : 0);
    printf("  processor seconds %.1f:", w->total_s);
    for (size_t i = 0; i < w->cpus; i++) {
        known += w->cpu[i].seconds > 0 ? w->cpu[i].seconds : 0;
        if (w->cpu[i].seconds >= 0.05)
            printf(" %s %.1f,", w->cpu[i].name, w->cpu[i].seconds);
        waiting += w->cpu[i].waiting_s > 0 ? w->cpu[i].waiting_s : 0;
    }
    double clients = 0;
    for (int i = 0; i < m->loads; i++)
        clients += (double)atomic_load(&m->load[i].cpu_ns) / 1e9;
    printf(" clients %.1f, threads of single scans %.1f\n", clients,
           w->total_s > known + clients ? w->total_s - known - clients : 0);
    printf("  threads of the server waited %.1f s for a free processor:", waiting);
    for (size_t i = 0; i < w->cpus; i++)
        if (w->cpu[i].waiting_s >= 0.05)
            printf(" %s %.1f", w->cpu[i].name, w->cpu[i].waiting_s);
    printf("\n");
}

static void print_phase(const struct mixed *m, const char *title)
{
    printf("\n%s\n  %-24s %9s %9s %9s %9s %9s %9s   %9s %9s\n", title, "ms", "a second", "p50",
           "p90", "p99", "p99.9", "max", "no merge", "in merge");
    for (int k = 0; k < MIX_KINDS; k++)
        print_kind(m, (enum mix_kind)k, m->seconds);
    print_watch(m);
    printf("  sent late %llu, refused %llu, without an answer %llu, never sent %llu\n",
           (unsigned long long)m->late, (unsigned long long)m->refused,
           (unsigned long long)m->unanswered, (unsigned long long)m->unsent);
    fflush(stdout);
}

/* ---- all ------------------------------------------------------------------------------------- */

static int64_t registrations(const struct mixed *m)
{
    struct snap *s = snap_cell_get(m->app.cell);
    int64_t n = s->registrations;
    snap_unref(s);
    return n;
}

/* A batch whose answer did not come may have been stored. */
static int check_sum(const struct mixed *m, int64_t before, struct err *err)
{
    int64_t came = registrations(m) - before;
    printf("\n  registrations: %lld before, %lld acknowledged, %lld came", (long long)before,
           (long long)m->acknowledged, (long long)came);
    if (came >= m->acknowledged && came <= m->acknowledged + m->unknown) {
        printf("; nothing is lost\n");
        return 0;
    }
    printf("\n");
    return err_set(err, ERR_INTERNAL, "%lld registrations were acknowledged, but %lld came",
                   (long long)m->acknowledged, (long long)came);
}

static int run_all(struct mixed *m, struct err *err)
{
    int64_t before = registrations(m);
    char title[128];
    TRY(run_phase(m, NULL, WARM_S, err));
    TRY(run_phase(m, NULL, m->seconds, err));
    print_phase(m, "Readers alone");
    TRY(run_phase(m, "warm", WARM_S, err));
    TRY(run_phase(m, "bench", m->seconds, err));
    snprintf(title, sizeof title,
             "Readers, and %lld rows a second in batches of %lld, of %lld days", (long long)m->rate,
             (long long)m->batch, (long long)m->days);
    print_phase(m, title);
    return check_sum(m, before, err);
}

static int serve(struct mixed *m, const char *dir, struct err *err)
{
    char rows[32];
    TRY(app_open(dir, "/nonexistent", &m->app, err));
    struct snap *s = snap_cell_get(m->app.cell);
    printf("  data      %s rows\n  load      %lld readers, %lld questions a second each; %lld of "
           "the country a minute; %lld s a phase\n",
           bench_count(s->rows, rows), (long long)m->readers, (long long)m->asks,
           (long long)m->heavy, (long long)m->seconds);
    snap_unref(s);
    int rc = httpd_start(&m->app.service, "127.0.0.1:0", &m->server, err);
    rc = rc < 0 ? rc : mix_writer_init(&m->writer, m->batch, (int32_t)m->days, err);
    rc = rc < 0 ? rc : run_all(m, err);
    httpd_stop(m->server, 1000);
    mix_writer_fini(&m->writer);
    app_close(&m->app);
    return rc;
}

static int read_options(const struct cli *c, struct mixed *m, struct err *err)
{
    TRY(cli_number(c, "rate", 50000, 0, 10000000, &m->rate, err));
    TRY(cli_number(c, "batch", 1000, 1, 100000, &m->batch, err));
    TRY(cli_number(c, "days", 30, 1, SYNTH_DAYS, &m->days, err));
    TRY(cli_number(c, "readers", 4, 0, READERS_MAX, &m->readers, err));
    TRY(cli_number(c, "asks", 50, 1, 100000, &m->asks, err));
    TRY(cli_number(c, "heavy", 60, 0, 60000, &m->heavy, err));
    return cli_number(c, "seconds", 30, 1, 3600, &m->seconds, err);
}

/* Ours to change: a temporary country, or a copy of the one named. */
static int make_data(const struct cli *c, struct bench_dir *dir, struct err *err)
{
    const char *data = cli_get(c, "data");
    int64_t rows;
    TRY(cli_number(c, "rows", 1000000, 1, REGISTRATIONS_MAX, &rows, err));
    if (data == NULL)
        return bench_dir_open(NULL, (uint64_t)rows, dir, err);
    TRY(bench_dir_open(data, (uint64_t)rows, dir, err));
    return bench_dir_copy(data, dir, err);
}

int bench_mixed(const struct cli *c, struct err *err)
{
    struct bench_dir dir;
    struct mixed *m = mem_must(MEM_MAIN, sizeof *m);
    int rc = read_options(c, m, err);
    bench_machine_print("mixed: queries while batches arrive, over HTTP");
    if (rc == 0)
        rc = make_data(c, &dir, err);
    if (rc == 0) {
        rc = serve(m, dir.path, err);
        bench_dir_close(&dir);
    }
    mem_free(MEM_MAIN, m);
    return rc;
}
