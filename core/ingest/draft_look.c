/* SPDX-License-Identifier: MIT
 *
 * Looking at the beginning of a file. Names come first: those in use are certain. Then content:
 * a column is what four of five of its words are. Numbers say nothing: a 7 may be a district, a
 * sector, an age. Last comes what a name resembles. No two columns are the same. */
#include "draft_look.h"

#include "base/digits.h"
#include "csv.h"
#include "data/name.h"
#include "mapping_int.h"
#include "unknown.h"

enum { ROWS_MAX = 2000 };

/* Names in use, as name_key has them. */
static const struct {
    const char *role, *names;
} in_use[] = {
    {"state", "state name|राज्य|राज्य का नाम"},
    {"district",
     "district name|dist|distt|district code|zila|jila|name of district|जिला|ज\u093cिला|जिला "
     "का नाम|जिले का "
     "नाम|जनपद"},
    {"block",
     "block name|block code|prakhand|development block|cd block|name of block|प्रखंड|प्रखण्ड|ब्लॉक|"
     "विकासखंड|विकास खंड|विकास खण्ड|प्रखंड का नाम"},
    {"panchayat",
     "gram panchayat|gp|gp name|panchayat name|gram panchayat name|पंचायत|ग्राम पंचायत|पंचायत का "
     "नाम"},
    {"date", "registration date|date of registration|reg date|regn "
             "date|regdate|दिनांक|तारीख|तारीख\u093c|तिथि|"
             "पंजीकरण तिथि|पंजीयन तिथि|निबंधन तिथि|निबंधन की तिथि|पंजीकरण की तिथि|"
             "पंजीयन दिनांक|पंजीकरण "
             "दिनांक"},
    {"sector", "sector name|occupation sector|sector of work|"
               "क्षेत्र|कार्य क्षेत्र|कार्यक्षेत्र|सेक्टर|प्रक्षेत्र"},
    {"count", "total|number|number of registrations|no of registrations|registrations|"
              "संख्या|कुल|कुल "
              "संख्या|कुल निबंधन|निबंधन संख्या|पंजीकरण संख्या|श्रमिकों की संख्या"},
    {"registration_id",
     "uan|uan no|uan number|registration no|registration number|reg no|reg id|यूएएन|निबंधन "
     "क्रमांक|पंजीकरण क्रमांक"},
    {"occupation", "occupation name|trade|profession|primary occupation|पेशा|व्यवसाय"},
    {"gender", "sex|लिंग"},
    {"age", "age in years|age years|आयु|उम्र"},
    {"category", "social category|caste category|caste|वर्ग|सामाजिक वर्ग|जाति|श्रेणी|कोटि"},
    {"channel", "mode|registration mode|mode of registration|माध्यम|पंजीकरण माध्यम"},
    {"centre", "center|csc|csc name|csc id|csc centre|centre name|vle|"
               "केंद्र|केन्द्र|केंद्र का नाम"},
    {"camp", "camp name|शिविर|कैंप|कैम्प"},
    {"department", "dept|department name|विभाग"},
    {"establishment", "factory|employer|establishment name|कारखाना|प्रतिष्ठान|नियोक्ता"},
};

/* In the order in which they are tried: the day before the month, as India writes. */
static const char *const forms[] = {
    "DD-MM-YYYY",   "DD/MM/YYYY",   "DD.MM.YYYY", "DD MMM YYYY", "DD-MMM-YYYY",
    "DD-MMM-YY",    "DD MMM YY",    "DD-MM-YY",   "DD/MM/YY",    "DD.MM.YY",
    "DD MMM, YYYY", "MMM DD, YYYY", "YYYY/MM/DD", "YYYY.MM.DD",  "YYYY-MM-DD *",
    "DD-MM-YYYY *", "DD/MM/YYYY *", "MM/DD/YYYY", "MM/DD/YY",    "DDMMYYYY",
};
STATIC_ASSERT(ARRAY_LEN(forms) == LOOK_FORMS, "each is counted");

/* How many columns and values a look is at. */
struct looking {
    struct look *look;
    struct arena *mem;
    const struct mapping *given;
    const struct place_tree *tree;
    struct date_form form[LOOK_FORMS];
    size_t rows;
};

static bool is_one_of(const char *list, struct str key)
{
    while (*list != '\0') {
        size_t n = strcspn(list, "|");
        if (str_eq((struct str){list, n}, key))
            return true;
        list += n + (list[n] == '|');
    }
    return false;
}

static bool same_key(const char *name, struct str key)
{
    char buf[NAME_KEY_BYTES_MAX];
    return name != NULL && str_eq(name_key(str_of(name), buf), key);
}

