/* SPDX-License-Identifier: MIT
 *
 * Exponential smoothing with a damped additive trend (Gardner and McKenzie 1985), ETS(A,Ad,N) in
 * the words of Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential Smoothing" (2008):
 *
 *   level' = level + phi trend + alpha e        e = y - (level + phi trend)
 *   trend' = phi trend + alpha beta e
 *
 * alpha, beta and phi are those of a grid with the least sum of squared errors one step ahead. The
 * value h steps ahead is level + (phi + .. + phi^h) trend; its variance is
 * sigma^2 (1 + sum over j < h of (alpha (1 + beta (phi + .. + phi^j)))^2), table 6.1 there. A trend
 * must be worth it: where it takes less than TREND_WORTH off the errors of a level alone, there is
 * none, and the last level goes on. Bounds are those of Student's t, as sigma is estimated.
 *
 * A week is taken out of daily figures first, and put back last, by classical decomposition: what
 * each day of the week is to the mean of the seven days around it, as a factor where all figures
 * are positive, else as a difference. It is believed when the figures a week apart agree (a test of
 * the autocorrelation at lag 7, at 90 in 100). Fiorucci et al. 2016 judge the same way. */
#include "smooth.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { WEEKS_MIN = 3, POINTS_FOR_BOUNDS = 4, FITTED = 3 };

static const double trend_worth = 0.3;
static const double week_test = 1.645; /* of a normal distribution, both sides 90 in 100 */

/* ---- level and trend ------------------------------------------------------------------------- */

/* Runs the series through; the first two points start level and trend. */
static struct smooth run_through(const double *y, size_t n, double alpha, double beta, double phi)
{
    struct smooth m = {.alpha = alpha, .beta = beta, .phi = phi, .level = y[0], .n = n};
    m.trend = n > 1 && phi > 0 ? y[1] - y[0] : 0;
    for (size_t i = 1; i < n; i++) {
        double expected = m.level + phi * m.trend;
        double e = y[i] - expected;
        m.level = expected + alpha * e;
        m.trend = phi * m.trend + alpha * beta * e;
        m.squares += e * e;
    }
    return m;
}

static struct smooth fit_level(const double *y, size_t n)
{
    struct smooth best = run_through(y, n, 1, 0, 0);
    for (int a = 1; a < 20; a++) {
        struct smooth m = run_through(y, n, 0.05 * a, 0, 0);
        if (m.squares < best.squares)
            best = m;
    }
    return best;
}

static struct smooth fit_trend(const double *y, size_t n)
{
    static const double betas[] = {0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8};
    static const double phis[] = {0.8, 0.85, 0.9, 0.94, 0.98};
    struct smooth best = {.squares = INFINITY};
    for (int a = 1; a <= 20; a++)
        for (size_t b = 0; b < ARRAY_LEN(betas); b++)
            for (size_t p = 0; p < ARRAY_LEN(phis); p++) {
                struct smooth m = run_through(y, n, 0.05 * a, betas[b], phis[p]);
                if (m.squares < best.squares)
                    best = m;
            }
    return best;
}

static struct smooth fit(const double *y, size_t n)
{
    struct smooth level = fit_level(y, n);
    struct smooth trend = fit_trend(y, n);
    return trend.squares < (1 - trend_worth) * level.squares ? trend : level;
}

/* ---- the week -------------------------------------------------------------------------------- */

static double autocorrelation(const double *y, size_t n, double mean, size_t lag)
{
    double both = 0;
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += (y[i] - mean) * (y[i] - mean);
    for (size_t i = lag; i < n; i++)
        both += (y[i] - mean) * (y[i - lag] - mean);
    return all > 0 ? both / all : 0;
}

/* Do the figures a week apart agree beyond chance (Bartlett)? `y` has no trend. */
static bool has_week(const double *y, size_t n)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    double below = 0;
    for (size_t lag = 1; lag < SMOOTH_WEEK; lag++) {
        double r = autocorrelation(y, n, mean, lag);
        below += r * r;
    }
    double r = autocorrelation(y, n, mean, SMOOTH_WEEK);
    return r > week_test * sqrt((1 + 2 * below) / (double)n);
}

/* What a day is to the mean of the seven days of which it is the middle one. */
static double beside_mean(const double *y, size_t i, bool factors)
{
    double sum = 0;
    for (size_t k = i - 3; k <= i + 3; k++)
        sum += y[k];
    double mean = sum / SMOOTH_WEEK;
    if (factors)
        return mean > 0 ? y[i] / mean : 1;
    return y[i] - mean;
}

