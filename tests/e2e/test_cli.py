# SPDX-License-Identifier: MIT
"""The command line, on a data directory and on a live server."""

import json
import os

import synthetic
from harness import PLUGINS, eq, has, yes

BY_BLOCK = ("FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n "
            "GROUP BY block |> ORDER BY n DESC")
CSV = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n2021-11-20,607,Dulmi,,2\n"


def test_live_and_directory_agree(world):
    """query and report print the same with a live server, on a directory, and with --server"""
    data = world.demo.data
    other = world.demo_data
    report = ("report", "drive/block_review", "--param", "district=607", "--plugins")
    for fmt in ("table", "csv", "ndjson"):
        a = world.run("query", BY_BLOCK, "--data", data, "--format", fmt).expect(0)
        b = world.run("query", BY_BLOCK, "--data", other, "--format", fmt).expect(0)
        c = world.run("query", BY_BLOCK, "--server", world.demo.url, "--format", fmt).expect(0)
        eq(a.out, b.out, f"{fmt}: live and directory")
        eq(a.out, c.out, f"{fmt}: live and --server")
        a = world.run(*report, PLUGINS, "--data", data, "--format", fmt).expect(0)
        b = world.run(*report, PLUGINS, "--data", other, "--format", fmt).expect(0)
        eq(a.out, b.out, f"report as {fmt}: live and directory")


def test_formats(world):
    """query --format csv, json, ndjson and table"""
    run = lambda fmt: world.run("query", BY_BLOCK, "--data", world.demo_data, "--format", fmt)
    rows = run("csv").expect(0).table()
    eq(rows[0], {"block": "Mandu", "n": "12344"}, "first row of csv")
    eq(run("json").expect(0).rows()[0], {"block": "Mandu", "n": 12344}, "first row of json")
    lines = run("ndjson").expect(0).out.splitlines()
    eq(json.loads(lines[0]), {"block": "Mandu", "n": 12344}, "first line of ndjson")
    has(run("table").expect(0).out, "Mandu", "12,344", what="the table")


def test_hindi_output(world):
    """--lang hi prints names in Hindi"""
    done = world.run("query", BY_BLOCK, "--data", world.demo_data, "--format", "csv", "--lang",
                     "hi").expect(0)
    eq(done.table()[0], {"block": "मांडू", "n": "12344"}, "first row")


def test_params(world):
    """--param gives a @parameter its value"""
    done = world.run("query", "FROM registrations |> WHERE block = @b AND date <= @d "
                     "|> AGGREGATE COUNT(*) AS n", "--data", world.demo_data, "--param", "b=Gola",
                     "--param", "d=2021-11-18", "--format", "csv").expect(0)
    eq(done.table(), [{"n": "5347"}], "rows")


def test_import_directory(world):
    """import into a directory: told, replayed, refused as over HTTP"""
    data, path = world.small_copy(), world.file("five.csv", CSV)
    args = ("--data", data, "--source", "test", "--batch-id", "t1", "--as-on", "2021-11-20")
    has(world.run("import", path, *args).expect(0).out, "7")
    has(world.run("import", path, *args).expect(0).out, "duplicate")
    other = world.file("other.csv", CSV.replace(",5", ",6"))
    has(world.run("import", other, *args).expect(1).err, "t1")
    done = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n", "--data", data,
                     "--format", "csv").expect(0)
    eq(done.table(), [{"n": "7"}], "rows")


def test_import_live(world):
    """import into a directory that a server has goes through the server"""
    with world.small() as s:
        path = world.file("five.csv", CSV)
        world.run("import", path, "--data", s.data, "--source", "test").expect(0)
        eq(s.count(), 7, "registrations")
        world.run("import", path, "--data", s.data, "--source", "test").expect(0)
        eq(s.count(), 7, "registrations after the replay")
        bad = world.file("bad.csv", CSV.replace("Gola", "Golaa"))
        done = world.run("import", bad, "--data", s.data).expect(1)
        has(done.err, "Golaa", "Gola", "2")


def test_import_errors(world):
    """a refused import: exit code 1, the errors on standard error, nothing on standard output"""
    bad = world.file("bad.csv", CSV.replace("Gola", "Golaa").replace("2021-11-20,607,D",
                                                                     "2021-02-31,607,D"))
    done = world.run("import", bad, "--data", world.small_copy()).expect(1)
    has(done.err, "Golaa", "Gola", "2021-02-31", "line 2", "line 3")
    eq(done.out, "", "standard output")


def test_import_mapping(world):
    """a mapping renames columns, translates words and sets constants"""
    mapping = world.file("source.map", "# a source's own words\ncolumn: तारीख = date\n"
                         "column: प्रखंड = block\ncolumn: क्षेत्र = sector\n"
                         "sector: उत्पादन = Capital Goods & Manufacturing\n"
                         "channel: प्रज्ञा केंद्र = CSC\nconstant: district = 607\n")
    path = world.file("source.csv", "तारीख,प्रखंड,क्षेत्र,channel\n"
                      "20-11-2021,गोला,उत्पादन,प्रज्ञा केंद्र\n")
    data = world.small_copy()
    world.run("import", path, "--data", data, "--mapping", mapping).expect(0)
    done = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block, "
                     "sector, channel", "--data", data, "--format", "csv").expect(0)
    eq(done.table(), [{"block": "Gola", "sector": "Capital Goods & Manufacturing",
                       "channel": "CSC", "n": "1"}], "rows")


