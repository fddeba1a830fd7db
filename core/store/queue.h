/* SPDX-License-Identifier: MIT
 *
 * Jobs for the storage thread: a bounded first-in first-out queue. The caller's job lies on the
 * caller's stack; the caller waits until it is done. */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct store;

enum job_kind {
    JOB_CALL,   /* runs alone */
    JOB_IMPORT, /* those that wait together are committed together */
};

struct job {
    enum job_kind kind;
    int (*call)(struct store *s, void *arg, struct err *err); /* JOB_CALL */
    void *arg;
    const char *who; /* set by queue_do: for whom its caller acts */
    int rc;
    struct err err;
    bool done;        /* under the queue's mutex */
    struct job *next; /* in the queue, then in the list taken */
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t work; /* a job came, or the queue was stopped */
    pthread_cond_t done; /* jobs were finished */
    struct job *first, *last;
    size_t n, max;
    bool stopped;
};

void queue_init(struct queue *q, size_t max);
void queue_fini(struct queue *q);
/* Waits for the outcome and returns it (job->rc, with *err). ERR_BUSY when the queue is full,
 * ERR_UNAVAILABLE when it was stopped: then the job did not run. */
MUST_USE int queue_do(struct queue *q, struct job *job, struct err *err);
/* Storage thread: waits for work; one call, or up to `group_max` imports that stand together.
 * NULL when the queue was stopped and is empty. */
struct job *queue_take(struct queue *q, size_t group_max);
/* Storage thread: wakes those who wait for the jobs of a list taken. */
void queue_finish(struct queue *q, struct job *list);
/* Refuses new jobs from now on; those that wait still run. */
void queue_stop(struct queue *q);
size_t queue_waiting(struct queue *q);

#endif
