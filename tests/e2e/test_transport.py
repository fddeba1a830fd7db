# SPDX-License-Identifier: MIT
"""How answers travel: methods, pages from elsewhere, queries that are ended."""

import threading
import time

from harness import eq, has, yes
from test_abuse import COSTLY

ROW = "date,district,block,sector,count\n2021-11-20,607,Gola,Agriculture,5\n"


def test_options(world):
    """OPTIONS tells the methods of a path, and nothing of what is not there"""
    for path, allow in (("/v1/query", "GET, HEAD, POST, OPTIONS"),
                        ("/v1/batches/x", "GET, HEAD, DELETE, OPTIONS"),
                        ("/healthz", "GET, HEAD, OPTIONS")):
        r = world.demo.request("OPTIONS", path)
        eq((r.status, r.body, r.headers["Allow"]), (204, b"", allow), path)
        yes("Access-Control-Allow-Origin" not in r.headers, "no page from elsewhere")
    world.demo.request("OPTIONS", "/v1/nowhere").problem(404)


def test_no_page_from_elsewhere(world):
    """without cors in the configuration no page from elsewhere may read or change anything"""
    with world.small() as s:
        there = {"Origin": "https://dash.example.in"}
        r = s.get("/v1/places", headers=there).expect(200)
        yes(not [h for h in r.headers if h.lower().startswith("access-control")], "nothing said")
        yes(s.post_batch(ROW, headers=there).status in (400, 403), "nothing changed")
        eq(s.count(), 0, "registrations")


def test_pages_that_are_named(world):
    """cors names pages: they read, ask first, and write; others do not; answers vary by origin"""
    config = world.file("panji.lua", 'cors = { origins = { "https://dash.example.in" } }\n')
    with world.small(args=["--config", config]) as s:
        there = {"Origin": "https://dash.example.in"}
        for path, status in (("/v1/places", 200), ("/v1/places", 200), ("/v1/nowhere", 404),
                             ("/v1/query?q=x", 400), ("/healthz", 200)):
            r = s.get(path, headers=there).expect(status)
            eq(r.headers["Access-Control-Allow-Origin"], there["Origin"], path)
            has(r.headers["Access-Control-Expose-Headers"], "ETag", "Panji-Snapshot")
            has(str(r.headers.get_all("Vary")), "Origin")
            yes("Access-Control-Allow-Credentials" not in r.headers, "no cookies")
        tag = s.get("/v1/places", headers=there).headers["ETag"]
        r = s.get("/v1/places", headers={**there, "If-None-Match": tag}).expect(304)
        eq(r.headers["Access-Control-Allow-Origin"], there["Origin"], "304")
        for origin in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
            r = s.get("/v1/places", headers=origin).expect(200)
            yes("Access-Control-Allow-Origin" not in r.headers, f"{origin}")
            has(str(r.headers.get_all("Vary")), "Origin")
        r = s.request("OPTIONS", "/v1/registrations", headers={
            **there, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key"})
        eq(r.status, 204, "the page asks first")
        has(r.headers["Access-Control-Allow-Methods"], "POST")
        has(r.headers["Access-Control-Allow-Headers"], "Content-Type", "Authorization",
            "Idempotency-Key")
        s.post_batch(ROW, headers=there).expect(201)
        yes(s.post_batch(ROW, headers={"Origin": "https://evil.example"}).status in (400, 403),
            "a page that is not named")


def test_a_star_reads_only(world):
    """cors for everybody lets pages read, not write"""
    config = world.file("panji.lua", 'cors = { origins = "*" }\n')
    with world.small(args=["--config", config]) as s:
        there = {"Origin": "https://any.example"}
        r = s.get("/v1/places", headers=there).expect(200)
        eq(r.headers["Access-Control-Allow-Origin"], "*", "reading")
        yes(s.post_batch(ROW, headers=there).status in (400, 403), "writing")


def test_queries_are_listed_and_ended(world):
    """a query that runs is listed by its id, and ended by it"""
    with world.small() as s:
        seen = []
        asker = threading.Thread(target=lambda: seen.append(
            s.query(COSTLY, headers={"Panji-Query-Id": "too-long-a-query"})))
        asker.start()
        end = time.monotonic() + 30 * world.slow
        while True:
            running = s.get("/v1/queries").expect(200).json()["queries"]
            if running and running[0]["running"]:
                break
            yes(time.monotonic() < end and not seen, f"it is not listed: {seen}")
        eq((running[0]["id"], running[0]["route"]), ("too-long-a-query", "/v1/query"), "what runs")
        s.request("DELETE", "/v1/queries/another").problem(404)
        done = s.request("DELETE", "/v1/queries/too-long-a-query").expect(200).json()
        eq(done, {"id": "too-long-a-query", "cancelled": 1}, "ended")
        asker.join()
        eq(seen[0].status, 499, "the answer of the one that was ended")
        eq(seen[0].headers["Panji-Query-Id"], "too-long-a-query", "its id")
        eq(s.get("/v1/queries").json()["queries"], [], "nothing runs")


def test_a_client_that_goes(world):
    """a query whose client has gone is ended, and so is one whose time is up"""
    with world.small() as s:
        c = s.connect()
        c.request("POST", "/v1/query", COSTLY, {"Content-Type": "text/plain"})
        end = time.monotonic() + 30 * world.slow
        while not s.get("/v1/queries").json()["queries"]:
            yes(time.monotonic() < end, "it does not start")
        c.close()
        while s.get("/v1/queries").json()["queries"]:
            yes(time.monotonic() < end, "it goes on for nobody")
        s.query(COSTLY, timeout="200ms").problem(504)
