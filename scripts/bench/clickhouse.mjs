// SPDX-License-Identifier: MIT
//
// ClickHouse in this process, through chdb. Two tables: `registrations`, and `cells`, the counts
// that a ClickHouse user would keep beside it for the questions of place, sector and date.

import { createRequire } from "node:module";
import { Session } from "chdb";
import { columns, CSV_COLUMNS, KEY } from "./country.mjs";
import { timed, seconds } from "./timing.mjs";

const SORTED = `ENGINE = MergeTree ORDER BY (${KEY.join(", ")})`;

export class ClickHouse {
    constructor({ path, threads }) {
        this.session = new Session(path);
        const dialect = {
            week_of_date: "toMonday(date)",
            month_of_date: "toStartOfMonth(date)",
            decade_of_age: "intDiv(age - 16, 10)",
            tail: `settings max_threads = ${threads}`,
        };
        this.dialects = {
            raw: { ...dialect, table: "registrations", count: "count(*)" },
            cells: { ...dialect, table: "cells", count: "sum(n)" },
        };
        this.threads = threads;
    }

    version() {
        const { version } = createRequire(import.meta.url)("chdb/package.json");
        const [engine] = this.session.query("select version()", "TSV").split("\n");
        return `ClickHouse ${engine} (chdb ${version})`;
    }

    /** Makes both tables. Each ends as one sorted part, the best state that MergeTree has. */
    load({ rows, seed }) {
        const took = {};
        took.insert = seconds(() => this.#load_rows(rows, seed));
        took.optimize = seconds(() => this.session.query("OPTIMIZE TABLE registrations FINAL"));
        took.cells = seconds(() => this.#load_cells());
        return took;
    }

    #load_rows(rows, seed) {
        const all = columns(seed);
        const typed = all.map(([name, type]) => `${name} ${type}`).join(", ");
        const made = all.map(([name, , expression]) => `${expression} AS ${name}`).join(", ");
        this.session.query(`CREATE TABLE registrations (${typed}) ${SORTED}`);
        this.session.query(
            `INSERT INTO registrations SELECT ${made} FROM numbers_mt(${rows}) SETTINGS ` +
                `max_threads = ${this.threads}, max_insert_threads = ${this.threads}, ` +
                "min_insert_block_size_rows = 4000000, min_insert_block_size_bytes = 0",
        );
    }

    #load_cells() {
        const key = KEY.join(", ");
        this.session.query(
            "CREATE TABLE cells (state UInt8, district UInt16, block UInt16, sector UInt8, " +
                `date Date, n UInt32) ${SORTED}`,
        );
        this.session.query(
            `INSERT INTO cells SELECT ${key}, count() FROM registrations GROUP BY ${key} ` +
                "SETTINGS optimize_aggregation_in_order = 1",
        );
        this.session.query("OPTIMIZE TABLE cells FINAL");
    }

    /** Writes the rows to a Parquet file, in the order of the key: the other peer gets them as well
     *  sorted as they are here. */
    write_parquet({ file }) {
        return seconds(() =>
            this.session.query(
                `SELECT * FROM registrations ORDER BY ${KEY.join(", ")} INTO OUTFILE '${file}' ` +
                    "TRUNCATE FORMAT Parquet SETTINGS optimize_read_in_order = 1, " +
                    "output_format_parquet_compression_method = 'lz4'",
            ),
        );
    }

    /** Imports a CSV file into a new table, on disk when it returns; seconds. */
    import_csv({ csv }) {
        const typed = CSV_COLUMNS.map(([name, type]) => `${name} ${type.clickhouse}`).join(", ");
        this.session.query(
            `CREATE TABLE registrations (${typed}) ENGINE = MergeTree ` +
                "ORDER BY (district, block, sector, date) " +
                "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
        );
        return seconds(() =>
            this.session.query(
                "INSERT INTO registrations SELECT * FROM " +
                    `file('${csv}', CSVWithNames, '${typed}') ` +
                    `SETTINGS max_threads = ${this.threads}, max_insert_threads = ${this.threads}`,
            ),
        );
    }

    /** Rows and bytes of each table, on disk. */
    size() {
        const text = this.session.query(
            "SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND " +
                "database = currentDatabase() AND table IN ('registrations', 'cells') " +
                "GROUP BY table",
            "TSV",
        );
        const size = {};
        for (const line of text.trim().split("\n")) {
            const [table, rows, bytes] = line.split("\t");
            size[table] = { rows: Number(rows), bytes: Number(bytes) };
        }
        return size;
    }

    /** Asks once: milliseconds, and the answer as TSV when it is wanted. */
    ask({ sql, wanted }) {
        const [ms, answer] = timed(() => this.session.query(sql, "TSV"));
        return wanted ? { ms, answer: answer.trimEnd() } : { ms };
    }

    close() {
        this.session.close();
    }
}
