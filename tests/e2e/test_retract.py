# SPDX-License-Identifier: MIT
"""Batches that are taken back: they do not count, they are not forgotten."""

import json

from harness import PLUGINS, Server, eq, has, yes

FIVE = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n"
LATE = "date,district,block,sector,count\n2022-03-01,607,Mandu,,2\n"


def retract(server, batch, **query):
    return server.request("DELETE", f"/v1/batches/{batch}", query=query)


def test_retract_and_again(world):
    """a retracted batch no longer counts; retracting it again gives the first outcome"""
    with world.small() as s:
        s.post_batch(FIVE, key="t1", source="csc").expect(201)
        s.post_batch(LATE, key="t2", source="csc").expect(201)
        before = s.get("/v1/query", q="FROM registrations |> AGGREGATE MAX(date) AS d").rows()
        eq(before[0]["d"], "2022-03-01", "the last day before")
        first = retract(s, "t2", reason="sent by mistake").expect(200).json()
        eq((first["batch"], first["source"], first["accepted"], first["registrations"],
            first["reason"], first["duplicate"]),
           ("t2", "csc", 1, 2, "sent by mistake", False), "the outcome")
        again = retract(s, "t2", reason="another reason").expect(200).json()
        eq(again, {**first, "duplicate": True}, "the second time")
        eq(s.count(), 5, "registrations")
        eq(s.count("age IS NULL"), 5, "registrations, by scan")
        after = s.get("/v1/query", q="FROM registrations |> AGGREGATE MAX(date) AS d").json()
        eq(after["data"][0]["d"], "2021-11-20", "the last day")
        eq(after["as_on"], "2021-11-20", "as_on of answers")


def test_corrections_stay_behind(world):
    """retracting what was corrected names the cells that its correction leaves below zero"""
    with world.small() as s:
        s.post_batch(FIVE, key="t1", source="csc").expect(201)
        s.post_batch(FIVE.replace(",5\n", ",-3\n"), key="t2", source="csc",
                     kind="correction").expect(201)
        told = retract(s, "t1").expect(200).json()["warnings"]
        has(told[0], "1 cells", "(3168), sector Agriculture, on 2021-11-20 (-3)")
        yes("warnings" not in retract(s, "t2").expect(200).json(), "nothing is left")


def test_ledger_tells(world):
    """the list, one batch and the table say when and why; others have NULL there"""
    with world.small() as s:
        s.post_batch(FIVE, key="t1", source="csc").expect(201)
        s.post_batch(LATE, key="t2", source="csc").expect(201)
        when = retract(s, "t1", reason="दो बार भेजा").expect(200).json()["retracted"]
        rows = s.get("/v1/batches").rows()
        eq([(r["batch"], r["retracted"], r["reason"]) for r in rows],
           [("t2", None, None), ("t1", when, "दो बार भेजा")], "the list")
        one = s.get("/v1/batches/t1").json()
        eq((one["retracted"], one["reason"]), (when, "दो बार भेजा"), "one batch")
        one = s.get("/v1/batches/t2").json()
        eq((one["retracted"], one["reason"]), (None, None), "a batch that counts")
        rows = s.get("/v1/query", q="FROM batches |> WHERE retracted IS NOT NULL "
                                    "|> SELECT batch, reason").rows()
        eq(rows, [{"batch": "t1", "reason": "दो बार भेजा"}], "the table")


def test_sent_again(world):
    """a retracted batch sent again is answered from the ledger, and says that it does not count"""
    with world.small() as s:
        first = s.post_batch(FIVE, key="t1", source="csc").expect(201).json()
        retract(s, "t1").expect(200)
        again = s.post_batch(FIVE, key="t1", source="csc").expect(200).json()
        warnings = again.pop("warnings")
        eq(again, {k: v for k, v in first.items() if k != "warnings"} |
           {"duplicate": True, "retracted": True}, "the answer")
        has(" ".join(warnings), "retracted", "new id")
        eq(s.count(), 0, "registrations")
        s.post_batch(FIVE.replace(",5", ",6"), key="t1", source="csc").problem(409)
        s.post_batch(FIVE, key="t1 again", source="csc").expect(201)
        eq(s.count(), 5, "registrations under a new id")


