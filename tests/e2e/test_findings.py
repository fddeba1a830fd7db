# SPDX-License-Identifier: MIT
"""Findings: what is wrong with the data comes up, is kept with its history, goes when mended."""

import contextlib
import os
import pty
import subprocess
import time

from harness import Failure, Server, eq, has, yes

HEAD = "date,state,district,block,sector,age,centre,count\n"


def send(server, batch, rows, source="csc", **more):
    args = "".join(f"&{k}={v}" for k, v in more.items())
    answer = server.request("POST", f"/v1/registrations?source={source}&batch_id={batch}{args}",
                            (HEAD + rows).encode())
    return answer.expect(201).json()


def checked(server, snapshot):
    """The open findings once the checks have seen that state."""
    for _ in range(500):
        answer = server.get("/v1/findings?status=all").expect(200).json()
        if answer["snapshot"] >= snapshot:
            return answer["data"]
        time.sleep(0.02)
    raise Failure(f"the checks do not reach snapshot {snapshot}")


def names(rows, status="open"):
    return sorted(r["check"] for r in rows if r["status"] == status)


def test_the_demonstration(world):
    """the demonstration: the 1,300 of Ramgarh are found, and nothing is that is not there"""
    with Server(world, world.demo_copy()) as s:
        rows = s.get("/v1/findings").expect(200).rows()
        eq([r["check"] for r in rows], ["parts_add_up"], "checks")
        has(rows[0]["message"], "41,178", "42,478", "1,300")
        has(rows[0]["message_hi"], "रामगढ़", "1,300")
        eq(rows[0]["since"], "2021-11-18", "since")
        for lang, words in (("en", "a difference of 1,300"), ("hi", "1,300 का अंतर")):
            has(s.get(f"/v1/reports/drive/findings.html?lang={lang}").expect(200).text, words)


def test_they_come_and_go(world):
    """a batch brings findings up, a restart keeps them, the batch that mends it closes them"""
    directory = world.demo_copy()
    bad = ("2021-08-01,Jharkhand,Ramgarh,Gola,Agriculture,30,CSC-9,3\n"
           "2021-11-18,Jharkhand,Ramgarh,Gola,Agriculture,12,CSC-9,4\n"
           "2021-11-17,Jharkhand,Ramgarh,Gola,Agriculture,20,CSC-9,450\n")
    brought = ["ages", "before_launch", "centre_too_many", "unusual_day_of_block"]
    with Server(world, directory) as s:
        sent = send(s, "bad", bad)
        has(sent["findings"], "/v1/findings?opened_since=")
        rows = checked(s, sent["snapshot"])
        eq(names(rows), sorted(brought + ["parts_add_up"]), "open")
        eq({r["batch"] for r in rows if r["check"] in brought}, {"bad"}, "batch that brought them")
        yes(all(r["message_hi"] for r in rows), "every finding has a sentence in Hindi")
        since = s.get(sent["findings"]).expect(200).rows()
        eq(names(since), brought, "opened since")
    with Server(world, directory) as s:
        snapshot = s.get("/v1/findings").expect(200).json()["snapshot"]
        eq(names(checked(s, snapshot)), sorted(brought + ["parts_add_up"]), "after a restart")
        s.request("DELETE", "/v1/batches/bad?reason=made+up").expect(200)
        snapshot = s.get("/v1/query?q=FROM+batches+|>+LIMIT+0").expect(200).json()["snapshot"]
        rows = checked(s, snapshot)
        eq(names(rows), ["parts_add_up"], "open when mended")
        eq(names(rows, "closed"), brought, "closed when mended")
        yes(all(r["resolved_on"] == "2021-11-18" for r in rows if r["status"] == "closed"), "days")
        history = s.query("FROM finding_history |> AGGREGATE COUNT(*) AS n GROUP BY event")
        eq({r["event"]: r["n"] for r in history.rows()}, {"opened": 5, "closed": 4}, "history")
        # And once more: it is the same finding, opened for the second time.
        sent = send(s, "bad2", bad)
        again = [r for r in checked(s, sent["snapshot"]) if r["check"] == "ages"]
        eq([(r["status"], r["times"], r["batch"]) for r in again], [("open", 2, "bad2")], "again")


