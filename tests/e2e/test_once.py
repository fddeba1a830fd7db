# SPDX-License-Identifier: MIT
"""Registrations that come again, corrections, the audit trail, figures that were revised."""

import datetime
import json
import os
import stat

from harness import eq, has, yes

HEAD = "date,district,block,sector,registration_id\n"
THREE = (HEAD + "2021-11-20,607,Gola,कृषि,UW-1\n2021-11-20,607,Gola,कृषि,UW-2\n"
         "2021-11-21,607,Mandu,,\n")
MOVED = HEAD + "2021-11-22,607,Mandu,कृषि,UW-2\n2021-11-22,607,Mandu,कृषि,UW-9\n"
MINUS = ("date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,-2\n"
         "2021-11-20,607,Gola,कृषि,-1\n")


def retract(server, batch, **query):
    return server.request("DELETE", f"/v1/batches/{batch}", query=query)


def by_source(server):
    rows = server.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY source, block"
                        " |> ORDER BY source, block").rows()
    return [(r["source"], r["block"], r["n"]) for r in rows]


def test_ignored(world):
    """registrations of another batch are recognised, also after a restart, and counted"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc").expect(201)
        other = THREE.replace("Gola", "Mandu")
        answer = s.post_batch(other, key="b", source="camp").expect(201).json()
        eq((answer["accepted"], answer["repeated"], answer["replaced"]), (1, 2, 0), "the answer")
        has(answer["warnings"][0], "2 rows", "in already")
        s.stop()
        s.start()
        answer = s.post_batch(MOVED, key="c", source="camp").expect(201).json()
        eq((answer["accepted"], answer["repeated"]), (1, 1), "the answer after a restart")
        eq(s.count(), 5, "registrations")
        eq(s.get("/v1/batches/b").json()["repeated"], 2, "the ledger")
        rows = s.query("FROM batches |> SELECT batch, repeated |> ORDER BY batch").rows()
        eq([r["repeated"] for r in rows], [0, 2, 1], "the table")


def test_replaced(world):
    """ids=replace: the newer one counts, by source and place too, until it is retracted"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc").expect(201)
        answer = s.post_batch(MOVED, key="b", source="camp", ids="replace").expect(201).json()
        eq((answer["accepted"], answer["repeated"], answer["replaced"]), (2, 1, 1), "the answer")
        eq(by_source(s), [("camp", "Mandu", 2), ("csc", "Gola", 1), ("csc", "Mandu", 1)], "sources")
        has(retract(s, "a").problem(409)["detail"], "replaced by batch \"b\"")
        retract(s, "b").expect(200)
        eq(by_source(s), [("csc", "Gola", 2), ("csc", "Mandu", 1)], "sources, taken back")
        retract(s, "a").expect(200)
        answer = s.post_batch(THREE, key="a2", source="csc", ids="refuse").expect(201).json()
        eq((answer["accepted"], answer["repeated"]), (3, 0), "sent again after the retraction")


def test_refused(world):
    """ids=refuse: refused with lines, or left out; the id itself is shown and kept nowhere"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc").expect(201)
        problem = s.post_batch(MOVED, key="b", source="camp", ids="refuse").problem(422)
        eq([(e["line"], e["column"], e["field"], e["value"]) for e in problem["errors"]],
           [(2, 5, "registration_id", "")], "the errors")
        has(problem["errors"][0]["reason"], 'batch "a" of source "csc"')
        answer = s.post_batch(MOVED, key="b", source="camp", ids="refuse",
                              on_error="skip").expect(201).json()
        eq((answer["accepted"], answer["rejected"], answer["repeated"]), (1, 1, 1), "left out")
        eq(len(s.get("/v1/batches/b/rejects.csv").expect(200).table()), 1, "rejects")
        s.post_batch(MOVED, key="c", ids="sometimes").problem(400)
        data = s.data
        s.stop()
        key = os.path.join(data, "ids.key")
        eq(stat.S_IMODE(os.stat(key).st_mode), 0o600, "the key's mode")
        for folder, _, names in os.walk(data):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    yes(b"UW-" not in f.read(), f"no id in {name}")


def test_lost_key(world):
    """a lost key is told, and everything but ids goes on"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc").expect(201)
        s.stop()
        os.rename(os.path.join(s.data, "ids.key"), os.path.join(s.data, "kept"))
        s.start()
        has(s.post_batch(MOVED, key="b").problem(503)["detail"], "ids.key is not there")
        s.post_batch("date,district\n2021-11-20,607\n", key="c").expect(201)
        eq(s.count(), 4, "registrations")


