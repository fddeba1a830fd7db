# SPDX-License-Identifier: MIT
"""Places: the official exports as they are downloaded, and names that repeat."""

import json
import os
import random

import directory
from harness import DATA, Server, eq, has, yes

LGD = os.path.join(DATA, "lgd_blocks.csv")


def lgd(world):
    data = world.path("lgd")
    done = world.run("places", "import", LGD, "--data", data).expect(0)
    return data, done


def test_find_ramgarh(world):
    """places find ramgarh lists all seven blocks, with district and state"""
    data, _ = lgd(world)
    done = world.run("places", "find", "ramgarh", "--data", data).expect(0)
    for code, district, state in ((1796, "Kaimur", "Bihar"), (6937, "Samba", "Jammu"),
                                  (3104, "Dumka", "Jharkhand"), (7367, "Palamu", "Jharkhand"),
                                  (3175, "Ramgarh", "Jharkhand"), (583, "Alwar", "Rajasthan"),
                                  (397, "Nainital", "Uttarakhand")):
        line = [x for x in done.out.splitlines() if f" {code} " in f" {x} ".replace(",", " ")
                .replace("|", " ")]
        eq(len(line), 1, f"lines with {code} in\n{done.out}")
        has(line[0], district, state)


def test_lgd_export(world):
    """an LGD export of blocks: two columns of one name, a block under two districts"""
    data, done = lgd(world)
    has(done.out + done.err, "LGD blocks", "11", "1")
    run = lambda text: world.run("query", text, "--data", data, "--format", "csv").expect(0).table()
    eq(run("FROM places |> WHERE level = 'block' AND code = 2494 |> AGGREGATE COUNT(*) AS n"),
       [{"n": "2"}], "rows of the shared block")
    eq(run("FROM places |> WHERE code = 3614 AND level = 'block' |> SELECT name, name_hi")[0]
       ["name_hi"], "भैरमगढ़", "local name")
    eq(run("FROM places |> WHERE level = 'state' |> AGGREGATE COUNT(*) AS n"), [{"n": "7"}],
       "states")


def test_import_twice(world):
    """the same export again changes nothing"""
    data, _ = lgd(world)
    text = "FROM places |> SELECT level, code, name, parent |> ORDER BY level, code, parent"
    before = world.run("query", text, "--data", data, "--format", "csv").expect(0).out
    has(world.run("places", "import", LGD, "--data", data).expect(0).out, "unchanged")
    eq(world.run("query", text, "--data", data, "--format", "csv").expect(0).out, before, "places")


def test_shared_block(world):
    """registrations of a block that lies in two districts count in the district that was named"""
    data, _ = lgd(world)
    with Server(world, data) as s:
        s.post_batch("date,district,block,count\n2021-11-20,739,2494,3\n2021-11-20,616,2494,4\n"
                     ).expect(201)
        eq(s.count("district = 739"), 3, "Bajali")
        eq(s.count("district = 616"), 4, "Baksa")
        eq(s.count("block_code = 2494"), 7, "the block")
        rows = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block_code").rows()
        eq(rows, [{"block_code": 2494, "n": 7}], "grouped by identity")


def test_places_move_under_data(world):
    """places that come later change no count: what is stored is not the order"""
    data = world.small_copy()
    with Server(world, data) as s:
        s.post_batch("date,district,block,count\n2021-11-20,607,Gola,3\n2021-11-20,607,,4\n"
                     ).expect(201)
        more = world.file("more.csv", "level,code,parent,name\nstate,1,,Before\ndistrict,2,1,Them\n"
                          "block,3,2,All\nblock,3169,607,Between\npanchayat,5,3168,Inside\n")
        world.run("places", "import", more, "--data", data).expect(0)
        eq(s.count("block = 'Gola'"), 3, "Gola")
        eq(s.count("district = 607"), 7, "the district")
        eq(s.count("state = 'Before'"), 0, "a state that came later")
        s.post_batch("date,district,block,count\n2021-11-20,607,Between,5\n").expect(201)
        eq(s.count("district = 607"), 12, "the district")
    with Server(world, data) as s:
        eq(s.count("district = 607"), 12, "after a restart")


def test_bad_places(world):
    """wrong files of places are refused with the line"""
    for content, part in (("level,code,parent,name\nblock,1,999,Nowhere\n", "999"),
                          ("level,code,parent,name\nvillage,1,2,X\n", "village"),
                          ("level,code,parent,name\nstate,x,,X\n", "x"),
                          ("a,b,c\n1,2,3\n", "header"), ("", "empty")):
        done = world.run("places", "import", world.file("bad.csv", content), "--data",
                         world.small_copy()).expect(1)
        has(done.err, part)


