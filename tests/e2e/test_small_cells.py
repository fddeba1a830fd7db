# SPDX-License-Identifier: MIT
"""Small counts of persons: hidden from who may not see them, in every form, and never as 0."""

import csv
import io
import os

from harness import Server, eq, has, yes

BLOCKS = {"Gola": {"F": 40, "M": 25, "O": 1}, "Mandu": {"F": 3, "M": 31}, "Patratu": {"F": 12},
          "Dulmi": {"F": 2, "M": 1}}
BY_GENDER = "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block, gender"
WOMEN = ("FROM registrations |> AGGREGATE COUNT(*) AS n, COUNTIF(gender = 'F') AS women "
         "GROUP BY block |> ORDER BY block")
PLUGIN = """
plugin { name = "p", version = "1", api = 1 }
report "women" { title = "Women",
  query = [[ %s ]], columns = { { "block" }, { "n" }, { "women" } }, total = true }
report "script" { title = "By a script", columns = { { "n", type = "integer" } },
  run = function(p, query)
    local sum = 0
    for _, r in ipairs(query("%s")) do sum = sum + r.n end
    return { { n = sum } }
  end }
""" % (WOMEN, BY_GENDER)


def bearer(world, data, role):
    done = world.run("token", "create", "--role", role, "--data", data).expect(0)
    return {"Authorization": f"Bearer {done.out.strip()}"}


def batch():
    lines = ["date,district,block,gender,age,count"]
    for block, genders in BLOCKS.items():
        lines += [f"2021-11-18,607,{block},{g},{20 + 20 * (g == 'M')},{n}"
                  for g, n in genders.items()]
    return "\n".join(lines) + "\n"


def test_hidden_in_every_form(world):
    """who may not see small counts: null, a mark and a note; planners see all; ETags differ"""
    data = world.small_copy()
    planner, viewer = bearer(world, data, "planner"), bearer(world, data, "viewer")
    sender = bearer(world, data, "ingest")
    plugins = world.path("plugins")
    os.mkdir(plugins)
    with Server(world, data, plugins=plugins) as s:
        s.post_batch(batch(), key="a", headers=sender, source="csc").expect(201)
        s.request("PUT", "/v1/plugins/p", PLUGIN, planner).expect(201)
        all_rows = s.query(WOMEN, headers=planner).expect(200)
        yes("suppressed" not in all_rows.json(), "nothing is hidden from a planner")
        eq({r["block"]: r["women"] for r in all_rows.rows()},
           {b: g.get("F", 0) for b, g in BLOCKS.items()}, "all of it")
        answer = s.query(WOMEN, headers=viewer).expect(200)
        yes(answer.headers["ETag"] != all_rows.headers["ETag"], "one tag for two answers")
        eq([(r["block"], r["n"], r["women"]) for r in answer.rows()],
           [("Dulmi", 3, None), ("Gola", 66, 40), ("Mandu", 34, None), ("Patratu", 12, 12)],
           "what a viewer sees")
        eq(answer.json()["suppressed"],
           {"below": 5, "cells": [{"row": 0, "columns": ["women"]},
                                  {"row": 2, "columns": ["women"]}]}, "what is hidden")
        eq(s.query(WOMEN, headers=viewer, shape="array").json()[0],
           {"block": "Dulmi", "n": 3, "women": None, "suppressed": ["women"]}, "a bare row")
        eq(list(csv.reader(io.StringIO(s.query(WOMEN, headers=viewer, format="csv").text)))[1:],
           [["Dulmi", "3", "·"], ["Gola", "66", "40"], ["Mandu", "34", "·"],
            ["Patratu", "12", "12"]], "csv")
        page = s.query(WOMEN, headers=viewer, format="html", lang="hi").text
        has(page, "<td class=\"n\">·</td>", "5 से कम लोगों का है")
        rows = s.query(BY_GENDER, headers=viewer).rows()
        eq(sorted((str(r["block"]), str(r["gender"]), r["n"]) for r in rows),
           [("Dulmi", "None", None), ("Gola", "F", 40), ("Gola", "M", None),
            ("Gola", "O", None), ("Mandu", "None", None), ("Patratu", "F", 12)],
           "by gender")
        has(s.query("FROM registrations", headers=viewer).problem(403)["code"],
            "suppressed_by_rule")
        report = s.get("/v1/reports/p/women.csv", headers=viewer).expect(200).text
        has(report, "Dulmi,3,·", "Total,115,·")
        has(s.get("/v1/reports/p/women.csv", headers=planner).expect(200).text, "Total,115,57")
        eq(s.get("/v1/reports/p/script.csv", headers=planner).expect(200).text, "n\n115\n", "all")
        eq(s.get("/v1/reports/p/script.csv", headers=viewer).expect(200).text, "n\n·\n",
           "sums of a script")
