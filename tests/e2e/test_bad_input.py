# SPDX-License-Identifier: MIT
"""What is wrong is refused with what, where, why and what to do; and nothing of it stays."""

from harness import eq, has, yes

HEAD = "date,district,block,sector,count\n"
GOOD = "2021-11-20,607,Gola,Agriculture,1\n"


def refused(world, body, status=422, **query):
    """Posts a batch that must be refused; gives the problem."""
    with world.small() as s:
        problem = s.post_batch(body, key="bad", source="test", **query).problem(status)
        eq(s.count(), 0, "registrations after a refused batch")
        eq(s.get("/v1/batches").rows(), [], "batches after a refused batch")
        s.post_batch(HEAD + GOOD, key="bad", source="test").expect(201)
    return problem


def first_error(problem):
    yes(problem.get("errors"), f"the problem lists no errors: {problem}")
    return problem["errors"][0]


def test_unknown_block(world):
    """an unknown block: line, column, value and near names"""
    e = first_error(refused(world, HEAD + GOOD + "2021-11-20,607,Golla,Agriculture,5\n"))
    eq((e["line"], e["column"], e["value"]), (3, 3, "Golla"), "where")
    has(e["reason"], "block")
    has(str(e["near"]), "Gola", what="near names")


def test_block_of_other_district(world):
    """a block of another district, by code and by name"""
    e = first_error(refused(world, HEAD + "2021-11-20,607,3104,Agriculture,5\n"))
    eq((e["line"], e["value"]), (2, "3104"), "where")
    has(str(e), "326", what="the error (the district where the block lies)")
    e = first_error(refused(world, HEAD + "2021-11-20,607,Sikaripara,Agriculture,5\n"))
    eq((e["line"], e["value"]), (2, "Sikaripara"), "where")


def test_unknown_district(world):
    """an unknown district: near names"""
    e = first_error(refused(world, HEAD + "2021-11-20,Ramgadh,Gola,Agriculture,5\n"))
    eq((e["line"], e["column"], e["value"]), (2, 2, "Ramgadh"), "where")
    has(str(e["near"]), "Ramgarh", what="near names")


def test_unknown_sector(world):
    """an unknown sector: near names"""
    e = first_error(refused(world, HEAD + "2021-11-20,607,Gola,Agricultre,5\n"))
    eq((e["line"], e["column"], e["value"]), (2, 4, "Agricultre"), "where")
    has(str(e["near"]), "Agriculture", what="near names")


def test_impossible_dates(world):
    """31 February, month 13, words and two-digit years are no dates"""
    for date in ("2021-02-31", "31-02-2021", "2021-13-01", "yesterday", "20-11-21", "2021-2-3x"):
        e = first_error(refused(world, f"{HEAD}{date},607,Gola,Agriculture,5\n"))
        eq((e["line"], e["column"], e["value"]), (2, 1, date), "where")
        has(e["reason"], "date")


def test_negative_count(world):
    """a negative count in a batch that is no correction"""
    e = first_error(refused(world, HEAD + GOOD + "2021-11-20,607,Gola,Agriculture,-5\n"))
    eq((e["line"], e["column"], e["value"]), (3, 5, "-5"), "where")
    has(e["reason"], "correction")


def test_wrong_counts(world):
    """counts that are no whole numbers, or too large"""
    for count in ("5.5", "five", "99999999999", "1e3"):
        e = first_error(refused(world, f"{HEAD}2021-11-20,607,Gola,Agriculture,{count}\n"))
        eq((e["line"], e["column"], e["value"]), (2, 5, count), "where")


def test_missing_header(world):
    """a file without a header line, and one without a needed column"""
    with world.small() as s:
        for body, missing in ((GOOD + GOOD, "district"),
                              ("date,block\n2021-11-20,Gola\n", "district"),
                              ("district,block\n607,Gola\n", "date")):
            r = s.post_batch(body)
            yes(r.status in (400, 422), f"status {r.status}: {r.text}")
            has(r.problem(r.status)["detail"], missing)
        eq(s.count(), 0, "registrations")


