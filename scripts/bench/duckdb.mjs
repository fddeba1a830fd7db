// SPDX-License-Identifier: MIT
//
// DuckDB in this process. One table, `registrations`, sorted like ClickHouse's.

import { createRequire } from "node:module";
import { totalmem } from "node:os";
import { DuckDBInstance } from "@duckdb/node-api";
import { CSV_COLUMNS } from "./country.mjs";
import { timed_async, seconds_async } from "./timing.mjs";

const MEMORY_SHARE = 0.6; // of the machine's: ClickHouse and its page cache live beside it

export class DuckDb {
    constructor({ path, threads }) {
        this.path = path;
        this.threads = threads;
        this.dialects = {
            raw: {
                table: "registrations",
                count: "count(*)",
                week_of_date: "date_trunc('week', date)",
                month_of_date: "date_trunc('month', date)",
                decade_of_age: "(age - 16) // 10",
            },
        };
    }

    async open() {
        this.instance = await DuckDBInstance.create(this.path, {
            threads: String(this.threads),
            memory_limit: `${Math.floor((totalmem() * MEMORY_SHARE) / 1e6)}MB`,
        });
        this.connection = await this.instance.connect();
    }

    async version() {
        const { version } = createRequire(import.meta.url)("@duckdb/node-api/package.json");
        const reader = await this.connection.runAndReadAll("select version()");
        return `DuckDB ${reader.getRows()[0][0]} (@duckdb/node-api ${version})`;
    }

    async load({ file }) {
        return seconds_async(async () => {
            await this.connection.run(`create table registrations as select * from '${file}'`);
            await this.connection.run("checkpoint");
        });
    }

    /** Imports a CSV file into a new table, committed when it returns; seconds. */
    async import_csv({ csv }) {
        const typed = CSV_COLUMNS.map(([name, type]) => `${name} ${type.duckdb}`).join(", ");
        await this.connection.run(`create table registrations (${typed})`);
        return seconds_async(() =>
            this.connection.run(`copy registrations from '${csv}' (format csv, header)`),
        );
    }

    /** Rows and bytes of the table, on disk: the blocks in use, with nothing left in the log. */
    async size() {
        await this.connection.run("checkpoint");
        const reader = await this.connection.runAndReadAll(
            "select count(*), (select sum(used_blocks * block_size) from pragma_database_size()) " +
                "from registrations",
        );
        const [rows, bytes] = reader.getRows()[0].map(Number);
        return { registrations: { rows, bytes } };
    }

    /** Asks once: milliseconds up to the last row of the answer in memory; the answer as TSV, made
     *  outside the time, when it is wanted. */
    async ask({ sql, wanted }) {
        const [ms, reader] = await timed_async(() => this.connection.runAndReadAll(sql));
        if (!wanted) return { ms };
        const lines = reader.getRows().map((row) => row.join("\t"));
        return { ms, answer: lines.join("\n") };
    }

    close() {
        this.connection.closeSync();
        this.instance.closeSync();
    }
}
