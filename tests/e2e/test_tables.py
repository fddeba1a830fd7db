# SPDX-License-Identifier: MIT
"""Tables of planners: uploaded ones that stay, and those of one query alone, over HTTP and on the
command line, with and without a server."""

import json

import aadhaar
from harness import eq, has, yes

CSV = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n2021-11-20,607,Dulmi,,2\n"
LIST = "name,block,workers,since\nSteel works,Gola,1200,2019-04-01\nBricks,दुलमी,30,\nMill,,12,\n"
COUNTED = ("FROM {0} |> LEFT JOIN (FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block) "
           "AS r ON r.block = {0}.block |> SELECT name, {0}.block, workers, n |> ORDER BY name")
JOINED = [{"name": "Bricks", "block": "Dulmi", "workers": "30", "n": "2"},
          {"name": "Mill", "block": "", "workers": "12", "n": ""},
          {"name": "Steel works", "block": "Gola", "workers": "1200", "n": "5"}]


def put(server, name, text):
    return server.request("PUT", f"/v1/tables/{name}", text, {"Content-Type": "text/csv"})


def form(fields, files):
    """A multipart body and its type, as a browser makes them."""
    mark = "----panji-test"
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
             for k, v in fields.items()]
    parts += [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"; filename="{f}"\r\n'
              f"Content-Type: text/csv\r\n\r\n{v}\r\n" for k, (f, v) in files.items()]
    return ("".join(parts) + f"--{mark}--\r\n").encode(), {
        "Content-Type": f"multipart/form-data; boundary={mark}"}


def test_upload_stays(world):
    """an uploaded table joins the register by block, survives kill -9, is replaced and dropped"""
    with world.small() as s:
        s.post_batch(CSV, key="t1").expect(201)
        answer = put(s, "factories", LIST).expect(201).json()
        eq([(c["name"], c["type"]) for c in answer["columns"]],
           [("name", "STRING"), ("block", "block"), ("workers", "INT64"), ("since", "DATE")],
           "columns")
        eq(s.query(COUNTED.format("factories"), format="csv").expect(200).table(), JOINED, "rows")
        s.kill()
        s.start()
        eq(s.query(COUNTED.format("factories"), format="csv").expect(200).table(), JOINED,
           "rows after kill -9")
        tag = s.get("/v1/tables").headers["ETag"]
        put(s, "Factories", "a\n1\n").expect(200)
        yes(s.get("/v1/tables").headers["ETag"] != tag, "the list kept its tag")
        eq([r["name"] for r in s.get("/v1/tables").rows() if r["rows"] is not None], ["Factories"],
           "tables")
        expected = [r for r in s.get("/v1/tables").rows() if r["rows"] is None]
        eq([(r["name"], r["expected_by"]) for r in expected],
           [("department_targets", "drive"), ("camps", "drive")], "expected, and not there")
        s.request("DELETE", "/v1/tables/factories").expect(200)
        has(s.query("FROM factories").problem(400)["detail"], "Table not found")


def test_bad_uploads(world):
    """what is wrong with a table: line, column, value, reason; the old table stays"""
    rows = "".join(f"w{i},Gola,{i}\n" for i in range(5))
    with world.small() as s:
        put(s, "factories", LIST).expect(201)
        bad = put(s, "factories", "name,block,n:INT64\n" + rows + "w,Gola,many\n").problem(422)
        eq({k: bad["errors"][0][k] for k in ("line", "column", "field", "value")},
           {"line": 7, "column": 3, "field": "n", "value": "many"}, "the error")
        for text, part in (("", "empty"), ("a,A\n1,2\n", "both"), ("a\n", "no rows"),
                           (",".join(f"c{i}" for i in range(300)) + "\n1\n", "256"),
                           ("a\n\udcff\n", "rows are wrong"), ("block\nGolaa\n", "rows are wrong")):
            body = text.encode("utf-8", "surrogateescape")
            has(put(s, "factories", body).problem(422)["detail"], part)
        for name in ("select", "registrations", "a.b", "x" * 65, "%E0%A4%97"):
            put(s, name, LIST).problem(400)
        large = s.raw(b"PUT /v1/tables/big HTTP/1.1\r\nHost: a\r\nContent-Length: 70000000\r\n\r\n")
        has(large.decode(), "413", "too_large")
        eq(s.get("/v1/tables/factories.csv").expect(200).table()[0]["name"], "Steel works",
           "the table that was there")