def test_empty_file(world):
    """an empty file, and one with a header only, are not silently taken as zero"""
    with world.small() as s:
        for body in (b"", b"\n", b"\xef\xbb\xbf"):
            r = s.post_batch(body)
            yes(r.status in (400, 422), f"status {r.status}: {r.text}")
            has(r.problem(r.status)["detail"], "empty")


def test_invalid_utf8(world):
    """bytes that are no UTF-8: the line is named, the answer itself is UTF-8"""
    body = HEAD.encode() + GOOD.encode() + b"2021-11-20,607,Go\xff\xfela,Agriculture,5\n"
    with world.small() as s:
        r = s.post_batch(body)
        p = r.problem(422)
        r.body.decode("utf-8")
        has(str(p), "utf-8", "3")
        eq(s.count(), 0, "registrations")


def test_very_long_line(world):
    """a line of 13 MB is refused and the server goes on"""
    with world.small() as s:
        for body in (HEAD + "2021-11-20,607," + "G" * (13 << 20) + ",Agriculture,5\n",
                     HEAD + '2021-11-20,607,"' + "G" * (13 << 20)):
            try:
                r = s.post_batch(body)
            except OSError:
                continue  # answered and closed while we were still sending
            yes(r.status in (413, 422), f"status {r.status}: {r.text[:300]}")
            yes(len(r.body) < 10000, "the line is not echoed")
            has(r.text, "line", "2")
        eq(s.count(), 0, "registrations")
        s.post_batch(HEAD + GOOD).expect(201)


def test_ragged_rows(world):
    """rows with too few or too many fields"""
    for row in ("2021-11-20,607\n", "2021-11-20,607,Gola,Agriculture,1,2,3\n"):
        e = first_error(refused(world, HEAD + GOOD + row))
        eq(e["line"], 3, "line")
        has(e["reason"], "5")


def test_open_quote(world):
    """a quote that is never closed"""
    p = refused(world, HEAD + GOOD + '2021-11-20,607,"Gola,Agriculture,5\n')
    has(str(p), "quot", "3")


def test_wrong_choices(world):
    """values outside of a column's list, ages outside of its range"""
    for column, value in (("gender", "X"), ("category", "XX"), ("channel", "FAX"), ("age", "200"),
                          ("age", "-1"), ("age", "old")):
        e = first_error(refused(world, f"date,district,{column}\n2021-11-20,607,{value}\n"))
        eq((e["line"], e["column"], e["value"]), (2, 3, value), f"where {column} is wrong")


def test_many_errors_in_one_row(world):
    """every wrong field of a row is listed"""
    p = refused(world, HEAD + "2021-02-31,607,Golla,Agricultre,-5\n")
    eq(sorted(e["column"] for e in p["errors"]), [1, 3, 4, 5], "columns")


def test_ambiguous_district(world):
    """a name that stands for several places asks for the code"""
    with world.small() as s:
        r = s.query("FROM registrations |> WHERE block = 'Ramgarh' |> AGGREGATE COUNT(*) AS n")
        p = r.problem(400)
        eq(p["code"], "ambiguous_name", "code")
        has(r.text, "3175", "3104")


def test_wrong_options(world):
    """wrong values of the import's own parameters"""
    with world.small() as s:
        for query in ({"on_error": "ignore"}, {"kind": "both"}, {"as_on": "2021-02-31"},
                      {"mapping": "nowhere"}):
            r = s.post_batch(HEAD + GOOD, **query)
            yes(r.status in (400, 404), f"{query}: status {r.status}: {r.text}")
            has(r.text, *query)
        r = s.post_batch(HEAD + GOOD, key="k" * 500)
        r.problem(400)
        eq(s.count(), 0, "registrations")


def test_unknown_column_in_file(world):
    """a column that nobody knows is ignored with a warning"""
    with world.small() as s:
        a = s.post_batch("date,district,remark\n2021-11-20,607,fine\n").expect(201).json()
        has(str(a["warnings"]), "remark", what="the warnings")


