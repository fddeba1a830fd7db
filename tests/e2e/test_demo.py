# SPDX-License-Identifier: MIT
"""The two reviews that the demonstration data stands for. What is expected is counted here anew
from the CSV files that were imported, and from the documents' own figures."""

import collections
import csv
import filecmp
import os
import subprocess

from harness import ROOT, eq, has, yes

AS_ON = "2021-11-18"
PRINTED = {"Agriculture": 24239, "Construction": 4119, "Capital Goods & Manufacturing": 3590,
           "Domestic and Household Workers": 2468, "Healthcare": 2015,
           "Automobile & Transportation": 1407, "Education": 659, "Electronics & HW": 444,
           "Miscellaneous": 350}
PRINTED_NUMBERS = [24239, 4119, 3590, 2468, 2015, 1407, 1323, 659, 564, 444, 350]
BLOCKS = {"Chitarpur": 6716, "Dulmi": 6717, "Gola": 3168, "Mandu": 3172, "Patratu": 3174,
          "Ramgarh": 3175}


def records(world, name):
    with open(os.path.join(world.demo_data, "csv", name), encoding="utf-8") as f:
        yield from csv.DictReader(f)


def ramgarh(world):
    for name in ("csc", "camp", "portal"):
        yield from records(world, f"ramgarh-{name}.csv")


def counted(rows, *columns, where=lambda row: True):
    """Registrations by one column, or by several."""
    sums = collections.Counter()
    for row in rows:
        if where(row):
            key = tuple(row.get(c) or None for c in columns)
            sums[key if len(columns) > 1 else key[0]] += int(row["count"])
    return dict(sums)