def test_aadhaar_in_a_table(world):
    """a column of Aadhaar numbers refuses the table and shows none of them"""
    numbers = aadhaar.numbers(20)
    with world.small() as s:
        bad = put(s, "people", "name,id\n" + "".join(f"a,{n}\n" for n in numbers)).problem(422)
        has(bad["detail"], "Aadhaar", '"id"')
        for n in numbers:
            yes(n not in json.dumps(bad), "a number is shown")
            yes(n not in s.log(), "a number is in the log")


def test_table_of_one_query(world):
    """a file sent with a query is a table of that query alone"""
    with world.small() as s:
        s.post_batch(CSV, key="t1").expect(201)
        body, head = form({"q": COUNTED.format("own"), "format": "csv"},
                          {"table.own": ("list.csv", LIST)})
        eq(s.request("POST", "/v1/query", body, head).expect(200).table(), JOINED, "rows")
        eq([r for r in s.get("/v1/tables").rows() if r["rows"] is not None], [], "stored tables")
        has(s.query("FROM own").problem(400)["detail"], "own")
        body, head = form({"q": "FROM own"}, {"table.own": ("list.csv", "n:INT64\n1\nmany\n")})
        bad = s.request("POST", "/v1/query", body, head).problem(422)
        has(bad["detail"], "list.csv")
        eq((bad["errors"][0]["line"], bad["errors"][0]["column"]), (3, 1), "place")


def test_command_line(world):
    """panji tables and panji query --table, with a server and without one"""
    path = world.file("list.csv", LIST)
    wrong = world.file("wrong.csv", "name,n:INT64\na,1\nb,many\n")
    data = world.small_copy()
    world.run("import", world.file("five.csv", CSV), "--data", data).expect(0)
    run_all(world, data, path, wrong)
    with world.small() as s:
        s.post_batch(CSV, key="t1").expect(201)
        run_all(world, s.data, path, wrong)


def run_all(world, data, path, wrong):
    where = ("--data", data)
    csv = (*where, "--format", "csv")
    has(world.run("tables", "put", "factories", path, *where).expect(0).out, '"rows":3')
    there = [r for r in world.run("tables", *csv).expect(0).table() if r["rows"]]
    eq([r["name"] for r in there], ["factories"], "tables")
    eq(world.run("query", COUNTED.format("factories"), *csv).expect(0).table(), JOINED, "uploaded")
    refused = world.run("tables", "put", "factories", wrong, *where).expect(1)
    has(refused.err, "line 3", "column 2", "many", "wrong.csv")
    eq(refused.out, "", "standard output")
    world.run("tables", "drop", "factories", *where).expect(0)
    has(world.run("tables", "drop", "factories", *where).expect(1).err, "factories")
    eq(world.run("query", COUNTED.format("own"), "--table", f"own={path}", *csv).expect(0).table(),
       JOINED, "of the query alone")
    both = world.run("query", "FROM a |> JOIN b USING (name) |> SELECT name, a.workers AS w",
                     "--table", f"a={path}", "--table", f"b={path}", *csv).expect(0)
    eq(len(both.table()), 3, "rows of two tables")
    failed = world.run("query", "FROM own", "--table", f"own={wrong}", *where).expect(1)
    has(failed.err, "wrong.csv", "line 3", "column 2 (n)", "many")
    has(world.run("query", "FROM x", "--table", "x=/nowhere.csv", *where).expect(1).err, "nowhere")
    world.run("query", "FROM x", "--table", "x", *where).expect(2)
    world.run("tables", "put", "x", *where).expect(2)
    there = [r for r in world.run("tables", *csv).expect(0).table() if r["rows"]]
    eq(there, [], "stored tables")


def test_own_tables_of_the_server(world):
    """rejects and occupations: what batches left out, and what registrations name"""
    with world.small() as s:
        s.post_batch("date,district,block,occupation,count\n2021-11-20,607,Gola,mason,5\n"
                     "2021-11-20,607,Golaa,,1\n2021-11-20,607,Gola,1001,2\n", key="b1",
                     on_error="skip", source="csc").expect(201)
        rows = s.query("FROM rejects |> SELECT source, batch, line, field, value").rows()
        eq(rows, [{"source": "csc", "batch": "b1", "line": 3, "field": "block",
                   "value": "Golaa"}], "rejects")
        rows = s.query("FROM occupations |> ORDER BY name |> SELECT code, name").rows()
        eq(rows, [{"code": 1001, "name": "1001"}, {"code": None, "name": "mason"}], "occupations")
