/* SPDX-License-Identifier: MIT
 *
 * The attributes that a registration has unless the configuration declares others. */
#include "data/schema.h"

const struct schema schema_default = {
    .n = 11,
    .attr =
        {
            [ATTR_SOURCE] = {"source", ATTR_TEXT, NULL, 0, 0, "Source", "स्रोत"},
            [ATTR_BATCH] = {"batch", ATTR_TEXT, NULL, 0, 0, "Batch", "खेप"},
            {"occupation", ATTR_TEXT, NULL, 0, 0, "Occupation", "व्यवसाय"},
            {"gender", ATTR_CHOICE, &list_gender, 0, 0, "Gender", "लिंग"},
            {"age", ATTR_INT, NULL, 0, 120, "Age", "आयु"},
            {"category", ATTR_CHOICE, &list_category, 0, 0, "Category", "वर्ग"},
            {"channel", ATTR_CHOICE, &list_channel, 0, 0, "Channel", "माध्यम"},
            {"centre", ATTR_TEXT, NULL, 0, 0, "Centre", "केंद्र"},
            {"camp", ATTR_TEXT, NULL, 0, 0, "Camp", "शिविर"},
            {"department", ATTR_TEXT, NULL, 0, 0, "Department", "विभाग"},
            {"establishment", ATTR_TEXT, NULL, 0, 0, "Establishment", "प्रतिष्ठान"},
        },
};

int schema_find(const struct schema *s, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq_nocase(str_of(s->attr[i].name), name)) {
            return (int)i;
        }
    }
    return -1;
}
