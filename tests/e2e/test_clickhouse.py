# SPDX-License-Identifier: MIT
"""Registrations in ClickHouse: moved there and counted, asked there and answered with the same
bytes as here, or refused. Debian's 18.16 as servers of one and of two nodes; a current one by its
SQL alone (chdb)."""

import contextlib
import glob
import os
import random
import subprocess
import sys

import clickhouse
from harness import ROOT, Failure, Skip, eq, has, yes

QUERY_FILES = sorted(glob.glob(os.path.join(ROOT, "tests", "query", "*.test")))
REFERENCE = os.path.join(ROOT, "core", "query", "REFERENCE.md")
RANDOM = int(os.environ.get("CLICKHOUSE_RANDOM", "150"))
QUESTIONS = (
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, sector",
    "FROM registrations |> WHERE state = 6 |> AGGREGATE COUNT(*) AS n, AVG(age) AS a GROUP BY block"
    " |> ORDER BY n DESC, block |> LIMIT 7",
    "FROM registrations |> WHERE age BETWEEN 18 AND 40 AND gender = 'F' |> AGGREGATE COUNT(*) AS n"
    " GROUP BY EXTRACT(MONTH FROM date) AS m, sector |> ORDER BY m, sector",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY date |> EXTEND SUM(n) OVER (ORDER BY"
    " date) AS so_far |> ORDER BY date",
    "FROM registrations |> AGGREGATE COUNT(DISTINCT centre) AS c, MIN(date) AS first GROUP BY"
    " district |> WHERE c > 2 |> EXTEND DATE_TRUNC(first, MONTH) AS m |> ORDER BY c DESC, district",
    "FROM registrations |> WHERE IF(age > 30, gender = 'F', sector IS NULL) |> AGGREGATE COUNT(*)"
    " AS n",
)


def at(node, *more):
    return ("--engine", "clickhouse", "--url", node.url, *more)


def query_test(world, url, cluster, *files):
    """Moves the world of the query tests there, and asks all questions of the files."""
    program = os.path.join(os.path.dirname(world.panji), "query_test")
    yes(os.access(program, os.X_OK), f"{program} is not built")
    p = subprocess.run([program, "-c", url, clickhouse.DATABASE, cluster, *files],
                       capture_output=True, text=True, check=False,
                       timeout=(120 + RANDOM / 10) * world.slow)
    if p.returncode != 0 or "\n0 passed" in "\n" + p.stdout:
        raise Failure(f"{p.stdout[-3000:]}{p.stderr[-3000:]}")
    return p.stdout


def random_questions(world):
    seed = str(random.SystemRandom().randrange(1 << 30))
    made = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "query", "differential.py"),
                           seed, str(RANDOM)], capture_output=True, text=True, check=True)
    return world.file(f"seed-{seed}.test", made.stdout)


def make_on_each(world, nodes, data):
    """As an administrator does where ClickHouse has no queue of changes."""
    for node in nodes:
        world.run("export", "--data", data, *at(node, "--cluster", clickhouse.CLUSTER),
                  "--tables").expect(0)


def test_query_files(world):
    """Every query file, and random queries, have the same answers from one node."""
    with clickhouse.node() as node:
        query_test(world, node.url, "", *QUERY_FILES, REFERENCE, random_questions(world))


def test_query_files_on_shards(world):
    """Every query file, and random queries, have the same answers from two shards."""
    with clickhouse.nodes(2) as (a, b):
        make_on_each(world, (a, b), world.small_copy())
        query_test(world, a.url, clickhouse.CLUSTER, *QUERY_FILES, REFERENCE,
                   random_questions(world))
        counts = [int(node.ask("SELECT count() FROM panji.registrations_local"))
                  for node in (a, b)]
        yes(all(counts), f"a shard holds nothing: {counts}")