def test_query_unknown_column(world):
    """an unknown column: 400 with line, column, caret and suggestion"""
    r = world.demo.query("FROM registrations\n|> WHERE distirct = 'Ramgarh'\n"
                         "|> AGGREGATE COUNT(*) AS n")
    p = r.problem(400)
    eq((p["code"], p["line"], p["column"]), ("unknown_name", 2, 10), "where")
    has(r.text, "distirct", "district", "^")
    has(p.get("hint", "") + p["detail"], "district")


QUERY_ERRORS = {
    "FROM registration": ("unknown_name", "registrations"),
    "FROM registrations |> WHER block = 1": ("syntax_error", "WHERE"),
    "FROM registrations |> AGGREGATE COUNTT(*) AS n": ("unknown_name", "COUNT"),
    "FROM registrations |> WHERE block = 'Golaa' |> AGGREGATE COUNT(*)": ("unknown_name", "Gola"),
    "FROM registrations |> WHERE date = '2021-02-31' |> AGGREGATE COUNT(*)": (None, "2021-02-31"),
    "FROM registrations |> WHERE age = 'old' |> AGGREGATE COUNT(*)": (None, "age"),
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY": ("syntax_error", ""),
    "FROM registrations |> WHERE (age = 1": ("syntax_error", ""),
    "": (None, ""),
    "SELECT 'never closed": ("syntax_error", ""),
    "FROM registrations |> WHERE district = @d |> AGGREGATE COUNT(*)": (None, "d"),
    "FROM registrations |> TABLESAMPLE BERNOULLI (1 PERCENT)": ("not_supported", "TABLESAMPLE"),
    "DROP TABLE registrations": (None, "DROP"),
}


def test_query_errors(world):
    """wrong queries: 400, the code, the place and a suggestion"""
    for text, (code, part) in QUERY_ERRORS.items():
        r = world.demo.query(text)
        p = r.problem(400)
        if code:
            eq(p["code"], code, text)
        has(r.text, part, what=f"the answer to {text!r}")
        if code == "syntax_error":
            yes(p.get("line") and p.get("column"), f"{text!r}: no place: {p}")


def test_query_depth(world):
    """parentheses nested without end are refused, not followed"""
    for text in ("SELECT " + "(" * 100000 + "1", "SELECT " + "-" * 100000 + "1",
                 "SELECT " + "NOT " * 50000 + "TRUE"):
        r = world.demo.request("POST", "/v1/query", text, {"Content-Type": "text/plain"})
        yes(400 <= r.status < 500, f"status {r.status}")
    world.demo.query("SELECT 1 AS one").expect(200)


def test_unknown_report(world):
    """an unknown report: 404 with near names"""
    r = world.demo.get("/v1/reports/drive/block_reviw.json?district=607")
    r.problem(404)
    has(r.text, "block_review")
    r = world.demo.get("/v1/reports/driv/block_review.json?district=607")
    r.problem(404)
    has(r.text, "drive")


def test_wrong_parameters(world):
    """wrong parameters of a report: 400 that lists all violations"""
    r = world.demo.get("/v1/reports/drive/block_review.json?as_on=2021-02-31&distict=607")
    p = r.problem(400)
    eq(p["code"], "bad_parameter", "code")
    eq(sorted(v["parameter"] for v in p["violations"]), ["as_on", "distict", "district"], "names")
    has(r.text, "February", "required", 'did you mean')
    r = world.demo.get("/v1/reports/drive/block_review.json?district=Ramgadh&as_on=x")
    r.problem(400)
    has(r.text, "Ramgadh", "Ramgarh", "as_on")


def test_unknown_paths(world):
    """unknown paths and methods: 404 with near paths, 405 with Allow"""
    r = world.demo.get("/v1/report")
    r.problem(404)
    has(r.text, "/v1/reports")
    r = world.demo.request("DELETE", "/v1/reports")
    r.problem(405)
    has(r.headers.get("Allow", ""), "GET")


def test_unknown_format(world):
    """a format that nobody knows"""
    r = world.demo.query("SELECT 1", format="docx")
    r.problem(400)
    has(r.text, "docx", "csv", "json")