def largest_remainder(total, weights):
    whole = sum(weights.values())
    parts = {k: total * w // whole for k, w in weights.items()}
    order = sorted(weights, key=lambda k: (-(total * weights[k] % whole), k))
    for k in order[:total - sum(parts.values())]:
        parts[k] += 1
    return parts


def workers(world):
    return {int(r["code"]): int(r["workers"]) for r in records(world, "places.csv")
            if r["level"] == "block" and r["parent"] == "607"}


def targets(world):
    """The set ramgarh_2021 anew: 65,000, of which Mandu 16,000, the others by workers."""
    shares = workers(world)
    del shares[3172]
    return {3172: 16000, **largest_remainder(49000, shares)}


def number(text):
    return float(text) if text not in (None, "") else None


def test_generator_is_deterministic(world):
    """the demonstration data is the same, byte for byte, each time"""
    again = world.path("again")
    os.mkdir(again)
    mapping = os.path.join(ROOT, "plugins", "drive", "mappings", "ramgarh.map")
    subprocess.run(["lua5.4", os.path.join(ROOT, "scripts", "demo_data.lua"), again, mapping],
                   check=True)
    first = os.path.join(world.demo_data, "csv")
    eq(sorted(os.listdir(again)), sorted(os.listdir(first)), "files")
    for name in os.listdir(again):
        yes(filecmp.cmp(os.path.join(again, name), os.path.join(first, name), shallow=False),
            f"{name} differs")


def test_demo_does_nothing_when_complete(world):
    """scripts/demo leaves a complete directory alone"""
    def state():
        return {n: os.stat(os.path.join(world.demo_data, n)).st_mtime_ns
                for n in os.listdir(world.demo_data)}
    before = state()
    subprocess.run([os.path.join(ROOT, "scripts", "demo"), world.demo_data, world.panji],
                   check=True, capture_output=True)
    eq(state(), before, "times of the files")


def test_generated_totals(world):
    """the generated records add up to what the two documents publish"""
    rows = list(ramgarh(world))
    eq(sum(int(r["count"]) for r in rows), 42478, "Ramgarh")
    by_sector = counted(rows, "sector")
    eq(by_sector.pop(None), 1300, "without a sector")
    eq(sorted(by_sector.values(), reverse=True), PRINTED_NUMBERS, "the eleven sectors")
    eq(sum(int(r["count"]) for r in records(world, "haryana-portal.csv")), 266000, "Haryana")


def test_sector_summary_csv(world):
    """sector_summary.csv: the eleven printed figures, 1,300 not stated, 42,478 against 41,178"""
    table = world.demo.get("/v1/reports/drive/sector_summary.csv?district=607").expect(200)
    has(table.headers["Content-Type"], "text/csv")
    rows = {r["sector"]: r for r in table.table()}
    for sector, n in PRINTED.items():
        eq(number(rows[sector]["counted"]), n, sector)
        eq(number(rows[sector]["stated"]), n, f"{sector}, stated")
        eq(number(rows[sector]["difference"]), 0, f"{sector}, difference")
    figures = [number(r["counted"]) for r in table.table()]
    for n in PRINTED_NUMBERS + [1300, 42478]:
        yes(n in figures, f"{n} is not in the report: {figures}")
    has(table.text, "41178", "42478", "1300")


def test_sector_summary_json(world):
    """sector_summary.json says the same as the CSV, with numbers as numbers"""
    a = world.demo.get("/v1/reports/drive/sector_summary.json?district=607").expect(200)
    b = world.demo.get("/v1/reports/drive/sector_summary.csv?district=607").expect(200)
    body = a.json()
    eq([str(r["counted"]) for r in body["data"]], [r["counted"] for r in b.table()], "counted")
    eq(body["as_on"], AS_ON, "as_on")
    eq(body["rows"], len(body["data"]), "rows")
    eq(body["truncated"], False, "truncated")
    yes(all("title" in m for m in body["meta"]), "each column has a title")


def test_block_review(world):
    """block_review.json: six blocks with ranks 1 to 6, every figure, and a total row of 42,478"""
    rows = world.demo.get("/v1/reports/drive/block_review.json?district=607").expect(200).rows()
    eq(len(rows), 7, "rows: six blocks and the total")
    blocks, total = rows[:-1], rows[-1]
    done = {int(k): v for k, v in counted(ramgarh(world), "block").items()}
    today = {int(k): v for k, v in counted(ramgarh(world), "block",
                                           where=lambda r: r["date"] == AS_ON).items()}
    goal = targets(world)
    eq({r["block"] for r in blocks}, set(BLOCKS), "blocks")
    eq(sorted(r["rank"] for r in blocks), [1, 2, 3, 4, 5, 6], "ranks")
    pct = {n: done[c] / goal[c] for n, c in BLOCKS.items()}
    by_rank = [r["block"] for r in sorted(blocks, key=lambda r: r["rank"])]
    eq(by_rank, sorted(pct, key=lambda n: -pct[n]), "blocks in the order of their ranks")
    for r in blocks:
        code = BLOCKS[r["block"]]
        eq((r["done"], r["today"], r["target"]), (done[code], today[code], goal[code]), r["block"])
        eq(r["balance"], goal[code] - done[code], f"balance of {r['block']}")
        yes(abs(r["pct"] - 100 * pct[r["block"]]) < 0.06, f"pct of {r['block']}: {r['pct']}")
        # 73 of the 110 working days between 26 August and 31 December have passed
        yes(abs(r["expected"] - goal[code] * 73 / 110) <= 1, f"expected: {r['expected']}")
        need = (goal[code] - done[code]) / 37
        yes(need - 0.01 <= r["required_per_day"] <= need + 1, f"required: {r['required_per_day']}")
    eq((total["done"], total["target"], total["today"]), (42478, 65000, sum(today.values())),
       "the total row")
    yes(abs(total["pct"] - 100 * 42478 / 65000) < 0.06, f"the total's pct: {total['pct']}")


def test_block_review_csv(world):
    """block_review.csv says the same as the JSON"""
    a = world.demo.get("/v1/reports/drive/block_review.json?district=607").expect(200).rows()
    b = world.demo.get("/v1/reports/drive/block_review.csv?district=607").expect(200).table()
    eq([str(r["done"]) for r in a], [r["done"] for r in b], "done")
    eq([str(r["rank"] or "") for r in a], [r["rank"] for r in b], "rank")


def test_block_review_earlier(world):
    """block_review as on an earlier day counts only up to that day"""
    rows = world.demo.get("/v1/reports/drive/block_review.json",
                          district="607", as_on="2021-10-15").expect(200).rows()
    n = counted(ramgarh(world), "district", where=lambda r: r["date"] <= "2021-10-15")["607"]
    eq(rows[-1]["done"], n, "registrations by 15 October")


def test_block_review_hindi(world):
    """block_review with lang=hi prints blocks and titles in Hindi"""
    body = world.demo.get("/v1/reports/drive/block_review.json?district=607&lang=hi").json()
    yes({"गोला", "दुलमी", "मांडू"} <= {r["block"] for r in body["data"]}, "blocks in Hindi")
    has(str(body["meta"]), "लक्ष्य")


def test_names_for_district(world):
    """a report takes the district by code, by name and by Hindi name"""
    path = "/v1/reports/drive/block_review.csv"
    answers = [world.demo.get(path, district=d).expect(200).body
               for d in ("607", "Ramgarh", "रामगढ़", "RAMGARH")]
    eq(len(set(answers)), 1, "different answers")


def test_state_overview(world):
    """state_overview: Haryana's 22 districts add up to 2,66,000"""
    a = world.demo.get("/v1/reports/drive/state_overview.json?state=6").expect(200)
    by_district = counted(records(world, "haryana-portal.csv"), "district")
    has(a.text, "266000")
    names = {r["code"]: r["name"] for r in records(world, "places.csv")
             if r["level"] == "district"}
    for code, n in by_district.items():
        row = [r for r in a.rows() if names[code] in r.values()]
        eq(len(row), 1, f"rows of {names[code]}")
        yes(n in row[0].values(), f"{names[code]} has {n}: {row[0]}")


def test_csc_daily(world):
    """csc_daily: each centre's registrations of the day, and zero for the silent ones"""
    rows = world.demo.get("/v1/reports/drive/csc_daily.json", district="607", block="3168",
                          as_on=AS_ON).expect(200).rows()
    csc = [r for r in records(world, "ramgarh-csc.csv") if r["block"] == "3168"]
    day = counted(csc, "centre", where=lambda r: r["date"] == AS_ON)
    expected = {r["centre"]: day.get(r["centre"], 0) for r in csc}
    got = {r["centre"]: r["today"] for r in rows if r["centre"] in expected}
    eq(got, expected, "registrations by centre")
    yes(list(expected.values()).count(0) >= 3, "some centres are silent")
    eq(expected["CSC-3168-05"], 0, "the centre silent for two weeks")


def test_departments(world):
    """departments: each against its own target, what none claims, and what was recognised again"""
    body = world.demo.get("/v1/reports/drive/departments.json?district=607").expect(200).json()
    done = counted(records(world, "ramgarh-camp.csv"), "department")
    goal = {r["department"]: int(r["target"]) for r in records(world, "department_targets.csv")}
    rows = {r["department"]: r for r in body["data"]}
    for name, target in goal.items():
        eq((rows[name]["target"], rows[name]["done"]), (target, done.get(name, 0)), name)
        yes(abs(rows[name]["pct"] - 100 * done.get(name, 0) / target) < 0.06, f"pct of {name}")
    eq(rows["No department claims"]["done"], 42478 - sum(done.values()), "claimed by none")
    eq(rows["Total"]["done"], 42478, "the total")
    again = len(list(records(world, "ramgarh-department.csv")))
    eq(rows["Overlap, all places (not counted)"]["repeated"], again, "recognised again")
    yes(again > 20 and "simulated" in world.demo.get("/v1/reports").text, "the overlap is shown")


def test_camps(world):
    """camps: planned against held, cost per registration, cost of those that registered none"""
    rows = world.demo.get("/v1/reports/drive/camps.json?district=607").expect(200).rows()
    done = counted(records(world, "ramgarh-camp.csv"), "camp")
    plan = {r["camp"]: r for r in records(world, "camps.csv")}
    got = {r["camp"]: r for r in rows[:-1]}
    eq(set(got), set(plan) | set(done), "camps")
    for name, r in got.items():
        state = ("held" if name in plan else "held without a plan") if name in done else (
            "still to come" if plan[name]["planned_on"] > AS_ON else "none registered")
        eq((r["state"], r["done"]), (state, done.get(name, 0)), name)
        if state == "held":
            yes(abs(r["per_registration"] - int(plan[name]["cost"]) / done[name]) < 0.01, name)
    lost = sum(int(plan[n]["cost"]) for n, r in got.items() if r["state"] == "none registered")
    eq((rows[-1]["done"], rows[-1]["cost_of_none"]), (sum(done.values()), lost), "the total")
    yes(lost > 0 and rows[0]["state"] == "none registered", "those that registered none are first")


def test_factories(world):
    """factories: those registered of each, the ones without any first, and 100 per cent of one"""
    rows = world.demo.get("/v1/reports/drive/factories.json?district=607").expect(200).rows()
    done = counted(ramgarh(world), "establishment")
    work = {r["name"]: int(r["workers"]) for r in records(world, "factories.csv")}
    eq({r["name"]: (r["workers"], r["done"]) for r in rows[:-1]},
       {n: (w, done.get(n, 0)) for n, w in work.items()}, "factories")
    none = [r["done"] == 0 for r in rows[:-1]]
    eq(none, sorted(none, reverse=True), "those with none first")
    eq([r["name"] for r in rows[:-1] if r["pct"] == 100], ["Refractory works"], "all registered")
    eq((rows[-1]["workers"], rows[-1]["done"]),
       (sum(work.values()), sum(n for name, n in done.items() if name)), "the total")
    hindi = world.demo.get("/v1/reports/drive/factories?district=607&lang=hi").expect(200).json()
    has(hindi["summary"], "कारखानों")


def test_hindi_query(world):
    """a query with the district's Hindi name: sectors in order, 42,478 in all"""
    rows = world.demo.query("FROM registrations |> WHERE district = 'रामगढ़' "
                            "|> AGGREGATE COUNT(*) AS n GROUP BY sector |> ORDER BY n DESC"
                            ).expect(200).rows()
    eq(rows[0], {"sector": "Agriculture", "n": 24239}, "first row")
    eq([r["n"] for r in rows], sorted(PRINTED_NUMBERS + [1300], reverse=True), "numbers")
    eq([r["n"] for r in rows if r["sector"] is None], [1300], "not stated")


def test_alerts(world):
    """alerts: Gola and Dulmi lag, and no other block"""
    rows = world.demo.get("/v1/alerts").expect(200).rows()
    rows = [r for r in rows if r["rule"] == "lagging_block" and
            r["state"] in ("pending", "firing")]
    lagging = sorted(name for name in BLOCKS for r in rows if f"{name}" in r["message"].split(
        " of ")[0])
    eq(len(rows), 2, f"alerts: {rows}")
    eq(lagging, ["Dulmi", "Gola"], "blocks that lag")


def test_targets(world):
    """the ledger of targets: 65,000 shared out exactly, Mandu's 16,000 as agreed"""
    a = world.demo.get("/v1/targets/drive/ramgarh_2021").expect(200)
    goal = targets(world)
    eq(sum(goal.values()), 65000, "sum")
    for n in goal.values():
        has(a.text, str(n))
    has(a.text, "fixed", "workers")


GROUPINGS = ["date", "block", "panchayat", "sector", "gender", "category", "channel", "centre",
             "occupation", "age", "camp", "source", "department", "establishment"]


def test_groupings(world):
    """counts by each column of Ramgarh equal a count of the files, from the cube and by scanning"""
    codes = {r["code"]: r["name"] for r in records(world, "places.csv")}
    rows = []
    for name in ("csc", "camp", "portal"):
        rows += [{**r, "source": name} for r in records(world, f"ramgarh-{name}.csv")]
    for column in GROUPINGS:
        expected = counted(rows, column)
        got = {r[column]: r["n"] for r in world.demo.query(
            f"FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n "
            f"GROUP BY {column}").expect(200).rows()}
        if column in ("block", "panchayat"):
            expected = {codes[k]: n for k, n in expected.items()}
        if column == "age":
            expected = {int(k): n for k, n in expected.items()}
        if column == "sector":
            eq(sorted(got.values()), sorted(expected.values()), column)
        else:
            eq(got, expected, column)


def test_windows(world):
    """a window of days in one block counts what the files hold"""
    for first, last in (("2021-08-26", "2021-08-26"), ("2021-10-18", "2021-10-24"),
                        ("2021-10-21", "2021-10-21"), ("2021-11-01", AS_ON)):
        n = counted(ramgarh(world), "block", where=lambda r: r["block"] == "3168" and
                    first <= r["date"] <= last).get("3168", 0)
        eq(world.demo.count(f"block = 3168 AND date BETWEEN '{first}' AND '{last}'"), n,
           f"{first} to {last}")


def test_crossings(world):
    """women in agriculture by block and channel count as in the files"""
    got = {(r["block_code"], r["channel"]): r["n"] for r in world.demo.query(
        "FROM registrations |> WHERE district = 607 AND gender = 'F' AND sector = 'कृषि' "
        "|> AGGREGATE COUNT(*) AS n GROUP BY block_code, channel").expect(200).rows()}
    expected = counted(ramgarh(world), "block", "channel",
                       where=lambda r: r["gender"] == "F" and r["sector"] == "कृषि")
    eq(got, {(int(b), c): n for (b, c), n in expected.items()}, "women in agriculture")


def test_haryana_blocks(world):
    """Haryana's 143 blocks count as in the files, two of the same name apart"""
    got = {(r["district_code"], r["block"]): r["n"] for r in world.demo.query(
        "FROM registrations |> WHERE state = 'Haryana' |> AGGREGATE COUNT(*) AS n "
        "GROUP BY district_code, block_code, block").expect(200).rows()}
    expected = counted(records(world, "haryana-portal.csv"), "district", "block")
    eq(got, {(int(d), b): n for (d, b), n in expected.items()}, "blocks")
    eq(len(got), 143, "blocks")


def test_stated_is_a_table(world):
    """the published figures can be asked like any table"""
    rows = world.demo.query("FROM stated |> WHERE sector IS NULL |> SELECT place, total "
                            "|> ORDER BY total").expect(200).rows()
    eq([r["total"] for r in rows], [42478, 266000], "totals")


def test_simulation_is_told(world):
    """the reports say that the records are simulated"""
    a = world.demo.get("/v1/reports").expect(200)
    has(a.text, "simulated", what="the list of reports")