def test_query_files_on_a_current_one(world):
    """Every query file, and random queries, have the same answers from a current ClickHouse
    (chdb)."""
    bench = os.path.join(ROOT, "scripts", "bench")
    if not os.path.isdir(os.path.join(bench, "node_modules", "chdb")):
        raise Skip("chdb is not installed: make bench-peers does")
    with subprocess.Popen(["node", os.path.join(bench, "chdb-http.mjs")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        yes(url.startswith("http://"), f"chdb-http.mjs says {url!r}")
        try:
            query_test(world, url, "", *QUERY_FILES, REFERENCE, random_questions(world))
        finally:
            process.stdin.close()


def test_move_and_ask(world):
    """The demonstration is moved to two shards; queries and reports give the same bytes there; what
    came since is noticed."""
    data = world.demo_copy()
    with clickhouse.nodes(2) as (a, b):
        there = at(a, "--cluster", clickhouse.CLUSTER)
        make_on_each(world, (a, b), data)
        refused = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n", "--data",
                            data, *there).expect(3)
        has(refused.err, "not there", "panji export")
        moved = world.run("export", "--data", data, *there).expect(0)
        count = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n", "--format",
                          "csv", "--data", data).expect(0).table()[0]["n"]
        has(moved.out, f"{count} registrations")
        for question in QUESTIONS:
            here = world.run("query", question, "--data", data, "--format", "csv").expect(0).out
            got = world.run("query", question, "--data", data, "--format", "csv", *there).expect(0)
            eq(got.out, here, question)
        for report in ("drive/block_review", "drive/sector_summary"):
            args = ("report", report, "--param", "district=607", "--format", "csv", "--data", data)
            eq(world.run(*args, *there).expect(0).out, world.run(*args).expect(0).out, report)
        plan = world.run("query", QUESTIONS[2], "--explain", "--format", "csv", "--data", data,
                         *there).expect(0)
        has(plan.out, "FROM panji.registrations WHERE", "WITH TOTALS", "stays")
        again = world.run("export", "--data", data, *there).expect(1)
        has(again.err, "already", "--replace")
        new = world.file("new.csv", "date,district,count\n2021-11-20,607,5\n")
        world.run("import", new, "--source", "test", "--data", data).expect(0)
        late = world.run("query", QUESTIONS[0], "--data", data, *there).expect(1)
        has(late.err, "come since", "--replace")
        for node in (a, b):
            world.run("export", "--data", data, *at(node, "--cluster", clickhouse.CLUSTER),
                      "--tables", "--replace").expect(0)
        world.run("export", "--data", data, *there).expect(0)
        b.kill()
        gone = world.run("query", QUESTIONS[0], "--data", data, *there).expect(3)
        has(gone.err, "clickhouse says", "see how they are")
        eq(gone.out, "", "what a half answer prints")


def test_refusals(world):
    """A ClickHouse that is not there, does not let us in, has no memory or another's data is told
    clearly, with what to do."""
    data = world.small_copy()
    new = world.file("new.csv", "date,district,count,age\n2021-11-20,607,5,30\n")
    world.run("import", new, "--source", "test", "--data", data).expect(0)
    ask = ("query", "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY age", "--data", data)
    with clickhouse.node() as node:
        world.run("export", "--data", data, *at(node)).expect(0)
        world.run(*ask, *at(node)).expect(0)
        password = world.file("password", node.password + "\n")
        world.run(*ask, *at(node, "--user", "office", "--password-file", password)).expect(0)
        wrong = world.file("password", "another\n")
        for more, parts in (
                (("--user", "office", "--password-file", wrong), ("password", "password_file")),
                (("--database", "other"), ("database", "panji export")),
                (("--database", "a b"), ("name of a database",)),
                (("--cluster", "x;y"), ("name of a cluster",))):
            done = world.run(*ask, *at(node, *more))
            yes(done.code in (1, 3), f"{more}: exit code {done.code}")
            has(done.err, *parts, what=str(more))
            yes("another" not in done.err, "the password is shown")
        reader = world.run("export", "--replace", "--data", data, *at(node, "--user", "reader"))
        has(reader.expect(3).err, "only read")
        other = world.small_copy()
        has(world.run(*ask[:2], "--data", other, *at(node)).expect(1).err, "--replace")
        here = world.run("export", "--data", data, "--engine", "clickhouse").expect(2)
        has(here.err, "--url")
        has(world.run(*ask, "--engine", "oracle").expect(2).err, "local and clickhouse")
        node.kill()
        has(world.run(*ask, *at(node)).expect(3).err, "no answer", "hint")


def test_a_move_that_dies(world):
    """Whoever dies in the middle of a move, nothing is taken for moved; moved again with --replace
    it is whole."""
    data = world.demo_copy()
    ask = ("query", QUESTIONS[0], "--format", "csv", "--data", data)
    here = world.run(*ask).expect(0).out
    with clickhouse.node() as node:
        for victim in ("node", "panji"):
            with subprocess.Popen([world.panji, "export", "--replace", "--data", data, *at(node)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=world.env) as moving:
                with contextlib.suppress(OSError):
                    while moving.poll() is None and not rows_there(node):
                        pass
                if victim == "node":
                    node.kill()
                else:
                    moving.kill()
                died = moving.wait() != 0
            if victim == "node":
                node.start()
            done = world.run(*ask, *at(node))
            yes(done.code != 0 if died else done.out == here, f"{victim}: {done.out[:200]}")
        world.run("export", "--replace", "--data", data, *at(node)).expect(0)
        eq(world.run(*ask, *at(node)).expect(0).out, here, "the answer after a whole move")


def rows_there(node):
    return int(node.ask("SELECT sum(rows) FROM system.parts WHERE active AND database = 'panji' "
                        "AND table = 'registrations'") or 0)
