/* SPDX-License-Identifier: MIT
 *
 * The drive's own alerts over simulated seasons: which come on which day, and which must not; and
 * how often they are right, beside a plain threshold. SEASONS=200 measures as the documentation has
 * it; without it a few seasons are looked at. */
#include "season.h"

static const int codes[BLOCKS] = {6716, 6717, 3168, 3172, 3174, 3175};

/* The firing alerts of a day in a line: "rule key, ...", in the order of the table. */
static char line[1 << 14];

static void add_to_line(void *ctx, struct str rule, struct str key)
{
    size_t *n = ctx;
    *n += (size_t)snprintf(line + *n, sizeof line - *n, "%.*s %.*s\n", STR_ARG(rule), STR_ARG(key));
}

static bool fires(const char *what)
{
    return strstr(line, what) != NULL;
}

static void look(struct season *s)
{
    size_t n = 0;
    line[0] = '\0';
    season_evaluate(s);
    season_firing(s, add_to_line, &n);
}

static int count(const char *rule)
{
    int n = 0;
    for (const char *p = line; (p = strstr(p, rule)) != NULL; p++)
        n += p == line || p[-1] == '\n';
    return n;
}

/* Outage on days 40 to 43, the source late on 66 to 70, Gola lazy from 50, a centre of Mandu
 * invents on 95 to 97. */
static void each_day_has_its_alerts_and_no_other(void **state)
{
    (void)state;
    struct season s = {.seed = 7,
                       .outage = {40, 44},
                       .late = {66, 71},
                       .lazy_pace = 0.25,
                       .fraud = {95, 98},
                       .fraud_block = 3};
    struct rows held;
    int lagging_from = -1;
    for (int b = 0; b < BLOCKS; b++)
        s.lazy[b] = (struct spell){NEVER, NEVER};
    s.lazy[2] = (struct spell){50, NEVER};
    season_open(&s, "plugins");
    while (s.day < SEASON_DAYS) {
        season_next(&s, &held);
        look(&s);
        int day = s.day - 1;
        bool lags = fires("lagging_block {\"block\":3168}");
        lagging_from = lags && lagging_from < 0 ? day : lagging_from;
        if (day == 39 || (day > 52 && day < 66))
            assert_false(fires("district_fall"));
        if (day == 43)
            assert_true(fires("district_fall {\"district\":607}"));
        if (day >= 68 && day <= 70)
            assert_true(fires("silent_source {\"source\":\"csc\"}"));
        if (day < 67 || day > 71)
            assert_int_equal(count("silent_source"), 0);
        if (day >= 96 && day <= 103)
            assert_true(fires("impossible_centre {\"block\":3172,\"centre\":\"CSC-32\"}"));
        assert_int_equal(count("impossible_centre"), day >= 95 && day <= 103);
        assert_int_equal(count("lagging_block"), lags); /* no other block, ever */
        assert_int_equal(count("stalled_block"), 0);
        assert_int_equal(count("silent_centre"), 0);
        assert_int_equal(count("rule_"), 0);
        if (day < 50)
            assert_false(lags);
        if (lagging_from >= 0)
            assert_true(lags);
    }
    printf("Gola, lazy from day 50, lags from day %d\n", lagging_from);
    assert_in_range(lagging_from, 53, 72);
    assert_true(fires("out_of_reach {\"block\":3168}") || s.day == SEASON_DAYS);
    season_close(&s);
    rows_fini(&held);
}

/* ---- how often they are right ---------------------------------------------------------------- */

struct score {
    int right, wrong, found, missed; /* blocks told: lazy or not; lazy blocks: told or not */
    int delay;                       /* days until found, in all */
};

struct told {
    int first[BLOCKS]; /* day on which each was first told, NEVER */
    int day;
    const char *rule;
};