def test_command_line(world):
    """panji import --ids, --below-zero and --reason"""
    data = world.small_copy()
    three, moved, minus = (world.file(n, t) for n, t in
                           (("three.csv", THREE), ("moved.csv", MOVED), ("minus.csv", MINUS)))
    world.run("import", three, "--data", data, "--source", "csc").expect(0)
    r = world.run("import", moved, "--data", data, "--ids", "replace", "--dry-run").expect(0)
    eq(json.loads(r.out)["replaced"], 1, "the dry run")
    has(world.run("import", moved, "--data", data, "--ids", "refuse").expect(1).err,
        "line 2", "is in already", what="the complaint")
    has(world.run("import", minus, "--data", data, "--kind", "correction").expect(1).err,
        "holds 2 registrations; -1 would be left", what="the complaint")
    world.run("import", minus, "--data", data, "--kind", "correction", "--below-zero", "allow",
              "--reason", "the camp says so").expect(0)
    r = world.run("query", "FROM audit |> WHERE action = 'correction' |> SELECT who, why, what",
                  "--data", data, "--format", "csv").expect(0)
    has(r.out, "(command line),the camp says so,", "cells below zero allowed")


def test_below_zero(world):
    """a correction that takes more than there is is refused with its cells, unless that is meant"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc").expect(201)
        problem = s.post_batch(MINUS, key="b", kind="correction").problem(422)
        eq([(e["line"], e["value"]) for e in problem["errors"]], [(2, "-2")], "the errors")
        has(problem["errors"][0]["reason"], "Gola (3168)", "2021-11-20", "holds 2",
            "-1 would be left")
        eq(s.count(), 3, "registrations")
        answer = s.post_batch(MINUS, key="b", kind="correction", below_zero="allow").expect(201)
        has(answer.json()["warnings"][0], "1 cells")
        eq(s.count(), 0, "registrations")


def test_audit(world):
    """who, when, what and why, also of what failed to change nothing"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc", reason="from the camp").expect(201)
        s.post_batch(THREE, key="a", source="csc").expect(200)
        s.post_batch(MINUS, key="b", kind="correction").problem(422)
        retract(s, "a", reason="sent by mistake").expect(200)
        s.request("PUT", "/v1/tables/officers", body="block,name\nGola,A\n").expect(201)
        s.request("DELETE", "/v1/tables/officers").expect(200)
        s.request("POST", "/v1/plugins/reload").expect(200)
        rows = s.query("FROM audit |> WHERE who LIKE 'anonymous%' |> ORDER BY seq").rows()
        eq([(r["action"], r["object"], r["why"]) for r in rows],
           [("import", "a", "from the camp"), ("retract", "a", "sent by mistake"),
            ("put table", "officers", None), ("drop table", "officers", None),
            ("reload plugins", None, None)], "the trail")
        eq(rows[0]["who"], "anonymous (loopback)", "who")
        eq(rows[0]["what"],
           "accepted 3, rejected 0, registrations 3, repeated 0, replaced 0", "what")
        first = s.get("/v1/query", q="FROM audit |> AGGREGATE COUNT(*) AS n")
        s.request("POST", "/v1/plugins/reload").expect(200)
        second = s.get("/v1/query", q="FROM audit |> AGGREGATE COUNT(*) AS n")
        eq(second.rows()[0]["n"], first.rows()[0]["n"] + 1, "asked again, of the same snapshot")


def test_revised(world):
    """drive/revised_since lists what came after the day, and nothing of what was known then"""
    with world.small() as s:
        s.post_batch(THREE, key="a", source="csc").expect(201)
        today = datetime.date.today()
        report = "/v1/reports/drive/revised_since.json"
        rows = s.get(report, district="607", since="2021-11-20").rows()
        eq([(r["date"], r["block"], r["known_then"], r["known_now"], r["batches"]) for r in rows],
           [("2021-11-20", "Gola", 0, 2, "a"), (None, "Total", 0, 2, None)], "since the day itself")
        later = (today + datetime.timedelta(days=2)).isoformat()
        eq(s.get(report, district="607", since=later).rows(), [], "since the day after tomorrow")
