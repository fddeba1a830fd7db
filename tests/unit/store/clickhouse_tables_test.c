/* SPDX-License-Identifier: MIT
 *
 * Which statements make the tables: on a node, on a cluster, and where some are there. */
#include "store/clickhouse_tables.h"

#include "store/clickhouse_fake.h"

static int make(struct fake *f, const struct fake_answer *answers, const char *cluster, bool here,
                struct err *err)
{
    fake_start(f, answers);
    struct clickhouse c = fake_connection(f, cluster);
    int rc = clickhouse_tables(&c, &schema_default, here, NULL, err);
    fake_stop(f);
    return rc;
}

static const struct fake_answer one_node[] = {{"system.columns", "1\n", 0}, {NULL, NULL, 0}};

static void a_node_gets_rows_cells_and_what_feeds_them(void **state)
{
    (void)state;
    struct fake f;
    fake_start(&f, one_node);
    struct clickhouse c = fake_connection(&f, "");
    assert_int_equal(clickhouse_tables(&c, &schema_default, false, NULL, NULL), 0);
    assert_int_equal(fake_count(&f, "CREATE DATABASE IF NOT EXISTS panji"), 1);
    assert_int_equal(fake_count(&f, "CREATE TABLE IF NOT EXISTS panji.registrations (state"), 1);
    assert_int_equal(fake_count(&f, "`attr_gender` Int8 DEFAULT -128"), 1);
    assert_int_equal(fake_count(&f, "ENGINE = SummingMergeTree PARTITION BY"), 1);
    assert_int_equal(fake_count(&f, "VIEW IF NOT EXISTS panji.cells_feed TO panji.cells AS"), 1);
    assert_int_equal(fake_count(&f, "ON CLUSTER"), 0);
    assert_int_equal(fake_count(&f, "Distributed"), 0);
    assert_int_equal(fake_count(&f, "ALTER TABLE"), 0);
    fake_stop(&f);
}

static void attributes_declared_later_become_columns(void **state)
{
    (void)state;
    static const struct fake_answer answers[] = {
        {"= '`attr_gender`'", "0\n", 0}, {"system.columns", "1\n", 0}, {NULL, NULL, 0}};
    struct fake f;
    fake_start(&f, answers);
    struct clickhouse c = fake_connection(&f, "");
    assert_int_equal(clickhouse_tables(&c, &schema_default, false, NULL, NULL), 0);
    assert_int_equal(fake_count(&f, "ALTER TABLE"), 1);
    assert_int_equal(fake_count(&f, "ALTER TABLE panji.registrations ADD COLUMN `attr_gender` "
                                    "Int8 DEFAULT -128"),
                     1);
    fake_stop(&f);
}

static void a_cluster_has_tables_on_all_nodes_and_views_of_them(void **state)
{
    (void)state;
    static const struct fake_answer answers[] = {{"system.macros", "2\n", 0},
                                                 {"system.clusters", "3\n", 0},
                                                 {"cluster('c'", "0\n", 0},
                                                 {"system.columns", "1\n", 0},
                                                 {NULL, NULL, 0}};
    struct fake f;
    fake_start(&f, answers);
    struct clickhouse c = fake_connection(&f, "c");
    assert_int_equal(clickhouse_tables(&c, &schema_default, false, NULL, NULL), 0);
    assert_int_equal(fake_count(&f, "panji.registrations_local ON CLUSTER c ("), 1);
    assert_int_equal(fake_count(&f, "ReplicatedMergeTree('/clickhouse/tables/{shard}/panji/"
                                    "registrations', '{replica}')"),
                     1);
    assert_int_equal(fake_count(&f, "CREATE TABLE IF NOT EXISTS panji.registrations AS "
                                    "panji.registrations_local ENGINE = Distributed(c, panji, "
                                    "registrations_local, district)"),
                     1);
    assert_int_equal(fake_count(&f, "panji.cells AS panji.cells_local ENGINE = Distributed"), 1);
    fake_stop(&f);
}

static void tables_made_node_by_node_need_no_queue_of_changes(void **state)
{
    (void)state;
    static const struct fake_answer answers[] = {{"system.macros", "0\n", 0},
                                                 {"system.clusters", "2\n", 0},
                                                 {"cluster('c'", "2\n", 0},
                                                 {"system.columns", "1\n", 0},
                                                 {NULL, NULL, 0}};
    struct fake f;
    fake_start(&f, answers);
    struct clickhouse c = fake_connection(&f, "c");
    assert_int_equal(clickhouse_tables(&c, &schema_default, true, NULL, NULL), 0);
    assert_int_equal(fake_count(&f, "Distributed"), 0);
    assert_int_equal(fake_count(&f, "IF NOT EXISTS panji.registrations_local ("), 1);
    assert_int_equal(clickhouse_tables(&c, &schema_default, false, NULL, NULL), 0);
    assert_int_equal(fake_count(&f, "Distributed"), 2);
    assert_int_equal(fake_count(&f, "ON CLUSTER"), 0);
    fake_stop(&f);
}

static void what_cannot_be_made_is_told(void **state)
{
    (void)state;
    static const struct fake_answer no_queue[] = {
        {"system.macros", "0\n", 0},
        {"system.clusters", "2\n", 0},
        {"cluster('c'", "1\n", 0},
        {"ON CLUSTER",
         "Code: 49, e.displayText() = DB::Exception: DDL background thread is not "
         "initialized., e.what() = DB::Exception\n",
         500},
        {NULL, NULL, 0}};
    static const struct fake_answer no_cluster[] = {
        {"system.macros", "0\n", 0}, {"system.clusters", "0\n", 0}, {NULL, NULL, 0}};
    struct fake f;
    struct err err = {0};
    assert_int_equal(make(&f, no_queue, "c", false, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.hint, "--tables"));
    assert_non_null(strstr(err.msg, "DDL background thread"));
    assert_int_equal(make(&f, no_cluster, "c", false, &err), ERR_PARAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_gets_rows_cells_and_what_feeds_them),
        cmocka_unit_test(attributes_declared_later_become_columns),
        cmocka_unit_test(a_cluster_has_tables_on_all_nodes_and_views_of_them),
        cmocka_unit_test(tables_made_node_by_node_need_no_queue_of_changes),
        cmocka_unit_test(what_cannot_be_made_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
