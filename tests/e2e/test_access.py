# SPDX-License-Identifier: MIT
"""Tokens on the command line, and who is let in by a running server."""

import os
import re
import stat

from harness import Server, eq, has, wait_for, yes

OTHERS = ("Mandu", "Patratu", "Chitarpur", "Dulmi", "मांडू", "पतरातू", "चितरपुर", "दुलमी")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def make(world, data, *options, env=None):
    return world.run("token", "create", *options, "--data", data, env=env).expect(0).out.strip()


def test_token_command(world):
    """tokens are made, listed and revoked, with and without a server; the local user goes on"""
    data = world.small_copy()
    first = make(world, data, "--role", "admin", "--name", "Collector")
    yes(len(first) == 61 and first.startswith("panji_"), f"a token: {first!r}")
    with Server(world, data) as s:
        eq(s.get("/v1/batches").status, 401, "without a token")
        eq(s.get("/v1/batches", headers=bearer(first)).status, 200, "with it")
        eq(stat.S_IMODE(os.stat(os.path.join(data, "server.json")).st_mode), 0o600, "its mode")
        second = make(world, data, "--role", "planner", "--expires", "90 days")
        listed = world.run("token", "list", "--data", data, "--format", "json").expect(0).rows()
        eq([r["role"] for r in listed if r["state"] == "live"].count("planner"), 1, "the list")
        eq(sorted(r["role"] for r in listed), ["admin", "planner"], "the list")
        yes(first[15:] not in str(listed) and second[15:] not in str(listed), "a secret is listed")
        world.run("query", "SELECT 1 AS one", "--data", data).expect(0)
        refused = world.run("query", "SELECT 1 AS one", "--server", s.url).expect(1)
        has(refused.err, "who asks is not known")
        world.run("query", "SELECT 1 AS one", "--server", s.url, "--token", second).expect(0)
        world.run("query", "SELECT 1 AS one", "--server", s.url,
                  env={"PANJI_TOKEN": second}).expect(0)
        world.run("token", "revoke", second[6:14], "--data", data).expect(0)
        has(world.run("query", "SELECT 1 AS one", "--server", s.url, "--token",
                      second).expect(1).err, "was revoked")
        trail = s.query("FROM audit |> WHERE action LIKE '%token%' |> ORDER BY seq",
                        headers=bearer(first)).rows()
        eq([r["action"] for r in trail], ["create token", "create token", "revoke token"], "trail")
    world.run("query", "SELECT 1 AS one", "--data", data).expect(0)
    world.run("token", "create", "--data", data).expect(2)
    world.run("token", "list", "--role", "admin", "--data", data).expect(2)
    world.run("token", "revoke", "nobody00", "--data", data).expect(1)


def test_public(world):
    """anonymous = "public": reports for everybody, nothing else; other machines reach it"""
    data = world.small_copy()
    config = world.file("public.lua", 'anonymous = "public"\nlisten = "0.0.0.0:0"\n')
    plan = make(world, data, "--role", "planner")
    with Server(world, data, args=("--config", config)) as s:
        s.get("/v1/reports/drive/block_review.csv", district=607).expect(200)
        eq(s.get("/v1/query", q="SELECT 1").status, 403, "a query of the public")
        eq(s.get("/v1/query", q="SELECT 1", headers=bearer(plan)).status, 200, "a planner's")
        eq(s.get("/v1/session").json()["may"], ["look", "see"], "what the public may")


def test_block_officer(world):
    """a block officer sees Gola in every report and format, and no other block in any"""
    data = world.demo_copy()
    gola = make(world, data, "--role", "viewer", "--name", "BDO Gola", "--place", "block:3168")
    plan = make(world, data, "--role", "planner")
    with Server(world, data) as s:
        totals = s.query("FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n "
                         "GROUP BY block", headers=bearer(plan)).rows()
        figures = {str(r["n"]) for r in totals if r["block"] != "Gola" and r["n"] > 99}
        own = {str(r["n"]) for r in totals if r["block"] == "Gola"}
        reports = s.get("/v1/reports", headers=bearer(gola)).json()["reports"]
        told = 0
        for report in reports:
            needs = [p["name"] for p in report["params"] if p.get("required")]
            params = {n: 607 if n == "district" else 20 for n in needs}
            for kind, lang in (("json", "en"), ("csv", "hi"), ("html", "en")):
                got = s.get(f"{report['href']}.{kind}", headers=bearer(gola), lang=lang, **params)
                yes(got.status in (200, 400, 403), f"{report['href']}: {got.status}")
                for word in OTHERS:
                    yes(word not in got.text, f"{report['href']}.{kind} names {word}")
                numbers = set(re.findall(r"\d+", got.text.replace(",", "")))
                yes(not numbers & figures, f"{report['href']}: {numbers & figures}")
                told += bool(numbers & own)
        yes(told > 0, "no report tells of Gola")
        eq([r["name"] for r in s.get("/v1/places", headers=bearer(gola), under="district:607")
            .rows()], ["Gola"], "the places")
        wrong = s.get("/v1/reports/drive/csc_daily", headers=bearer(gola), district="Bokarro")
        eq(wrong.status, 400, "a place of others")
        yes("did you mean" not in wrong.text, wrong.text)


def test_revoked_stream(world):
    """an open stream of events ends when its token is revoked; it tells no figures of others"""
    data = world.small_copy()
    make(world, data, "--role", "admin")
    gola = make(world, data, "--role", "viewer", "--place", "block:3168")
    with Server(world, data) as s:
        conn = s.connect(timeout=60 * world.slow)
        conn.request("GET", "/v1/events", headers=bearer(gola))
        stream = conn.getresponse()
        eq(stream.status, 200, "the stream")
        first = stream.read1(4096).decode()
        has(first, "event: snapshot")
        yes("registrations" not in first and "firing" not in first, first)
        world.run("token", "revoke", gola[6:14], "--data", data).expect(0)
        rest = stream.read()
        yes(b"registrations" not in rest, "the rest of the stream")
        eq(s.get("/v1/events", headers=bearer(gola)).status, 401, "another one")
        wait_for("the server to go on", lambda: s.get("/healthz").status == 200, 30)
