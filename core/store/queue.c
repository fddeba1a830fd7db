/* SPDX-License-Identifier: MIT
 *
 * One mutex, two conditions. `done` is broadcast: few wait at a time, and each looks at its own
 * job. A finished job may be gone from its caller's stack as soon as the mutex is free. */
#include "queue.h"

#include "audit.h"

void queue_init(struct queue *q, size_t max)
{
    *q = (struct queue){.max = max};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->work, NULL);
    pthread_cond_init(&q->done, NULL);
}

void queue_fini(struct queue *q)
{
    ASSERT(q->first == NULL);
    pthread_cond_destroy(&q->done);
    pthread_cond_destroy(&q->work);
    pthread_mutex_destroy(&q->lock);
}

static int put(struct queue *q, struct job *job, struct err *err)
{
    if (q->stopped)
        return err_set(err, ERR_UNAVAILABLE, "the store is closing");
    if (q->n >= q->max) {
        err_set(err, ERR_BUSY, "%zu changes are waiting to be stored already", q->n);
        err_hint(err, "try again in a few seconds");
        return ERR_BUSY;
    }
    if (q->last != NULL)
        q->last->next = job;
    else
        q->first = job;
    q->last = job;
    q->n++;
    pthread_cond_signal(&q->work);
    return 0;
}

int queue_do(struct queue *q, struct job *job, struct err *err)
{
    job->done = false;
    job->next = NULL;
    job->who = audit_actor();
    err_clear(&job->err);
    pthread_mutex_lock(&q->lock);
    int rc = put(q, job, err);
    while (rc == 0 && !job->done)
        pthread_cond_wait(&q->done, &q->lock);
    pthread_mutex_unlock(&q->lock);
    if (rc < 0)
        return rc;
    if (job->rc < 0 && err != NULL)
        *err = job->err;
    return job->rc;
}

/* Takes the first `n` jobs off the queue as a list of their own. */
static struct job *cut(struct queue *q, struct job *end, size_t n)
{
    struct job *list = q->first;
    q->first = end->next;
    if (q->first == NULL)
        q->last = NULL;
    end->next = NULL;
    q->n -= n;
    return list;
}

struct job *queue_take(struct queue *q, size_t group_max)
{
    struct job *list = NULL;
    pthread_mutex_lock(&q->lock);
    while (q->first == NULL && !q->stopped)
        pthread_cond_wait(&q->work, &q->lock);
    if (q->first != NULL) {
        struct job *end = q->first;
        size_t n = 1;
        while (end->kind == JOB_IMPORT && n < group_max && end->next != NULL &&
               end->next->kind == JOB_IMPORT) {
            end = end->next;
            n++;
        }
        list = cut(q, end, n);
    }
    pthread_mutex_unlock(&q->lock);
    return list;
}

void queue_finish(struct queue *q, struct job *list)
{
    pthread_mutex_lock(&q->lock);
    while (list != NULL) {
        struct job *next = list->next;
        list->done = true;
        list = next;
    }
    pthread_cond_broadcast(&q->done);
    pthread_mutex_unlock(&q->lock);
}

void queue_stop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopped = true;
    pthread_cond_broadcast(&q->work);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_waiting(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->n;
    pthread_mutex_unlock(&q->lock);
    return n;
}
