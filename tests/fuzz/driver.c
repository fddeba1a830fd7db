/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target without libFuzzer: first every file of its kept corpus, then a number of
 * mutations of them that a seed decides, for `make test`.
 *
 *   TARGET [-r MUTATIONS] [-t SECONDS] [-f FINDING] [FOLDER | FILE]...
 *
 * The mutations end when the time is over, if that comes first. An input that brings the target
 * down is left in the file FINDING. PANJI_TEST_SEED sets the seed, which is printed. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

enum { INPUT_BYTES_MAX = 1 << 16, CHANGES_MAX = 6 };

struct input {
    char *p;
    size_t n;
};

static struct {
    struct input *corpus;
    size_t n, cap;
    uint64_t seed, at;
    const char *finding;
    char now[INPUT_BYTES_MAX]; /* what the target is looking at */
    size_t now_n;
} d = {.finding = "finding"};

/* ---- when the target goes down -------------------------------------------------------------- */

/* Given by the address sanitizer, where there is one. */
void __sanitizer_set_death_callback(void (*fn)(void)) __attribute__((weak));

static void leave_input(void)
{
    int fd = open(d.finding, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (fd < 0 || write(fd, d.now, d.now_n) != (ssize_t)d.now_n)
        fprintf(stderr, "the input cannot be written to %s\n", d.finding);
    else
        fprintf(stderr, "the input is in %s\n", d.finding);
    if (fd >= 0)
        close(fd);
}

static void on_abort(int sig)
{
    (void)sig;
    leave_input();
    _exit(70);
}

static void run(const char *p, size_t n)
{
    char *copy = malloc(n ? n : 1); /* its own block, so that reading over its end shows */
    memcpy(d.now, p, n);
    d.now_n = n;
    memcpy(copy, p, n);
    ASSERT(LLVMFuzzerTestOneInput((const uint8_t *)copy, n) == 0);
    free(copy);
}

/* ---- the corpus ------------------------------------------------------------------------------ */

static void corpus_add(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    if (d.n == d.cap) {
        d.cap = d.cap ? d.cap * 2 : 64;
        d.corpus = realloc(d.corpus, d.cap * sizeof *d.corpus);
    }
    struct input *in = &d.corpus[d.n++];
    in->p = malloc(INPUT_BYTES_MAX);
    in->n = fread(in->p, 1, INPUT_BYTES_MAX, f);
    fclose(f);
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void corpus_read(const char *path)
{
    struct dirent **entry;
    int n = scandir(path, &entry, is_visible, alphasort);
    if (n < 0) {
        corpus_add(path);
        return;
    }
    for (int i = 0; i < n; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
        corpus_add(name);
        free(entry[i]);
    }
    free(entry);
}

/* ---- mutations ------------------------------------------------------------------------------- */

static size_t below(size_t n)
{
    return n == 0 ? 0 : (size_t)((hash_mix(d.seed * 0x9E3779B97F4A7C15ull + d.at++) >> 16) % n);
}

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 128;
}

/* Up to `most` words (and what stands between them) from a place in `in` where a word begins. */
static struct str words_of(struct str in, size_t most)
{
    size_t from = below(in.n + 1), to, words = 1 + below(most);
    while (from > 0 && from < in.n && in_word(in.p[from - 1]) && in_word(in.p[from]))
        from--;
    for (to = from; to < in.n && words > 0; words--) {
        bool word = in_word(in.p[to]);
        do
            to++;
        while (to < in.n && word && in_word(in.p[to]) && in_word(in.p[to - 1]));
    }
    return (struct str){in.p + from, to - from};
}

/* Puts `with` where `old`, a part of the input at hand, stands. */
static void replace(struct str old, struct str with)
{
    size_t at = (size_t)(old.p - d.now), rest = d.now_n - at - old.n;
    char copy[4096];
    size_t n = with.n < sizeof copy ? with.n : sizeof copy;
    if (d.now_n - old.n + n > INPUT_BYTES_MAX)
        return;
    memcpy(copy, with.p, n);
    memmove(d.now + at + n, d.now + at + old.n, rest);
    memcpy(d.now + at, copy, n);
    d.now_n = at + n + rest;
}

/* A number put in the place of one that stands there, or of a word. */
static void change_number(struct str old)
{
    static const int64_t edges[] = {0,     1,          -1,        2,       127,      255,
                                    65535, INT32_MAX,  INT32_MIN, 1 << 24, 1000000,  31,
                                    32,    UINT32_MAX, INT64_MAX, 64,      INT64_MIN};
    char text[24];
    size_t at = below(ARRAY_LEN(edges) + 20);
    long long v = at < ARRAY_LEN(edges) ? edges[at] : (long long)below(70);
    int n = snprintf(text, sizeof text, "%lld", v);
    replace(old, (struct str){text, (size_t)n});
}

static void mutate_once(void)
{
    struct str now = {d.now, d.now_n};
    const struct input *other = &d.corpus[below(d.n)];
    struct str from = {other->p, other->n};
    struct str old = words_of(now, 3);
    char byte = (char)below(256);
    switch (below(9)) {
    case 0:
        if (d.now_n > 0)
            d.now[below(d.now_n)] ^= (char)(1 << below(8));
        break;
    case 1:
        replace((struct str){d.now + below(d.now_n + 1), 0}, (struct str){&byte, 1});
        break;
    case 2:
        replace(old, STR(""));
        break;
    case 3:
        replace((struct str){old.p, 0}, words_of(from, 12));
        break;
    case 4:
    case 5:
        replace(old, words_of(from, 3));
        break;
    case 6:
        replace((struct str){old.p, 0}, words_of(now, 12));
        break;
    default:
        change_number(words_of(now, 1));
    }
}

static void mutate(void)
{
    const struct input *in = &d.corpus[below(d.n)];
    memcpy(d.now, in->p, in->n);
    d.now_n = in->n;
    for (size_t i = 1 + below(CHANGES_MAX); i > 0; i--)
        mutate_once();
    char *copy = malloc(d.now_n ? d.now_n : 1);
    memcpy(copy, d.now, d.now_n);
    run(copy, d.now_n);
    free(copy);
}

int main(int argc, char **argv)
{
    long mutations = 0, done = 0, seconds = 5;
    int opt;
    while ((opt = getopt(argc, argv, "r:t:f:")) != -1) {
        if (opt == '?')
            return 2;
        if (opt == 'r')
            mutations = strtol(optarg, NULL, 10);
        else if (opt == 't')
            seconds = strtol(optarg, NULL, 10);
        else
            d.finding = optarg;
    }
    const char *seed = getenv("PANJI_TEST_SEED");
    d.seed = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_mono_ns() % 1000000;
    printf("PANJI_TEST_SEED=%llu\n", (unsigned long long)d.seed);
    fflush(stdout);
    signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(leave_input);
    for (; optind < argc; optind++)
        corpus_read(argv[optind]);
    if (d.n == 0) {
        fprintf(stderr, "there is no corpus\n");
        return 2;
    }
    for (size_t i = 0; i < d.n; i++)
        run(d.corpus[i].p, d.corpus[i].n);
    int64_t until = clock_mono_ns() + seconds * 1000000000ll;
    while (done < mutations && clock_mono_ns() < until) {
        mutate();
        done++;
    }
    printf("%zu inputs of the corpus, %ld mutations\n", d.n, done);
    return 0;
}
