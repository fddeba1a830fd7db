# SPDX-License-Identifier: MIT
"""Attributes of registrations that the configuration declares."""

import os

from harness import Server, eq, has, yes

CONFIG = """attributes = {
  education = { type = "choice", title = { en = "Education", hi = "शिक्षा स्तर" }, values = {
    { "none", title = { en = "None", hi = "अशिक्षित" } },
    { "primary", title = { en = "Primary", hi = "प्राथमिक" }, aliases = { "class 5", "पाँचवीं" } },
    "graduate" } },
  household = { type = "integer", min = 1, max = 40 },
  bank_account = { type = "text", title = { en = "Bank", hi = "बैंक" } },
}
"""
ROWS = ("date,district,block,education,household,bank_account\n"
        "2021-11-20,607,Gola,Primary,4,SBI\n2021-11-20,607,Gola,पाँचवीं,6,\n"
        "2021-11-21,607,Gola,अशिक्षित,1,PNB\n2021-11-21,607,Gola,,,\n")
BY_SCHOOL = ("FROM registrations |> AGGREGATE COUNT(*) AS n, MAX(household) AS h GROUP BY education"
             " |> ORDER BY n DESC, education")


def declare(data, text=CONFIG):
    with open(os.path.join(data, "panji.lua"), "w", encoding="utf-8") as f:
        f.write(text)


def test_import_query_and_schema(world):
    """declared attributes are imported, asked in both scripts, described, and told over HTTP"""
    data = world.small_copy()
    declare(data)
    with Server(world, data) as s:
        s.post_batch(ROWS, key="one").expect(201)
        rows = s.get("/v1/query.csv", q=BY_SCHOOL).expect(200).table()
        eq(rows, [{"education": "Primary", "n": "2", "h": "6"},
                  {"education": "", "n": "1", "h": ""},
                  {"education": "None", "n": "1", "h": "1"}], "by education")
        hindi = ("FROM registrations |> WHERE education = 'प्राथमिक' AND bank_account = 'SBI' "
                 "|> SELECT education, education_code")
        rows = s.get("/v1/query.csv", lang="hi", q=hindi).table()
        eq(rows, [{"education": "प्राथमिक", "education_code": "1"}], "in Hindi")
        has(s.get("/v1/query.csv", q="DESCRIBE registrations").text, "household,INT64",
            "education,STRING")
        columns = {c["name"]: c for c in s.get("/v1/schema", lang="hi").json()["columns"]}
        eq(columns["education"]["title"], "शिक्षा स्तर", "the title")
        eq(columns["education"]["values"], ["अशिक्षित", "प्राथमिक", "graduate"], "the values")
        eq((columns["household"]["min"], columns["household"]["max"]), (1, 40), "the range")
        problem = s.get("/v1/query", q="FROM registrations |> WHERE education = 'primry'")
        has(problem.expect(400).text, 'did you mean \\"Primary\\"')
        s.request("PUT", "/v1/tables/schooling", "education,years\nPrimary,5\ngraduate,15\n",
                  {"Content-Type": "text/csv"}).expect(201)
        rows = s.get("/v1/query.csv", q="FROM schooling |> JOIN registrations USING (education) "
                     "|> AGGREGATE COUNT(*) AS n GROUP BY education, years").table()
        eq(rows, [{"education": "Primary", "years": "5", "n": "2"}], "joined with a table")


def test_rejects_tell_what_is_allowed(world):
    """a wrong value is refused with the values or the range that are allowed"""
    data = world.small_copy()
    declare(data)
    bad = world.file("bad.csv", "date,district,education,household\n2021-11-20,607,Phd,99\n")
    done = world.run("import", bad, "--data", data).expect(1)
    has(done.err, "allowed: None, Primary, graduate", "between 1 and 40")
    mapping = world.file("m.map", "education: दसवीं = Primary\ncolumn: schooling = education\n")
    good = world.file("good.csv", "date,district,schooling\n2021-11-20,607,दसवीं\n")
    world.run("import", good, "--data", data, "--mapping", mapping).expect(0)
    done = world.run("query", BY_SCHOOL, "--data", data, "--format", "csv").expect(0)
    eq(done.table(), [{"education": "Primary", "n": "1", "h": ""}], "through a mapping")


def test_a_directory_remembers(world):
    """without the configuration the attributes are there; what changes is handled or explained"""
    data = world.small_copy()
    declare(data)
    world.run("import", world.file("rows.csv", ROWS), "--data", data).expect(0)
    run = lambda: world.run("query", BY_SCHOOL, "--data", data, "--format", "csv")
    before = run().expect(0).out
    os.remove(os.path.join(data, "panji.lua"))
    eq(run().expect(0).out, before, "without the configuration")
    declare(data, 'attributes = { education = { type = "choice", values = { "primary", "phd" } }, '
            'household = { type = "integer", min = 1, max = 3 } }')
    eq(run().expect(0).out, before, "values that are no longer allowed")
    bad = world.file("bad.csv", "date,district,education,household\n2021-11-20,607,none,6\n")
    has(world.run("import", bad, "--data", data).expect(1).err, '"none" is no longer a value',
        "between 1 and 3")
    for text, part in (("education = false", "cannot be taken away"),
                       ('education = { type = "text" }', "cannot change its type"),
                       ('sector = { type = "text" }', "column already")):
        declare(data, f"attributes = {{ {text} }}")
        has(run().expect(1).err, part)


def test_after_the_data(world):
    """attributes declared behind packed registrations come beside them"""
    data = world.path("country")
    world.run("gen", "--rows", "500", "--data", data).expect(0)
    declare(data, 'attributes = { household = { type = "integer", min = 1, max = 40 } }')
    query = ("FROM registrations |> AGGREGATE COUNT(*) AS n "
             "GROUP BY household, gender IS NULL AS g |> ORDER BY n")
    place = world.run("query", "FROM registrations |> SELECT district_code, block_code |> LIMIT 1",
                      "--data", data, "--format", "csv").expect(0).table()[0]
    rows = f"date,district,block,household\n2021-11-20,{place['district_code']},,7\n"
    world.run("import", world.file("rows.csv", rows), "--data", data).expect(0)
    got = world.run("query", query, "--data", data, "--format", "csv").expect(0).table()
    eq(got, [{"household": "7", "g": "true", "n": "1"},
             {"household": "", "g": "false", "n": "500"}], "old and new")
    yes("household" in world.run("query", "DESCRIBE registrations", "--data", data).out, "column")