def test_two_sources(world):
    """an id of two sources needs source=, and the other's batch stays"""
    with world.small() as s:
        s.post_batch(FIVE, key="daily", source="csc").expect(201)
        s.post_batch(LATE, key="daily", source="camp").expect(201)
        for answer in (retract(s, "daily"), s.get("/v1/batches/daily"),
                       s.get("/v1/batches/daily/rejects.csv")):
            problem = answer.problem(409)
            eq(problem["code"], "ambiguous_batch", "code")
            has(problem["detail"], "csc", "camp")
            has(problem["hint"], "source=")
        retract(s, "daily", source="portal").problem(404)
        retract(s, "daily", source="csc").expect(200)
        eq(s.count(), 2, "registrations")
        eq(s.count("source = 'camp' AND age IS NULL"), 2, "the other's, by scan")


def test_refusals(world):
    """an unknown batch is 404; a reason that is too long or holds control characters is refused"""
    with world.small() as s:
        s.post_batch(FIVE, key="t1", source="csc").expect(201)
        retract(s, "t9").problem(404)
        retract(s, "t1", reason="x" * 501).problem(400)
        retract(s, "t1", reason="two\nlines").problem(400)
        retract(s, "t1", because="x").problem(400)
        s.request("DELETE", "/v1/batches").problem(405)
        eq(s.count(), 5, "registrations")


def test_history(world):
    """what was known before the retraction is told as it was; from that day on not"""
    with world.small() as s:
        s.post_batch(FIVE, key="t1", source="csc").expect(201)
        today = s.get("/v1/batches/t1").json()["received"][:10]
        retract(s, "t1").expect(200)
        query = "FROM registrations FOR SYSTEM_TIME AS OF '{}' |> AGGREGATE COUNT(*) AS n"
        eq(s.get("/v1/query", q=query.format(today)).rows(), [{"n": 0}], "as of today")
        eq(s.get("/v1/query", q=query.format("2021-01-01")).rows(), [{"n": 0}], "as of before")


def test_survives_kill(world):
    """a retraction that was acknowledged holds after kill -9 and a new start"""
    s = Server(world, world.demo_copy()).start()
    s.post_batch(FIVE, key="t1", source="test").expect(201)
    first = retract(s, "t1", reason="tried").expect(200).json()
    n = s.count("district = 607")
    s.kill()
    eq(n, 42478, "registrations before")
    with s:
        eq(s.count("district = 607"), 42478, "registrations after")
        eq(retract(s, "t1").expect(200).json(), {**first, "duplicate": True}, "the outcome")
        yes(s.post_batch(FIVE, key="t1", source="test").expect(200).json()["retracted"],
            "a replay after the restart says that it does not count")


def test_reports(world):
    """reports and targets of the demonstration go back to what they were"""
    with Server(world, world.demo_copy()) as s:
        report = "/v1/reports/drive/block_review.json?district=607&as_on=2021-11-20"
        before = s.get(report).rows()
        s.post_batch(FIVE, key="t1", source="test").expect(201)
        yes(s.get(report).rows() != before, "the batch moves the report")
        retract(s, "t1").expect(200)
        eq(s.get(report).rows(), before, "the report")


def test_command(world):
    """panji batches lists, panji batches retract takes back, live and on a directory"""
    with world.small() as s:
        s.post_batch(FIVE, key="a b", source="csc").expect(201)
        s.post_batch(FIVE, key="a b", source="camp").expect(201)
        run = lambda *args: world.run("batches", *args, "--data", s.data, "--plugins", PLUGINS)
        eq([r["batch"] for r in run("--format", "csv").expect(0).table()], ["a b", "a b"], "list")
        has(run("list").expect(0).out, "csc", "camp", what="the list")
        has(run("retract", "a b").expect(1).err, "csc", "camp", "source=", what="the refusal")
        done = run("retract", "a b", "--source", "csc", "--reason", "twice & wrong").expect(0)
        eq(json.loads(done.out)["reason"], "twice & wrong", "the outcome")
        run("retract", "none").expect(1)
        run("retract").expect(2)
        run("forget", "a b").expect(2)
        run("--reason", "x").expect(2)
        eq(s.count(), 5, "registrations")
        data = s.data
    done = world.run("batches", "retract", "a b", "--source", "camp", "--data", data).expect(0)
    eq(json.loads(done.out)["duplicate"], False, "on a directory")
    rows = world.run("batches", "--limit", "1", "--format", "csv", "--data", data).expect(0).table()
    eq(len(rows), 1, "rows of a short list")
    yes(rows[0]["retracted"], "the directory's list says so")
