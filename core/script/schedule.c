/* SPDX-License-Identifier: MIT
 *
 * Schedules: reports that are sent by themselves, checked when the plugin is loaded. */
#include <ctype.h>

#include "base/near.h"
#include "object.h"

/* "18:00" as minutes of the day, -1 when it is none. */
static int minute_of(struct str s)
{
    if (s.n != 5 || s.p[2] != ':')
        return -1;
    for (size_t i = 0; i < s.n; i++)
        if (i != 2 && !isdigit((unsigned char)s.p[i]))
            return -1;
    int hour = (s.p[0] - '0') * 10 + s.p[1] - '0';
    int minute = (s.p[3] - '0') * 10 + s.p[4] - '0';
    return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static const struct report *find_report(const struct plugin_object *o, struct reader *r,
                                        struct str name)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < o->pub.reports; i++) {
        if (str_eq(o->pub.report[i].name, name))
            return &o->pub.report[i];
        near_offer(&near, name, o->pub.report[i].name);
    }
    struct err *e =
        reader_fault(r, name, ERR_UNKNOWN_NAME, "there is no report \"%.*s\"", STR_ARG(name));
    near_hint(&near, e);
    return NULL;
}

static const struct param *find_param(const struct report *report, struct str name)
{
    for (size_t i = 0; i < report->params; i++)
        if (str_eq(report->param[i].name, name))
            return &report->param[i];
    return NULL;
}

/* `each` fills the parameter of that name; the others that are required are given. */
static void check_params(struct reader *r, const struct schedule_decl *d,
                         const struct schedule *schedule)
{
    const struct report *report = schedule->report;
    for (size_t i = 0; i < d->params.n; i++)
        if (find_param(report, d->params.name[i]) == NULL)
            reader_fault(r, d->params.name[i], ERR_UNKNOWN_NAME,
                         "the report has no parameter \"%.*s\"", STR_ARG(d->params.name[i]));
    if (d->each.n > 0 && find_param(report, d->each) == NULL)
        reader_fault(r, d->each, ERR_UNKNOWN_NAME,
                     "each = \"%.*s\" needs a parameter of that name in the report",
                     STR_ARG(d->each));
    for (size_t i = 0; i < report->params; i++) {
        bool given = str_eq(report->param[i].name, d->each);
        for (size_t k = 0; k < d->params.n; k++)
            given = given || str_eq(report->param[i].name, d->params.name[k]);
        if (report->param[i].required && !given)
            reader_fault(r, STR("report"), ERR_PARAM, "the report needs the parameter \"%.*s\"",
                         STR_ARG(report->param[i].name));
    }
}

int schedule_check(struct plugin_object *o, size_t declaration, struct schedule *schedule,
                   struct err *err)
{
    const struct schedule_decl *d = o->data[declaration];
    struct reader r;
    object_reader(o, declaration, &r);
    schedule->title = d->title;
    schedule->deliver = d->deliver;
    schedule->format = d->format.n ? d->format : STR("csv");
    schedule->level = d->each.n ? place_level_parse(d->each) : -1;
    schedule->minute = minute_of(d->at);
    if (schedule->minute < 0) {
        struct err *e =
            reader_fault(&r, d->at, ERR_VALUE, "at = \"%.*s\" is no time of day", STR_ARG(d->at));
        err_hint(e, "write \"18:00\"");
    }
    struct arg *arg = ARENA_ARRAY(&o->arena, struct arg, d->params.n);
    if (!arg)
        return err_set(err, ERR_MEM, "no memory for a schedule");
    for (size_t i = 0; i < d->params.n; i++)
        arg[i] = (struct arg){d->params.name[i], d->params.value[i]};
    schedule->arg = arg;
    schedule->args = d->params.n;
    schedule->report = find_report(o, &r, d->report);
    if (schedule->report != NULL)
        check_params(&r, d, schedule);
    return 0;
}