/* The role that goes by this name. */
static int named(struct str name)
{
    char buf[NAME_KEY_BYTES_MAX];
    struct str key = name_key(name, buf);
    for (size_t i = 0; i < ARRAY_LEN(in_use); i++)
        if (is_one_of(in_use[i].names, key))
            return column_role(str_of(in_use[i].role));
    for (size_t a = 0; a < schema_in_use()->n; a++) {
        const struct attr *is = &schema_in_use()->attr[a];
        if (same_key(is->title_en, key) || same_key(is->title_hi, key))
            return column_role(str_of(is->name));
    }
    return -1;
}

/* ---- what stands there ---------------------------------------------------------------------- */

static bool is_mute(const struct look *l, size_t i)
{
    char mine[NAME_KEY_BYTES_MAX], other[NAME_KEY_BYTES_MAX];
    struct str name = l->column[i].name;
    struct str key = name_key(name, mine);
    if (key.n == 0 || utf8_check(name) < name.n)
        return true;
    for (size_t k = 0; k < i; k++)
        if (str_eq(key, name_key(l->column[k].name, other)))
            return true;
    return false;
}

static int look_header(struct looking *k, const struct csv_record *record, struct err *err)
{
    struct look *l = k->look;
    l->column = ARENA_ARRAY(k->mem, struct look_column, record->n);
    if (l->column == NULL)
        return err_set(err, ERR_MEM, "no memory for the draft");
    l->columns = record->n;
    for (size_t i = 0; i < record->n; i++) {
        struct look_column *c = &l->column[i];
        struct str name = str_trim(record->field[i]);
        char *copy = arena_alloc(k->mem, name.n + 1);
        if (copy == NULL)
            return err_set(err, ERR_MEM, "no memory for the draft");
        c->name = (struct str){copy, digits_hide(name, copy)};
        c->role = column_role(mapping_column(k->given, name));
        c->how = c->role >= 0 ? LOOK_KNOWN : is_mute(l, i) ? LOOK_MUTE : LOOK_NONE;
        if (c->role >= 0)
            l->taken[c->role] = true;
    }
    return 0;
}

static bool fits(const struct looking *k, int role, struct str word)
{
    uint32_t order;
    const struct list *list = role_list(role);
    if (list != NULL)
        return list_find(list, mapping_word(k->given, column_name(role), word)) >= 0;
    return role <= ROLE_PANCHAYAT && place_find(k->tree, role_level(role), 0, word, &order, 1) > 0;
}

static void look_date(struct looking *k, struct look_column *c, struct str s)
{
    int32_t day;
    if (date_parse(s, &day, NULL) == 0)
        c->plain_dates++;
    for (size_t i = 0; i < LOOK_FORMS; i++)
        c->rest[i] += date_form_read(&k->form[i], s, &day);
}

static void look_value(struct looking *k, struct look_column *c, struct str s)
{
    int64_t number;
    if (s.n == 0 || s.n > NAME_BYTES_MAX)
        return;
    c->values++;
    look_date(k, c, s);
    if (c->role >= 0 || str_to_i64(s, &number) == 0)
        return;
    c->words++;
    for (int role = 0; role < ROLE_ATTR + (int)schema_in_use()->n; role++)
        if (unknown_role(role) && !k->look->taken[role])
            c->fits[role] += fits(k, role, s);
}

static int on_record(void *ctx, const struct csv_record *record, struct err *err)
{
    struct looking *k = ctx;
    if (k->look->column == NULL)
        return look_header(k, record, err);
    if (k->rows++ >= ROWS_MAX)
        return 0;
    for (size_t i = 0; i < record->n && i < k->look->columns; i++)
        if (utf8_check(record->field[i]) == record->field[i].n)
            look_value(k, &k->look->column[i], str_trim(record->field[i]));
    return 0;
}

/* ---- what that means ------------------------------------------------------------------------ */

static void take(struct look *l, struct look_column *c, int role, enum look_how how)
{
    if (role < 0 || c->how != LOOK_NONE || l->taken[role])
        return;
    c->role = role;
    c->how = how;
    l->taken[role] = true;
}

static bool is_date_column(const struct look_column *c)
{
    uint64_t most = c->plain_dates;
    for (size_t i = 0; i < LOOK_FORMS; i++)
        most = c->rest[i] > most ? c->rest[i] : most;
    return c->values > 0 && most * 5 >= c->values * UINT64_C(4);
}

