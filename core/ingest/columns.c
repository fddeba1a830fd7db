/* SPDX-License-Identifier: MIT
 *
 * Column names. */
#include "columns.h"

static const char *const fixed[ROLE_ATTR] = {"state", "district", "block", "panchayat",
                                             "date",  "sector",   "count", "registration_id"};

static bool same_name(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        char c = a.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c == ' ' || c == '-')
            c = '_';
        if (c != b.p[i])
            return false;
    }
    return true;
}

static bool is_open(size_t attr)
{
    return attr != ATTR_SOURCE && attr != ATTR_BATCH;
}

int column_role(struct str name)
{
    name = str_trim(name);
    for (int i = 0; i < ROLE_ATTR; i++)
        if (same_name(name, str_of(fixed[i])))
            return i;
    for (size_t i = 0; i < schema_in_use()->n; i++)
        if (is_open(i) && same_name(name, str_of(schema_in_use()->attr[i].name)))
            return ROLE_ATTR + (int)i;
    return -1;
}

struct str column_name(int role)
{
    ASSERT(role >= 0 && role < ROLE_ATTR + (int)schema_in_use()->n);
    return str_of(role < ROLE_ATTR ? fixed[role] : schema_in_use()->attr[role - ROLE_ATTR].name);
}

void column_near(struct str word, struct near_list *out)
{
    for (int i = 0; i < ROLE_ATTR; i++)
        near_offer(out, word, str_of(fixed[i]));
    for (size_t i = 0; i < schema_in_use()->n; i++)
        if (is_open(i))
            near_offer(out, word, str_of(schema_in_use()->attr[i].name));
}