def test_places_over_http(world):
    """GET /v1/places: below a place, by level, by name"""
    a = world.demo.get("/v1/places?under=607&level=block").expect(200)
    has(a.text, "3168", "Gola", "गोला")
    yes("panchayat 1" not in a.text, "panchayats are left out")
    has(world.demo.get("/v1/places", find="दुलमी").expect(200).text, "6717", "Dulmi")


def report(done):
    return json.loads(done.expect(0).out)


def test_the_country(world):
    """exports of the country's size, as CSV, as XML called .xls and as a page; then a split"""
    country = directory.Country()
    data = world.path("country")
    files = (("states.csv", directory.csv(country.states_csv()), "LGD states", directory.STATES),
             ("districts.csv", directory.csv(country.districts_csv(), quote=True), "LGD districts",
              directory.DISTRICTS),
             ("blocks.xls", directory.excel_xml(country.blocks_csv(), "All Blocks of India"),
              "LGD blocks", directory.BLOCKS + directory.SHARED),
             ("panchayats.csv", "\ufeff" + directory.csv(country.panchayats_csv(2)),
              "LGD panchayats", directory.BLOCKS * 2))
    for name, text, kind, added in files:
        path = world.file(name, text)
        first = report(world.run("places", "import", path, "--data", data))
        eq((first["kind"], first["added"]), (kind, added), name)
        again = report(world.run("places", "import", path, "--data", data))
        eq((again["added"], again["updated"], again["moved"], again["snapshot"]),
           (0, 0, 0, first["snapshot"]), f"{name} again")
    eq(report(world.run("places", "import", world.file("b.html", directory.html(
        country.blocks_csv())), "--data", data))["unchanged"],
       directory.BLOCKS + directory.SHARED, "as a page")
    utf16 = directory.csv(country.states_csv()).replace(",", "\t").encode("utf-16")
    eq(report(world.run("places", "import", world.file("u.txt", utf16), "--data", data))
       ["unchanged"], directory.STATES, "as Unicode text")
    split_the_country(world, data, country)


def split_the_country(world, data, country):
    """A district out of five blocks of two districts, beside registrations of all blocks."""
    rng = random.Random(5)
    rows = [(b[4], b[0], rng.randint(1, 9)) for b in rng.choices(country.blocks, k=20000)]
    rows += [(d[0], None, rng.randint(1, 9)) for d in rng.choices(country.districts, k=2000)]
    total = sum(n for _, _, n in rows)
    shared = {b[0] for b in country.blocks[directory.BLOCKS:]}
    mine = [b for b in country.blocks if b[0] not in shared]
    one = mine[500]
    other = next(b for b in mine if b[4] != one[4]
                 and country.district[b[4]][0] == country.district[one[4]][0])
    moved = [b for b in mine if b[4] == one[4]][:3] + [b for b in mine if b[4] == other[4]][:2]
    changes = "kind,level,old_code,new_code,effective_on,parent,name\n" + "".join(
        f"split,district,{d},900,2022-04-04,,NAYA ZILA\n" for d in (one[4], other[4])) + "".join(
        f"move,block,{b[0]},,2022-04-04,900,\n" for b in moved)
    with Server(world, data) as s:
        s.post_batch("date,district,block,count\n" + "".join(
            f"2021-11-{1 + n},{d},{b or ''},{n}\n" for d, b, n in rows)).expect(201)
        by = "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district_code"
        before = {r["district_code"]: r["n"] for r in s.query(by).rows()}
        s.request("POST", "/v1/places", changes).expect(201)
        old = {r["district_code"]: r["n"] for r in s.query(by, borders="2022-04-03").rows()}
        eq(old, before, "in the old borders")
        new = {r["district_code"]: r["n"] for r in s.query(by).rows()}
        want = dict(before)
        for b in moved:
            n = sum(x[2] for x in rows if x[1] == b[0])
            want[b[4]] -= n
            want[900] = want.get(900, 0) + n
        eq(new, {k: v for k, v in want.items() if v}, "in the new borders")
        eq((sum(new.values()), sum(old.values()), s.count()), (total, total, total), "totals")


def test_other_exports(world):
    """exports that hold no level of ours, or no block, are refused with what to take instead"""
    for header, part in (("S.No.,State Code,State Name,District Code,District Name,Sub-district "
                          "Code,Sub-district Version,Sub-district Name", "sub-district"),
                         ("S.No.,State Code,State Name (In English),Local Body Code,Local Body "
                          "Version,Local Body Name (In English),Localbody Type Code", "block"),
                         ("a,b,c", "header")):
        done = world.run("places", "import", world.file("x.csv", header + "\n" +
                         "1" + ",1" * header.count(",") + "\n"), "--data", world.small_copy())
        has(done.expect(1).err, part)
    done = world.run("places", "import", world.file("x.xlsx", b"PK\x03\x04zip"), "--data",
                     world.small_copy())
    has(done.expect(1).err, "xlsx", "CSV")
