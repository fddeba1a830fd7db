/* SPDX-License-Identifier: MIT
 *
 * Work on a store whose disk fails, at every point where it can: a child process does the work over
 * the failing VFS, tells what was acknowledged, and ends without tidying up. What the directory
 * holds then is for the test to look at. */
#ifndef TESTS_STORE_DISTURB_H
#define TESTS_STORE_DISTURB_H

#include "fixture.h"

#include "fault_vfs.h"

#include <sys/wait.h>
#include <time.h>

enum { ACKS_MAX = 16 };

/* Where and how the disk fails. */
struct trouble {
    enum fault_kind kind;
    bool for_ever;
    long point;
    uint64_t seed;
};

struct outcome {
    bool acknowledged[ACKS_MAX];
    int acknowledgements;
    bool fired; /* the work came to that point */
};

/* Writes the number of each acknowledged piece of work to `out`. Exits with a number above 1 where
 * something is wrong. */
typedef void (*work_fn)(struct fixture *f, int out);

static inline void trouble_tell(const struct trouble *t, char out[128])
{
    snprintf(out, 128, "kind %d%s, point %ld, seed %llu", t->kind, t->for_ever ? " for ever" : "",
             t->point, (unsigned long long)t->seed);
}

static inline void acknowledge(int out, uint32_t number)
{
    if (write(out, &number, sizeof number) != sizeof number)
        _exit(9);
}

static inline void trouble_end(void)
{
    fault_arm(FAULT_FULL, false, 0, 1);
}

static inline struct outcome disturb(const char *dir, const struct trouble *t, work_fn work)
{
    struct outcome o = {.fired = true};
    char what[128];
    int pipes[2];
    uint32_t i;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct fixture f = {.store = NULL};
        struct err err;
        close(pipes[0]);
        snprintf(f.dir, sizeof f.dir, "%s", dir);
        if (fixture_try_open(&f, &err) < 0)
            _exit(8);
        fault_arm(t->kind, t->for_ever, t->point, t->seed);
        work(&f, pipes[1]);
        _exit(fault.fired ? 0 : 1);
    }
    close(pipes[1]);
    while (read(pipes[0], &i, sizeof i) == sizeof i) {
        assert_true(i < ACKS_MAX);
        o.acknowledged[i] = true;
        o.acknowledgements++;
    }
    close(pipes[0]);
    int status;
    waitpid(child, &status, 0);
    trouble_tell(t, what);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) > 1)
        fail_msg("%s: the process ended with %d", what, WEXITSTATUS(status));
    o.fired = WEXITSTATUS(status) == 0;
    return o;
}

/* Does the work with this trouble and looks at what it left; false: it never came to the point. */
typedef bool (*try_fn)(const struct trouble *t);

/* Every CRASH_STEP-th point is tried. */
static inline long crash_step(void)
{
    const char *text = getenv("CRASH_STEP");
    long step = text ? strtol(text, NULL, 10) : 1;
    return step > 0 ? step : 1;
}

/* Every point of every kind but a power cut, once and for ever; how many there were. */
static inline long try_failing_points(try_fn try)
{
    long points = 0;
    for (int kind = FAULT_FULL; kind <= FAULT_SYNC; kind++)
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            struct trouble t = {(enum fault_kind)kind, for_ever, 1, 1};
            for (; try(&t); t.point += (for_ever ? 3 : 1) * crash_step())
                points++;
        }
    return points;
}

/* CRASH_SEEDS and CRASH_SEED choose how many power cuts are tried at each point, and where they
 * start. */
static inline long crash_seeds(void)
{
    const char *text = getenv("CRASH_SEEDS");
    return text ? strtol(text, NULL, 10) : 1;
}

static inline long try_power_cuts(try_fn try)
{
    const char *text = getenv("CRASH_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    long points = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (long i = 0; i < crash_seeds(); i++) {
        struct trouble t = {FAULT_POWER, false, 1, (seed + (uint64_t)i) * 2654435761u};
        for (; try(&t); t.point += crash_step())
            points++;
    }
    return points;
}

#endif