/* The role that most words of the column fit; -1: no four of five. */
static int by_content(const struct look *l, const struct look_column *c)
{
    int best = -1;
    if (is_date_column(c) && !l->taken[ROLE_DATE])
        return ROLE_DATE;
    for (int role = 0; role < ROLES; role++)
        if (!l->taken[role] && (best < 0 || c->fits[role] > c->fits[best]))
            best = role;
    return best >= 0 && c->words > 0 && c->fits[best] * UINT64_C(5) >= c->words * UINT64_C(4) ? best
                                                                                              : -1;
}

static int by_near(const struct look_column *c)
{
    struct near_list near;
    near_init(&near);
    column_near(c->name, &near);
    return near.n > 0 ? column_role(near.name[0]) : -1;
}

static void decide(struct look *l)
{
    for (size_t i = 0; i < l->columns; i++)
        take(l, &l->column[i], named(l->column[i].name), LOOK_NAMED);
    for (size_t i = 0; i < l->columns; i++)
        take(l, &l->column[i], by_content(l, &l->column[i]), LOOK_CONTENT);
    for (size_t i = 0; i < l->columns; i++)
        take(l, &l->column[i], by_near(&l->column[i]), LOOK_NEAR);
}

/* ---- how days are written ------------------------------------------------------------------- */

/* Counts anew what the forms found so far leave over. */
struct dates {
    struct looking *k;
    size_t column;
    const struct date_form *found[DATE_FORMS_MAX];
    size_t founds;
    size_t rows;
    uint64_t count[LOOK_FORMS], left;
    bool header;
};

static int on_date(void *ctx, const struct csv_record *record, struct err *err)
{
    struct dates *d = ctx;
    int32_t day;
    (void)err;
    if (!d->header || d->rows++ >= ROWS_MAX || d->column >= record->n) {
        d->header = true;
        return 0;
    }
    struct str s = str_trim(record->field[d->column]);
    for (size_t i = 0; i < d->founds; i++)
        if (date_form_read(d->found[i], s, &day))
            return 0;
    if (s.n == 0 || date_parse_iso(s, &day, NULL) == 0)
        return 0;
    d->left++;
    for (size_t i = 0; i < LOOK_FORMS; i++)
        d->count[i] += date_form_read(&d->k->form[i], s, &day);
    return 0;
}

static int read_text(struct str text, csv_fn fn, void *ctx, struct err *err)
{
    struct csv *csv = mem_alloc(MEM_INGEST, sizeof *csv);
    if (csv == NULL)
        return err_set(err, ERR_MEM, "no memory for the draft");
    csv_init(csv, fn, ctx);
    int rc = csv_push(csv, text.p, text.n, err);
    csv_fini(csv);
    mem_free(MEM_INGEST, csv);
    return rc == ERR_MEM ? rc : 0;
}

/* The form of most dates that are left, and so on, until one of fifty or fewer is left. */
static int find_forms(struct looking *k, struct str text, size_t column, struct err *err)
{
    struct dates d = {.k = k, .column = column};
    struct look *l = k->look;
    uint32_t values = l->column[column].values;
    while (l->forms < DATE_FORMS_MAX) {
        size_t best = 0;
        memset(d.count, 0, sizeof d.count);
        d.left = d.rows = 0;
        d.header = false;
        TRY(read_text(text, on_date, &d, err));
        for (size_t i = 1; i < LOOK_FORMS; i++)
            if (d.count[i] > d.count[best])
                best = i;
        if (d.count[best] == 0 || d.count[best] * 50 < values)
            break;
        d.found[d.founds++] = &k->form[best];
        l->form[l->forms++] = forms[best];
    }
    return 0;
}

/* Days that are read without a mapping need none. */
static int look_forms(struct looking *k, struct str text, struct err *err)
{
    const struct date_form *given;
    struct look *l = k->look;
    for (size_t i = 0; i < l->columns; i++) {
        const struct look_column *c = &l->column[i];
        bool all = c->plain_dates * UINT64_C(50) >= c->values * UINT64_C(49);
        if (c->role == ROLE_DATE && !all && mapping_date_forms(k->given, &given) == 0)
            return find_forms(k, text, i, err);
    }
    return 0;
}

int look_at(struct look *out, struct arena *mem, struct str text, const struct mapping *given,
            const struct place_tree *tree, struct err *err)
{
    struct str column, value;
    struct looking k = {.look = out, .mem = mem, .given = given, .tree = tree};
    *out = (struct look){.column = NULL};
    for (size_t i = 0; mapping_constant(given, i, &column, &value); i++)
        out->taken[column_role(column)] = true;
    for (size_t i = 0; i < LOOK_FORMS; i++)
        TRY(date_form_parse(str_of(forms[i]), &k.form[i], err));
    TRY(read_text(text, on_record, &k, err));
    decide(out);
    return look_forms(&k, text, err);
}
