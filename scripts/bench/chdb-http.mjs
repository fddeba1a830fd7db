// SPDX-License-Identifier: MIT
//
// A current ClickHouse (chdb) behind the HTTP interface that Panji speaks to, for tests and for the
// benchmark: one session, one statement at a time, no users. What a server does beyond SQL (nodes,
// errors in the middle of an answer, time limits) is tried with Debian's 18.16.
//
//     node scripts/bench/chdb-http.mjs [DIR]        prints the address it listens at, and serves
//                                                   until its standard input ends

import http from "node:http";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Session } from "chdb";

const own = process.argv[2] === undefined;
const dir = own ? fs.mkdtempSync(path.join(os.tmpdir(), "panji-chdb-")) : process.argv[2];
const session = new Session(path.join(dir, "data"));

/** The rows of an INSERT come as a file: chdb's statements have no body. */
function insert(sql, body) {
    const file = path.join(dir, "rows.bin");
    const [, table, names] = /^INSERT INTO (\S+) \((.*)\) FORMAT RowBinary$/s.exec(sql);
    fs.writeFileSync(file, body);
    const types = Object.fromEntries(
        session
            .query(`DESCRIBE TABLE ${table}`, "TSV")
            .trim()
            .split("\n")
            .map((line) => line.split("\t").slice(0, 2)),
    );
    const form = names
        .split(", ")
        .map((name) => `${name} ${types[name.replaceAll("`", "")]}`)
        .join(", ");
    session.query(
        `INSERT INTO ${table} (${names}) SELECT ${names} FROM file('${file}', 'RowBinary', ` +
            `'${form.replaceAll("'", "\\'")}')`,
    );
    fs.unlinkSync(file);
    return "";
}

function run(url, body) {
    const sql = url.searchParams.get("query");
    return sql ? insert(sql, body) : session.query(body.toString(), "TabSeparated");
}

const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
        try {
            const url = new URL(request.url, "http://127.0.0.1");
            response.end(run(url, Buffer.concat(parts)));
        } catch (error) {
            response.statusCode = 500;
            response.end(`${error.message}\n`);
        }
    });
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume();
process.stdin.on("end", () => {
    session.cleanup?.();
    if (own) fs.rmSync(dir, { recursive: true, force: true });
    process.exit(0);
});
