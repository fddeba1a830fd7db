/* SPDX-License-Identifier: MIT
 *
 * Lists of coded values. The sector names are those of the portal's published records; the Hindi
 * names are ours where the portal's documents give none. */
#include "data/list.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "data/name.h"

static const struct list_item sector_items[] = {
    {1, "Agriculture", "कृषि", "farm|farming|खेती|कृषि क्षेत्र", false},
    {2, "Apparel", "परिधान", "garments", false},
    {3, "Automobile & Transportation", "ऑटोमोबाइल और परिवहन",
     "automobile and transportation|transport|परिवहन", false},
    {4, "Banking, Financial Services & Insurance", "बैंकिंग, वित्तीय सेवाएँ और बीमा",
     "bfsi|banking financial services insurance|banking financial services and insurance", false},
    {5, "Beauty & Wellness", "सौंदर्य और स्वास्थ्य देखभाल", "beauty and wellness", false},
    {6, "Capital Goods & Manufacturing", "पूंजीगत सामान और विनिर्माण",
     "capital goods and manufacturing|manufacturing|विनिर्माण", false},
    {7, "Construction", "निर्माण", "building|निर्माण क्षेत्र", false},
    {8, "Domestic and Household Workers", "घरेलू और परिवार कामगार",
     "domestic & household workers|domestic|घरेलू कामगार", false},
    {9, "Education", "शिक्षा", "", false},
    {10, "Electronics & HW", "इलेक्ट्रॉनिक्स और हार्डवेयर",
     "electronics and hw|electronics & hardware|electronics and hardware", false},
    {11, "Food Industry", "खाद्य उद्योग", "", false},
    {12, "Gem & Jewellery", "रत्न और आभूषण", "gem and jewellery|gems & jewellery", false},
    {13, "Glass & Ceramics", "काँच और सिरेमिक", "glass and ceramics", false},
    {14, "Handicrafts & Carpets", "हस्तशिल्प और कालीन", "handicrafts and carpets", false},
    {15, "Healthcare", "स्वास्थ्य सेवा", "health|health care|स्वास्थ्य", false},
    {16, "Leather Industry Works", "चमड़ा उद्योग", "leather|leather industry", false},
    {17, "Mining", "खनन", "", false},
    {18, "Miscellaneous", "विविध", "misc", false},
    {19, "Musical Instruments", "वाद्य यंत्र", "", false},
    {20, "Office Administration & Facility Management", "कार्यालय प्रशासन और सुविधा प्रबंधन",
     "office administration and facility management", false},
    {21, "Organised Retail", "संगठित खुदरा", "organized retail", false},
    {22, "Printing", "मुद्रण", "", false},
    {23, "Private Security", "निजी सुरक्षा", "", false},
    {24, "Professionals", "पेशेवर", "", false},
    {25, "Retail", "खुदरा व्यापार", "खुदरा", false},
    {26, "Service", "सेवा", "services", false},
    {27, "Textile & Handloom", "वस्त्र और हथकरघा",
     "textile and handloom|"
     "textiles & handloom",
     false},
    {28, "Tobacco Industry", "तंबाकू उद्योग", "tobacco", false},
    {29, "Tourism & Hospitality", "पर्यटन और आतिथ्य", "tourism and hospitality", false},
    {30, "Wood & Carpentry", "लकड़ी और बढ़ईगीरी", "wood and carpentry|carpentry", false},
};

static const struct list_item gender_items[] = {
    {0, "F", "F", "female|woman|women|महिला|म|स्त्री", false},
    {1, "M", "M", "male|man|men|पुरुष|पु", false},
    {2, "O", "O", "other|others|transgender|अन्य", false},
};

static const struct list_item category_items[] = {
    {0, "OBC", "OBC", "other backward class|other backward classes|अन्य पिछड़ा वर्ग|ओबीसी", false},
    {1, "GEN", "GEN", "general|unreserved|ur|सामान्य|जनरल|अनारक्षित", false},
    {2, "SC", "SC", "scheduled caste|अनुसूचित जाति|एससी|अजा", false},
    {3, "ST", "ST", "scheduled tribe|अनुसूचित जनजाति|एसटी|अजजा", false},
};

static const struct list_item channel_items[] = {
    {0, "CSC", "CSC",
     "common service centre|common service center|"
     "प्रज्ञा केंद्र|जन सेवा केंद्र",
     false},
    {1, "SELF", "SELF", "self registration|portal|स्वयं", false},
    {2, "SSK", "SSK", "state seva kendra|राज्य सेवा केंद्र", false},
    {3, "UMANG", "UMANG", "umang app|उमंग", false},
};

#define LIST_OF(label, array)                                                                      \
    {                                                                                              \
        label, ARRAY_LEN(array), array                                                             \
    }
const struct list list_sectors = LIST_OF("sectors", sector_items);
const struct list list_gender = LIST_OF("gender", gender_items);
const struct list list_category = LIST_OF("category", category_items);
const struct list list_channel = LIST_OF("channel", channel_items);

STATIC_ASSERT(ARRAY_LEN(sector_items) == 30, "the portal has thirty sectors");

/* Equal by key. `key` is a key already. */
static bool names_it(struct str name, struct str key)
{
    char buf[NAME_KEY_BYTES_MAX];
    return str_eq(name_key(name, buf), key);
}

static bool in_aliases(const char *aliases, struct str key)
{
    const char *p = aliases;
    while (*p) {
        size_t n = strcspn(p, "|");
        if (names_it((struct str){p, n}, key)) {
            return true;
        }
        p += n + (p[n] == '|');
    }
    return false;
}

int list_find_code(const struct list *l, int64_t code)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].code == code) {
            return (int)i;
        }
    }
    return -1;
}

int list_find(const struct list *l, struct str text)
{
    int64_t code;
    if (str_to_i64(text, &code) == 0) {
        return list_find_code(l, code);
    }
    char buf[NAME_KEY_BYTES_MAX];
    struct str key = name_key(text, buf);
    if (key.n == 0) {
        return -1;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct list_item *it = &l->items[i];
        if (names_it(str_of(it->name), key) || names_it(str_of(it->name_hi), key) ||
            in_aliases(it->aliases, key)) {
            return (int)i;
        }
    }
    return -1;
}

void list_near(const struct list *l, struct str text, struct near_list *out)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].retired) {
            continue;
        }
        near_offer(out, text, str_of(l->items[i].name));
        near_offer(out, text, str_of(l->items[i].name_hi));
    }
}

void list_allowed(const struct list *l, char out[LIST_NAMES_BYTES])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < l->n; i++) {
        const char *name = l->items[i].name;
        if (l->items[i].retired) {
            continue;
        }
        if (n + strlen(name) + sizeof(", ...") > LIST_NAMES_BYTES - 1) {
            memcpy(out + n, ", ...", sizeof(", ..."));
            return;
        }
        n += (size_t)snprintf(out + n, LIST_NAMES_BYTES - n, "%s%s", n > 0 ? ", " : "", name);
    }
}

void list_near_alias(const struct list *l, struct str text, struct near_list *out)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].retired) {
            continue;
        }
        for (const char *p = l->items[i].aliases; *p != '\0';) {
            size_t n = strcspn(p, "|");
            near_offer(out, text, (struct str){p, n});
            p += n + (p[n] == '|');
        }
    }
}

struct str list_item_name(const struct list *l, int64_t index, bool hindi)
{
    ASSERT(index >= 0 && (size_t)index < l->n);
    const struct list_item *it = &l->items[index];
    return str_of(hindi ? it->name_hi : it->name);
}
