/* SPDX-License-Identifier: MIT
 *
 * The manual page and the completion: all commands and options are in them. Whether man and bash
 * take them is seen end to end. */
#include "../../../core/main/manual.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

static const struct cli_option options[] = {
    {"on-error", "reject|skip", "refuse, or .leave \\out", false},
    {"param", "NAME=VALUE", "a parameter", true},
    {"dry-run", NULL, "store nothing", false},
};
static const struct cli_command table[] = {
    {"import", "FILE...", 1, 9, "Import files", options, 3, NULL},
    {"version", "", 0, 0, "Print the version", NULL, 0, NULL},
};

static char *text;
static size_t size;

static void the_page_has_all(void **state)
{
    (void)state;
    FILE *f = open_memstream(&text, &size);
    manual_page(table, 2, "1.2.3", f);
    fclose(f);
    assert_non_null(strstr(text, ".Dt PANJI 1"));
    assert_non_null(strstr(text, ".Ss import FILE..."));
    assert_non_null(strstr(text, ".It Fl \\-on-error Ar reject|skip\nrefuse, or .leave \\eout.\n"));
    assert_non_null(strstr(text, "a parameter (may be repeated).\n"));
    assert_non_null(strstr(text, ".Ss version\nPrint the version.\n"));
    free(text);
}

static void the_completion_has_all(void **state)
{
    (void)state;
    FILE *f = open_memstream(&text, &size);
    manual_completion(table, 2, f);
    fclose(f);
    assert_non_null(strstr(text, "words=\"import version --help\""));
    assert_non_null(strstr(text, "import:--on-error) words=\"reject skip\" ;;"));
    assert_non_null(strstr(text, "import) words=\"--on-error --param --dry-run --help\" ;;"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_all),
        cmocka_unit_test(the_completion_has_all),
    };
    return cmocka_run_group_tests_name("main/manual", tests, NULL, NULL);
}