def test_sources(world):
    """stated figures that fall or differ, and rows refused for their place, become findings"""
    with world.small() as s:
        def state(text):
            s.request("POST", "/v1/stated", ("as_on,level,place,sector,total,source\n" + text)
                      .encode()).expect(201)
        state("2021-11-10,district,607,,42000,portal\n2021-11-18,district,607,,41000,portal\n"
              "2021-11-18,district,607,,45000,review\n")
        snapshot = s.get("/v1/query?q=FROM+batches+|>+LIMIT+0").expect(200).json()["snapshot"]
        rows = checked(s, snapshot)
        yes({"cumulative_falls", "sources_differ"} <= set(names(rows)), f"stated: {names(rows)}")
        wrong = "".join(f"2021-11-{d:02d},Jharkhand,Dumka,Gola,Agriculture,30,CSC-1,1\n"
                        for d in range(10, 18))
        sent = send(s, "misplaced", wrong, source="camp", on_error="skip")
        eq(sent["rejected"], 8, "rejected")
        found = [r for r in checked(s, sent["snapshot"]) if r["check"] == "misplaced"]
        eq([r["source"] for r in found], ["camp"], "source of the misplaced rows")
        has(found[0]["message"], "8 of 8", "Gola")


def test_the_command_line(world):
    """panji import tells a person at a terminal what its file brought up"""
    directory = world.demo_copy()
    path = world.path("bad.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD + "2021-11-18,Jharkhand,Ramgarh,Gola,Agriculture,12,CSC-9,4\n")
    terminal, side = pty.openpty()
    done = subprocess.run([world.panji, "import", path, "--data", directory, "--source", "csc"],
                          stdout=subprocess.PIPE, stderr=side, env=world.env, check=True)
    os.close(side)
    told = b""
    with contextlib.suppress(OSError):  # the other side is closed
        while piece := os.read(terminal, 65536):
            told += piece
    has(told.decode(), "The checks found", "ages outside the limits")
    has(done.stdout.decode(), '"findings":"/v1/findings?opened_since=')


FUNCTIONS = """plugin { name = "own", version = "1.0.0", api = 1 }
fn "per_lakh" { args = { "n", "of:INT64" }, returns = "FLOAT64", expr = "100000.0 * n / `of`" }
fn "grade" { args = { "pct" }, returns = "STRING",
  lua = function(pct) return pct >= 75 and "good" or pct >= 50 and "fair" or "poor" end }
fn "codes_from" { args = { "code:INT64" }, returns = "TABLE",
  query = [[ FROM input |> WHERE code >= @code ]] }
"""


def test_functions(world):
    """functions of a plugin serve queries over HTTP; a change of the plugin changes the answer"""
    plugins = world.plugins_copy()
    path = f"{plugins}/own.lua"
    with open(path, "w", encoding="utf-8") as f:
        f.write(FUNCTIONS)
    with world.small(plugins=plugins) as s:
        ask = "SELECT per_lakh(3, 1000) AS a, grade(80) AS b, grade(60) AS c, grade(NULL) AS d"
        table = s.query("FROM places |> WHERE level = 'block' |> SELECT name, code "
                        "|> CALL codes_from(3175) |> ORDER BY code |> LIMIT 1").expect(200)
        eq(table.rows(), [{"name": "Ramgarh", "code": 3175}], "table function")
        before = s.query(ask).expect(200)
        eq(before.rows(), [{"a": 300.0, "b": "good", "c": "fair", "d": None}], "values")
        with open(path, "w", encoding="utf-8") as f:
            f.write(FUNCTIONS.replace("75", "90"))
        s.request("POST", "/v1/plugins/reload").expect(200)
        after = s.query(ask).expect(200)
        eq(after.rows()[0]["b"], "fair", "value after the change")
        yes(before.headers["ETag"] != after.headers["ETag"], "another tag")
        has(s.query("SELECT grade('x')").text, "In function grade", "own.lua:4")
