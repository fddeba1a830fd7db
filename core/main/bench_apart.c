/* SPDX-License-Identifier: MIT
 *
 * fork without exec: there are no threads yet whose locks could be held. */
#include "bench_apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct outcome {
    int rc;
    struct err err;
};

void *bench_shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT(p != MAP_FAILED);
    return p;
}

void bench_shared_free(void *p, size_t n)
{
    munmap(p, n);
}

static _Noreturn void run_child(int (*step)(void *, struct err *), void *arg, struct outcome *out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct outcome o = {0};
    o.rc = step(arg, &o.err);
    *out = o;
    fflush(stdout);
    _exit(0);
}

int bench_apart(int (*step)(void *arg, struct err *err), void *arg, struct err *err)
{
    struct outcome *out = bench_shared(sizeof *out);
    int status = 0;
    out->rc = err_set(&out->err, ERR_INTERNAL, "a step ended without a word"); /* until it tells */
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        run_child(step, arg, out);
    if (child > 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    int rc = out->rc;
    if (child < 0)
        rc = err_set(err, ERR_UNAVAILABLE, "no process for a step: %s", strerror(errno));
    else if (!WIFEXITED(status))
        rc = err_set(err, ERR_INTERNAL, "a step was ended by signal %d", WTERMSIG(status));
    else if (rc < 0 && err != NULL)
        *err = out->err;
    bench_shared_free(out, sizeof *out);
    return rc;
}
