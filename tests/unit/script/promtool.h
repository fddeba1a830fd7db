/* SPDX-License-Identifier: MIT
 *
 * Prometheus' own judge of rules, promtool, asked about random courses of presence. */
#ifndef TESTS_ALERT_PROMTOOL_H
#define TESTS_ALERT_PROMTOOL_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script/state.h"

enum { COURSES = 1000, COURSE_MINUTES = 40 };

struct course {
    int pending, keep; /* minutes */
    bool found[COURSE_MINUTES], fires[COURSE_MINUTES];
};

static inline uint32_t course_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(*seed >> 33);
}

/* Runs of presence and absence of random length, and what the state machine makes of them. */
static inline void course_make(struct course *c, uint64_t *seed)
{
    struct alert_times t;
    c->pending = (int)(course_random(seed) % 6);
    c->keep = (int)(course_random(seed) % 6);
    const struct alert_waits w = {c->pending * 60000ll, c->keep * 60000ll, 15 * 60000ll};
    bool found = course_random(seed) % 2;
    alert_times_init(&t);
    for (int i = 0; i < COURSE_MINUTES; i++) {
        if (course_random(seed) % 4 == 0)
            found = !found;
        c->found[i] = found;
        alert_step(&t, found, i * 60000ll, &w);
        c->fires[i] = t.state == ALERT_FIRING;
    }
}

static inline void courses_rules(const struct course *c, int n, FILE *f)
{
    fprintf(f, "groups:\n- name: g\n  interval: 1m\n  rules:\n");
    for (int k = 0; k < n; k++)
        fprintf(f, "  - alert: a%d\n    expr: s%d == 1\n    for: %dm\n    keep_firing_for: %dm\n",
                k, k, c[k].pending, c[k].keep);
}

static inline void courses_test(const struct course *c, int n, FILE *f)
{
    fprintf(f, "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n"
               "  input_series:\n");
    for (int k = 0; k < n; k++) {
        fprintf(f, "  - series: s%d\n    values: '", k);
        for (int i = 0; i < COURSE_MINUTES; i++)
            fprintf(f, "%d ", c[k].found[i]);
        fprintf(f, "'\n");
    }
    fprintf(f, "  promql_expr_test:\n");
    for (int i = 0; i < COURSE_MINUTES; i++) {
        fprintf(f,
                "  - expr: ALERTS{alertstate=\"firing\"}\n    eval_time: %dm\n"
                "    exp_samples:\n",
                i);
        for (int k = 0; k < n; k++)
            if (c[k].fires[i])
                fprintf(f,
                        "    - labels: 'ALERTS{alertname=\"a%d\",alertstate=\"firing\"}'\n"
                        "      value: 1\n",
                        k);
    }
}

/* Its exit code, 0: all came true. -1: it could not be run. */
static inline int promtool_run(const char *dir)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (chdir(dir) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
            _exit(126);
        execlp("promtool", "promtool", "test", "rules", "test.yml", (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* 0 when promtool finds every firing minute where it is expected, and no other. */
static inline int courses_judge(const struct course *c, int n, const char *dir)
{
    char path[256];
    snprintf(path, sizeof path, "%s/rules.yml", dir);
    FILE *f = fopen(path, "we");
    courses_rules(c, n, f);
    fclose(f);
    snprintf(path, sizeof path, "%s/test.yml", dir);
    f = fopen(path, "we");
    courses_test(c, n, f);
    fclose(f);
    return promtool_run(dir);
}

#endif