def test_import_bad_mapping(world):
    """a wrong mapping: the line and what is wrong"""
    mapping = world.file("bad.map", "column: a = date\nsektor: b = Agriculture\n")
    done = world.run("import", world.file("five.csv", CSV), "--data", world.small_copy(),
                     "--mapping", mapping).expect(1)
    has(done.err, "sektor", "2")


def test_missing_files(world):
    """files that are not there: told by name"""
    done = world.run("import", "/nowhere/file.csv", "--data", world.small_copy())
    yes(done.code in (1, 2, 3), f"exit code {done.code}")
    has(done.err, "/nowhere/file.csv")


def test_query_error(world):
    """a wrong query: exit code 1, excerpt, caret and suggestion on standard error"""
    for place in (("--data", world.demo_data), ("--server", world.demo.url)):
        done = world.run("query", "FROM registrations |> WHERE distirct = 1 |> SELECT date",
                         *place).expect(1)
        has(done.err, "distirct", "district", "^")
        eq(done.out, "", "standard output")


def test_explain(world):
    """EXPLAIN tells cube or scan, and why"""
    def explain(text):
        return world.run("query", "EXPLAIN " + text, "--data", world.demo_data).expect(0).out
    has(explain(BY_BLOCK), "cube")
    has(explain(BY_BLOCK.replace("GROUP BY block", "GROUP BY gender")), "scan", "group key")


def test_no_server(world):
    """a server that is not there: exit code 3"""
    done = world.run("query", "SELECT 1", "--server", "http://127.0.0.1:9").expect(3)
    has(done.err, "127.0.0.1:9")


def test_version(world):
    """version prints a version"""
    has(world.run("version").expect(0).out, "panji")


def test_gen(world):
    """gen: the synthetic country, deterministic by seed, into a directory and as CSV"""
    def gen(seed):
        data = world.path("gen")
        world.run("gen", "--rows", 20000, "--seed", seed, "--data", data).expect(0)
        return world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY state, "
                         "gender |> ORDER BY state, gender", "--data", data, "--format",
                         "csv").expect(0)
    a, b, c = gen(1), gen(1), gen(2)
    eq(a.out, b.out, "the same seed")
    yes(a.out != c.out, "another seed gives other rows")
    eq(sum(int(r["n"]) for r in a.table()), 20000, "registrations")


def test_gen_follows_the_definition(world):
    """gen: rows are those of the published definition"""
    data = world.path("gen")
    world.run("gen", "--rows", 3000, "--seed", 7, "--data", data).expect(0)
    rows = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block_code, "
                     "sector_code, gender, age", "--data", data, "--format", "csv").expect(0)
    got, expected = {}, {}
    for r in rows.table():
        got[(int(r["block_code"]), int(r["sector_code"]), r["gender"], int(r["age"]))] = int(r["n"])
    for i in range(3000):
        r = synthetic.row(i, 7)
        key = (r["block"], r["sector"], r["gender"], r["age"])
        expected[key] = expected.get(key, 0) + 1
    eq(got, expected, "cells")


def test_bench_growth(world):
    """bench growth: a table of sizes and of questions, and countries that are kept"""
    data = world.path("growth")
    done = world.run("bench", "growth", "--rows", "1000,3000", "--data", data).expect(0)
    has(done.out, "1,000", "3,000", "C12", "A9", "times the rows", what="the table")
    eq(sorted(os.listdir(data)), ["1000", "3000"], "what is kept")
    for rows in "", "2,1", "x", "0":
        has(world.run("bench", "growth", "--rows", rows).expect(2).err, "--rows")


def test_bench_mixed(world):
    """bench mixed: latencies of readers and batches, and a country left as it was"""
    data = world.path("mixed")
    done = world.run("bench", "mixed", "--rows", 2000, "--data", data, "--seconds", 1, "--rate",
                     2000, "--batch", 100).expect(0)
    has(done.out, "Readers alone", "batches", "p99.9", "nothing is lost", what="the tables")
    rows = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n", "--data", data,
                     "--format", "csv").expect(0)
    eq(rows.table(), [{"n": "2000"}], "registrations of the country")


def test_results_go_to_standard_output(world):
    """results go to standard output, all else to standard error"""
    done = world.run("query", BY_BLOCK, "--data", world.demo_data, "--format", "csv").expect(0)
    eq(done.err, "", "standard error")
    eq(len(done.table()), 6, "rows")


def test_report_parameters(world):
    """report: wrong parameters are all listed, near report names are offered"""
    at = ("--data", world.demo_data, "--plugins", PLUGINS)
    done = world.run("report", "drive/block_review", "--param", "as_on=never", *at).expect(1)
    has(done.err, "district", "as_on", "never")
    done = world.run("report", "drive/block_reviw", *at).expect(1)
    has(done.err, "block_review")


def test_stdin(world):
    """import - reads standard input"""
    data = world.small_copy()
    world.run("import", "-", "--data", data, input=CSV).expect(0)
    done = world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n", "--data", data,
                     "--format", "csv").expect(0)
    eq(done.table(), [{"n": "7"}], "rows")


def test_directory_is_free_after_a_command(world):
    """commands leave the directory free, with nothing but the database"""
    data = world.small_copy()
    world.run("query", "SELECT 1 AS one", "--data", data).expect(0)
    with world.small() as s:
        eq(s.count(), 0, "registrations")
    left = [n for n in os.listdir(data) if n.endswith(".tmp")]
    eq(left, [], "left over")