static void note(void *ctx, struct str rule, struct str key)
{
    struct told *t = ctx;
    char text[64];
    for (int b = 0; b < BLOCKS; b++) {
        snprintf(text, sizeof text, "{\"block\":%d}", codes[b]);
        if (str_eq(rule, str_of(t->rule)) && str_eq(key, str_of(text)) && t->first[b] == NEVER)
            t->first[b] = t->day;
    }
}

static void season_draw(struct season *s, uint64_t seed)
{
    *s = (struct season){.seed = seed * 2654435761u + 1, .lazy_pace = 0.25, .fraud_block = -1};
    int outage = 25 + (int)(season_random(s) * 70);
    int late = 25 + (int)(season_random(s) * 70);
    s->outage = (struct spell){outage, outage + 3 + (int)(season_random(s) * 10)};
    s->festival = (struct spell){70, 77}; /* from Diwali to Chhath */
    s->late = (struct spell){late, late + 3 + (int)(season_random(s) * 5)};
    s->fraud = (struct spell){NEVER, NEVER};
    for (int b = 0; b < BLOCKS; b++)
        s->lazy[b] = (struct spell){NEVER, NEVER};
    s->lazy[(int)(season_random(s) * BLOCKS)].from = 30 + (int)(season_random(s) * 50);
    s->lazy_pace = 0.1 + 0.4 * season_random(s);
}

static void judge(const struct season *s, const struct told *t, struct score *score)
{
    for (int b = 0; b < BLOCKS; b++) {
        bool lazy = s->lazy[b].from != NEVER;
        bool told = t->first[b] != NEVER;
        bool early = told && t->first[b] < s->lazy[b].from; /* before there was a reason */
        score->right += told && lazy && !early;
        score->wrong += told && (!lazy || early);
        score->found += lazy && told && !early;
        score->missed += lazy && (!told || early);
        if (lazy && told && !early)
            score->delay += t->first[b] - s->lazy[b].from;
    }
}

static void play(uint64_t seed, struct score *ours, struct score *plain)
{
    struct season s;
    struct rows held;
    struct told a = {.rule = "lagging_block"};
    struct told b = {.rule = "plain_threshold"};
    for (int i = 0; i < BLOCKS; i++)
        a.first[i] = b.first[i] = NEVER;
    season_draw(&s, seed);
    season_open(&s, "tests/unit/alert/plugins");
    while (s.day < SEASON_DAYS) {
        season_next(&s, &held);
        season_evaluate(&s);
        a.day = b.day = s.day - 1;
        season_firing(&s, note, &a);
        season_firing(&s, note, &b);
    }
    judge(&s, &a, ours);
    judge(&s, &b, plain);
    season_close(&s);
    rows_fini(&held);
}

static double precision(const struct score *s)
{
    int told = s->right + s->wrong;
    return told > 0 ? (double)s->right / told : 1;
}

static double recall(const struct score *s)
{
    return (double)s->found / (s->found + s->missed);
}

static void they_are_right_more_often_than_a_threshold(void **state)
{
    (void)state;
    struct score ours = {0};
    struct score plain = {0};
    const char *n = getenv("SEASONS");
    int seasons = n != NULL ? (int)strtol(n, NULL, 10) : 4;
    for (int i = 0; i < seasons; i++)
        play((uint64_t)i + 1, &ours, &plain);
    printf("%d seasons   precision  recall  days until told\n", seasons);
    printf("lagging_block   %.3f     %.3f     %.1f\n", precision(&ours), recall(&ours),
           ours.found ? (double)ours.delay / ours.found : 0);
    printf("threshold       %.3f     %.3f     %.1f\n", precision(&plain), recall(&plain),
           plain.found ? (double)plain.delay / plain.found : 0);
    assert_true(precision(&ours) >= 0.9);
    assert_true(recall(&ours) >= 0.9);
    assert_true(precision(&ours) > precision(&plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_has_its_alerts_and_no_other),
        cmocka_unit_test(they_are_right_more_often_than_a_threshold),
    };
    return cmocka_run_group_tests_name("alert/season", tests, NULL, NULL);
}
