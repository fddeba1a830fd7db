/* SPDX-License-Identifier: MIT
 *
 * One list of those that fly and one of those that wait for each, in sets chosen by the key. */
#include "flights.h"

#include <pthread.h>

#include "base/mem.h"

enum { SETS = 64 };

struct set {
    struct flight_seat *flying, *waiting;
};

struct flights {
    pthread_mutex_t lock;
    struct flight_numbers numbers;
    struct set set[SETS];
};

struct flights *flights_new(void)
{
    struct flights *f = mem_must(MEM_NET, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

void flights_free(struct flights *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < SETS; i++)
        ASSERT(f->set[i].flying == NULL && f->set[i].waiting == NULL);
    pthread_mutex_destroy(&f->lock);
    mem_free(MEM_NET, f);
}

static bool same_key(const struct flight_seat *a, const struct flight_seat *b)
{
    return a->key.a == b->key.a && a->key.b == b->key.b;
}

static struct set *set_of(struct flights *f, const struct flight_seat *s)
{
    return &f->set[s->key.a % SETS];
}

static void push(struct flight_seat **list, struct flight_seat *s)
{
    s->next = *list;
    *list = s;
}

bool flights_join(struct flights *f, struct flight_seat *s)
{
    bool flies = false;
    s->how = LANDING_NONE;
    s->aboard = false;
    pthread_mutex_lock(&f->lock);
    struct set *set = set_of(f, s);
    for (const struct flight_seat *at = set->flying; at != NULL && !flies; at = at->next)
        flies = same_key(at, s);
    push(flies ? &set->waiting : &set->flying, s);
    if (flies) {
        f->numbers.joined++;
        f->numbers.waiting++;
    }
    pthread_mutex_unlock(&f->lock);
    return flies;
}

enum landing flights_board(struct flights *f, struct flight_seat *s)
{
    pthread_mutex_lock(&f->lock);
    s->aboard = true;
    enum landing how = s->how;
    pthread_mutex_unlock(&f->lock);
    return how;
}

/* Takes out those of this key, or those whose time is over (of: NULL), and decides how it ended for
 * them; gives the list of those that have boarded. Of the others only `how` is left behind. */
static struct flight_seat *take_out(struct flights *f, struct set *set,
                                    const struct flight_seat *of, enum landing how)
{
    struct flight_seat *told = NULL;
    for (struct flight_seat **at = &set->waiting; *at != NULL;) {
        struct flight_seat *s = *at;
        bool out = of != NULL ? same_key(s, of) : s->aboard && cancel_check(s->cancel, NULL) < 0;
        if (!out) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        f->numbers.waiting--;
        s->how = how;
        if (s->aboard)
            push(&told, s);
    }
    return told;
}

/* The seat may be gone once it is told. */
static void tell(struct flight_seat *s, enum landing how)
{
    while (s != NULL) {
        struct flight_seat *next = s->next;
        s->told(s, how);
        s = next;
    }
}

void flights_land(struct flights *f, struct flight_seat *s, bool kept)
{
    enum landing how = kept ? LANDING_KEPT : LANDING_ALONE;
    pthread_mutex_lock(&f->lock);
    struct set *set = set_of(f, s);
    struct flight_seat **at = &set->flying;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    struct flight_seat *told = take_out(f, set, s, how);
    pthread_mutex_unlock(&f->lock);
    tell(told, how);
}

void flights_look(struct flights *f)
{
    for (size_t i = 0; i < SETS; i++) {
        pthread_mutex_lock(&f->lock);
        struct flight_seat *told = take_out(f, &f->set[i], NULL, LANDING_OVER);
        pthread_mutex_unlock(&f->lock);
        tell(told, LANDING_OVER);
    }
}

struct flight_numbers flights_numbers_get(struct flights *f)
{
    pthread_mutex_lock(&f->lock);
    struct flight_numbers n = f->numbers;
    pthread_mutex_unlock(&f->lock);
    return n;
}