/* Finds the week and takes it out of y into `plain`; false: there is none. */
static bool take_week_out(const double *y, size_t n, double *plain, struct smooth *m)
{
    size_t days[SMOOTH_WEEK] = {0};
    double all = 0;
    m->factors = true;
    for (size_t i = 0; i < n; i++)
        m->factors = m->factors && y[i] > 0;
    memset(m->week, 0, sizeof m->week);
    for (size_t i = 3; i + 3 < n; i++)
        plain[i - 3] = beside_mean(y, i, m->factors);
    if (!has_week(plain, n - 6))
        return false;
    for (size_t i = 3; i + 3 < n; i++) {
        m->week[i % SMOOTH_WEEK] += plain[i - 3];
        days[i % SMOOTH_WEEK]++;
    }
    for (size_t d = 0; d < SMOOTH_WEEK; d++) {
        m->week[d] /= (double)days[d];
        all += m->week[d] / SMOOTH_WEEK;
    }
    for (size_t d = 0; d < SMOOTH_WEEK; d++)
        m->week[d] = m->factors ? m->week[d] / all : m->week[d] - all;
    for (size_t i = 0; i < n; i++)
        plain[i] = m->factors ? y[i] / m->week[i % SMOOTH_WEEK] : y[i] - m->week[i % SMOOTH_WEEK];
    return true;
}

void smooth_fit(const double *y, size_t n, bool daily, double *scratch, struct smooth *out)
{
    struct smooth week = {0};
    bool weekly = daily && n >= WEEKS_MIN * SMOOTH_WEEK && take_week_out(y, n, scratch, &week);
    *out = fit(weekly ? scratch : y, n);
    out->weekly = weekly;
    out->factors = week.factors;
    memcpy(out->week, week.week, sizeof out->week);
}

/* ---- ahead ----------------------------------------------------------------------------------- */

/* The share of Student's t with `dof` degrees that lies within -x .. x: the finite sums of
 * Abramowitz and Stegun 26.7.3 and 26.7.4. */
static double t_within(double x, size_t dof)
{
    double theta = atan(x / sqrt((double)dof));
    double c2 = cos(theta) * cos(theta);
    bool odd = dof % 2 == 1;
    double term = odd ? cos(theta) : 1;
    double sum = dof == 1 ? 0 : term;
    for (size_t k = odd ? 3 : 2; k < dof; k += 2) {
        term *= (double)(k - 1) / (double)k * c2;
        sum += term;
    }
    return odd ? 2 / M_PI * (theta + sin(theta) * sum) : sin(theta) * sum;
}

/* How many standard deviations hold `confidence`: bisection, the share is monotone. */
static double width_of(double confidence, size_t dof)
{
    double lo = 0;
    double hi = 1e6;
    dof = dof > 1000 ? 1000 : dof; /* a normal distribution, all but */
    for (int i = 0; i < 100; i++) {
        double mid = (lo + hi) / 2;
        if (t_within(mid, dof) < confidence)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* phi + .. + phi^h, and the sum that widens the variance. */
static struct smooth_walk walk_to(const struct smooth *m, size_t h, const struct smooth_walk *from)
{
    struct smooth_walk w =
        from != NULL && from->h > 0 && from->h <= h ? *from : (struct smooth_walk){0, 0, 1};
    while (w.h < h) {
        if (w.h > 0) {
            double weight = m->alpha * (1 + m->beta * w.damp);
            w.spread += weight * weight;
        }
        w.damp += pow(m->phi, (double)++w.h);
    }
    return w;
}

struct smooth_point smooth_at(const struct smooth *m, size_t h, double confidence,
                              struct smooth_walk *walk)
{
    struct smooth_walk w = walk_to(m, h, walk);
    size_t dof = m->n > FITTED + 1 ? m->n - 1 - FITTED : 1;
    double off = width_of(confidence, dof) * sqrt(m->squares / (double)dof * w.spread);
    struct smooth_point p = {.value = m->level + w.damp * m->trend,
                             .known = m->n > POINTS_FOR_BOUNDS};
    p.lower = p.value - off;
    p.upper = p.value + off;
    if (walk != NULL)
        *walk = w;
    if (!m->weekly)
        return p;
    double day = m->week[(m->n - 1 + h) % SMOOTH_WEEK];
    double scale = m->factors ? day : 1;
    double shift = m->factors ? 0 : day;
    p.value = p.value * scale + shift;
    p.lower = p.lower * scale + shift;
    p.upper = p.upper * scale + shift;
    return p;
}
