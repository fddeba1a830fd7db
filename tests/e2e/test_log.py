# SPDX-License-Identifier: MIT
"""The log of a server: what a program reads, and what may never stand in it."""

import json
import os
import signal
import time

from harness import Server, eq, has, yes

AADHAAR = "2341 2341 2346"


def wait_for(world, server, part):
    """The log, once it has this."""
    until = time.monotonic() + 30 * world.slow
    while part not in server.log() and time.monotonic() < until:
        time.sleep(0.02)
    has(server.log(), part, what="the log")
    return server.log()


def lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_each_line_is_json(world):
    """log.format = json: each line is an object; requests have id, route, status, rows, engine"""
    path = world.file("panji.lua", 'log = { format = "json", requests = "all" }\n')
    with Server(world, world.small_copy(), args=("--config", path)) as s:
        s.post_batch("date,district,block\n2021-11-20,607,Gola\n").expect(201)
        answer = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block")
        name = answer.expect(200).headers["Panji-Request-Id"]
        text = wait_for(world, s, name)
        line = next(one for one in lines(text) if one.get("id") == name)
        eq((line["route"], line["method"], line["status"], line["rows"], line["engine"]),
           ("/v1/query", "GET", 200, 1, "cube"), "the line of a query")
        batch = [one for one in lines(text) if one.get("route") == "/v1/registrations"]
        eq([(one["status"], one["rows"]) for one in batch], [(201, 1)], "the line of an import")
        for one in lines(text):
            yes({"time", "level", "room", "msg"} <= set(one), f"members of {one}")


def test_nothing_of_persons(world):
    """names, keys and Aadhaar numbers that were sent are not in the log, whatever fails"""
    path = world.file("panji.lua", 'log = { level = "debug", requests = "all", slow_ms = 1 }\n')
    with Server(world, world.small_copy(), args=("--config", path)) as s:
        s.query(f"FROM registrations |> WHERE centre = '{AADHAAR}' AND camp = 'Sita Devi'")
        s.query(f"FROM registrations |> WHERE cetre = '{AADHAAR}'").expect(400)
        s.query("FROM registrations |> WHERE centre = 'Sita Devi' |> AGGREGATE COUNT(*)",
                api_key="pnj_s3cret").problem(401)
        s.get("/v1/batches/Sita%20Devi").expect(404)
        s.get("/v1/Sita%20Devi").expect(404)
        s.get("/v1/places", find="Sita Devi",
              headers={"Authorization": "Bearer pnj_s3cret"}).problem(401)
        s.post_batch(f"date,district,centre\n2021-11-20,607,{AADHAAR}\n" * 3).problem(422)
        s.post_batch("date,district\n2021-11-20,Sita Devi\n").problem(422)
        text = wait_for(world, s, "/v1/registrations 422")
        for part in ("Sita", "s3cret", "2341"):
            yes(part not in text, f"{part} stands in the log:\n{text}")


def test_slow_ones_are_told(world):
    """a slow query stands in the log without what it asks about; the threshold follows SIGHUP"""
    path = world.file("panji.lua", 'log = { requests = "all", slow_ms = 0 }\n')
    slow = ("FROM calendar |> CROSS JOIN (FROM calendar |> SELECT date AS d) |> CROSS JOIN "
            "(FROM calendar |> SELECT date AS e |> LIMIT 10) |> WHERE date > '1970-01-07' "
            "|> AGGREGATE COUNT(*) AS n")
    with Server(world, world.small_copy(), args=("--config", path)) as s:
        name = s.query(slow).expect(200).headers["Panji-Request-Id"]
        yes("200 slow" not in wait_for(world, s, name), "nothing is slow: the threshold is 0")
        with open(path, "w", encoding="utf-8") as f:
            f.write('log = { format = "logfmt", requests = "none", slow_ms = 1 }\n')
        os.kill(s.process.pid, signal.SIGHUP)
        wait_for(world, s, 'msg="plugins were loaded again"')
        name = s.query(slow, limit=5).expect(200).headers["Panji-Request-Id"]
        text = wait_for(world, s, name)
        has(text, "level=warn", "LIMIT ?) |> WHERE date > ? |>", "timing=", what="the log")
