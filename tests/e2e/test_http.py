# SPDX-License-Identifier: MIT
"""HTTP as it should not be: ambiguity is refused, the server goes on."""

import gzip
import subprocess
import threading
import time

from harness import eq, has, yes


def status_lines(answer):
    return answer.count(b"HTTP/1.1 ")


def refused(server, request, what, statuses=(400,)):
    """One answer with one of these statuses; nothing behind it is taken as a second request."""
    got = server.raw(request)
    if not got:
        return  # closed without a word is a refusal, too
    eq(status_lines(got), 1, f"{what}: answers in {got[:400]!r}")
    status = int(got.split(b" ", 2)[1])
    yes(status in statuses, f"{what}: status {status}")


SMUGGLED = b"GET /v1/plugins HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /v1/query HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"


def test_content_length_and_chunked(world):
    """Content-Length together with Transfer-Encoding: 400, nothing smuggled"""
    with world.small() as s:
        refused(s, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + SMUGGLED, "CL and TE")
        s.get("/healthz").expect(200)


def test_two_content_lengths(world):
    """two Content-Length headers, and one with a space before the colon"""
    with world.small() as s:
        refused(s, POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc" + SMUGGLED, "two")
        refused(s, POST + b"Content-Length : 38\r\n\r\n" + SMUGGLED, "space")
        # the library answers this one itself, with its header twice, and closes
        got = s.raw(POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED)
        yes(got.startswith(b"HTTP/1.1 400") and b" 200 " not in got, f"negative: {got[:300]!r}")
        s.get("/healthz").expect(200)


def test_odd_transfer_encoding(world):
    """a transfer encoding that is not chunked alone"""
    with world.small() as s:
        refused(s, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "gzip, chunked",
                (400, 501))
        s.get("/healthz").expect(200)


def test_hosts(world):
    """no Host and two Hosts: 400, once"""
    with world.small() as s:
        refused(s, b"GET /healthz HTTP/1.1\r\n\r\n", "no Host")
        refused(s, b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "two Hosts")
        s.get("/healthz").expect(200)


def test_huge_url(world):
    """a URL of 100 KB"""
    with world.small() as s:
        refused(s, b"GET /v1/query?q=" + b"a" * 100000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", "URL",
                (400, 413, 414, 431))
        s.get("/healthz").expect(200)


def test_huge_headers(world):
    """headers of 200 KB, and a thousand of them"""
    with world.small() as s:
        refused(s, b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200000 + b"\r\n\r\n",
                "header", (400, 413, 431))
        refused(s, b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 20000 + b"\r\n",
                "headers", (400, 413, 431))
        s.get("/healthz").expect(200)


def test_nul_and_bad_escapes(world):
    """%00, half an escape and bytes that are no UTF-8 in path and query"""
    with world.small() as s:
        for target in (b"/v1/pl%00aces", b"/v1/places?find=a%00b", b"/v1/places?find=%zz",
                       b"/v1/places?find=%ff%fe", b"/v1/%", b"/v1/reports/..%2f..%2fetc/passwd",
                       b"/../../etc/passwd", b"/v1/../../etc/passwd"):
            got = s.raw(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            yes(got.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404")), f"{target}: {got[:100]!r}")
        s.get("/healthz").expect(200)


def test_garbage(world):
    """bytes that are no HTTP at all"""
    with world.small() as s:
        for junk in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
                     b"\r\n" * 5000, b"GET\r\n\r\n", b"\xff" * 5000,
                     b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            s.raw(junk, half_close=True)
        s.get("/healthz").expect(200)


def test_abandoned_upload(world):
    """an upload that breaks off leaves nothing"""
    with world.small() as s:
        head = (b"POST /v1/registrations?source=x HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
                b"Content-Length: 1000000\r\n\r\n")
        for _ in range(5):
            s.raw(head + b"date,district\n2021-11-20,607\n", half_close=True)
        eq(s.count(), 0, "registrations")
        eq(s.get("/v1/batches").rows(), [], "batches")


def test_slow_client(world):
    """a client that sends one byte a second keeps nobody waiting"""
    with world.small() as s:
        stop = threading.Event()

        def drip():
            import socket
            with socket.create_connection(("127.0.0.1", s.port)) as c:
                for b in b"GET /healthz HTTP/1.1\r\nHost: a\r\n":
                    if stop.is_set():
                        return
                    try:
                        c.send(bytes([b]))
                    except OSError:
                        return
                    time.sleep(0.2)
        threads = [threading.Thread(target=drip) for _ in range(50)]
        for t in threads:
            t.start()
        start = time.monotonic()
        for _ in range(50):
            s.get("/healthz").expect(200)
        stop.set()
        for t in threads:
            t.join()
        yes(time.monotonic() - start < 10 * world.slow, "others waited")


def test_large_query_body(world):
    """a query of more than the limit: 413"""
    with world.small() as s:
        try:
            r = s.request("POST", "/v1/query", "SELECT 1 " + " " * (3 << 20),
                          {"Content-Type": "text/plain"})
            yes(r.status in (400, 413), f"status {r.status}")
        except OSError:
            pass  # closed while we were sending
        s.get("/healthz").expect(200)


def test_pipelined(world):
    """two requests sent at once get two answers, in order"""
    with world.small() as s:
        got = s.raw(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                    b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        eq(status_lines(got), 2, f"answers in {got[:300]!r}")
        yes(got.index(b" 200 ") < got.index(b" 404 "), "order")


def test_many_connections(world):
    """three hundred clients at once all get their answer"""
    with world.small() as s:
        bad = []

        def ask():
            try:
                r = s.query("FROM places |> AGGREGATE COUNT(*) AS n")
                if r.status not in (200, 503):
                    bad.append(r.status)
            except OSError as e:
                bad.append(e)
        threads = [threading.Thread(target=ask) for _ in range(300)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        eq(bad, [], "answers")


def test_head(world):
    """HEAD gives the headers of GET and no body"""
    r = world.demo.request("HEAD", "/v1/reports/drive/block_review.json?district=607")
    eq((r.status, r.body), (200, b""), "answer")
    yes(int(r.headers["Content-Length"]) > 100, "length")


def test_query_by_post(world):
    """POST /v1/query as form, as text and with parameters"""
    for body, kind in (("q=SELECT+1+AS+one", "application/x-www-form-urlencoded"),
                       ("SELECT 1 AS one", "text/plain")):
        r = world.demo.request("POST", "/v1/query", body, {"Content-Type": kind})
        eq(r.expect(200).rows(), [{"one": 1}], kind)
    r = world.demo.query("FROM registrations |> WHERE block = @b |> AGGREGATE COUNT(*) AS n",
                         **{"p.b": "Gola"})
    eq(r.expect(200).rows(), [{"n": 5347}], "with a parameter")


def test_formats(world):
    """format=, the extension and Accept choose the format"""
    path = "/v1/reports/drive/block_review"
    asked = [world.demo.get(path + ".csv?district=607"),
             world.demo.get(path + "?district=607&format=csv"),
             world.demo.get(path + "?district=607", headers={"Accept": "text/csv"})]
    for r in asked:
        has(r.expect(200).headers["Content-Type"], "text/csv")
    eq(len({r.body for r in asked}), 1, "different answers")
    r = world.demo.get(path + ".csv?district=607&bom=1").expect(200)
    yes(r.body.startswith(b"\xef\xbb\xbf"), "byte order mark")
    r = world.demo.get(path + ".json?district=607&shape=array").expect(200)
    yes(isinstance(r.json(), list), "a bare array")
    r = world.demo.get(path + ".ndjson?district=607").expect(200)
    eq(len(r.text.splitlines()), 7, "lines of ndjson")


def test_formulas_are_disarmed(world):
    """text that a spreadsheet would run as a formula gets an apostrophe in CSV"""
    with world.small() as s:
        s.post_batch("date,district,centre\n2021-11-20,607,\"=HYPERLINK(\"\"http://x\"\")\"\n"
                     ).expect(201)
        r = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY centre", format="csv")
        eq(r.expect(200).table()[0]["centre"], "'=HYPERLINK(\"http://x\")", "centre")


def test_compressed(world):
    """an answer is compressed as the client likes it best, and says so to caches; tags differ"""
    path = "/v1/reports/drive/state_overview.json"
    plain = world.demo.get(path).expect(200)
    tags = {plain.headers["ETag"]}
    for accept, coding in (("gzip", "gzip"), ("gzip, zstd", "zstd"), ("zstd;q=0.5, gzip", "gzip"),
                           ("identity, gzip;q=0.1", None), ("gzip;q=0", None)):
        small = world.demo.get(path, headers={"Accept-Encoding": accept}).expect(200)
        eq(small.headers.get("Content-Encoding"), coding, accept)
        has(small.headers.get("Vary", ""), "Accept-Encoding", what="Vary")
        if coding:
            yes(len(small.body) < len(plain.body), "it is smaller")
            unpacked = gzip.decompress(small.body) if coding == "gzip" else subprocess.run(
                ["zstd", "-dc"], input=small.body, capture_output=True, check=True).stdout
            eq(unpacked, plain.body, "content")
            tags.add(small.headers["ETag"])
            head = world.demo.request("HEAD", path, headers={"Accept-Encoding": accept})
            eq(head.headers["Content-Length"], str(len(small.body)), "length of HEAD")
    eq(len(tags), 3, "tags of three forms")
    yes("Content-Encoding" not in plain.headers, "plain for who does not ask")
    events = world.demo.connect()
    events.request("GET", "/v1/events", headers={"Accept-Encoding": "gzip, zstd"})
    yes("Content-Encoding" not in events.getresponse().headers, "events are never compressed")
    events.close()


def test_page(world):
    """the page in the browser: HTML with the two reviews, nothing from elsewhere"""
    r = world.demo.get("/").expect(200)
    has(r.headers["Content-Type"], "text/html", "utf-8")
    has(r.text, "<html", "panji")
    for word in ("https://", "http://"):
        yes(f'src="{word}' not in r.text and f'<link href="{word}' not in r.text,
            "the page loads from elsewhere")


def test_page_of_a_report(world):
    """a report as a page: its title, its figures"""
    r = world.demo.get("/v1/reports/drive/block_review.html?district=607").expect(200)
    has(r.headers["Content-Type"], "text/html")
    has(r.text, "Gola", "42,478")


def test_no_script_from_data(world):
    """names that are HTML stay text on the page"""
    with world.small() as s:
        more = world.file("more.csv", "level,code,parent,name\n"
                          "block,4242,607,<script>alert(1)</script>\n")
        world.run("places", "import", more, "--data", s.data).expect(0)
        s.post_batch("date,district,block\n2021-11-20,607,4242\n").expect(201)
        r = s.get("/v1/reports/drive/block_review.html?district=607").expect(200)
        yes("<script>alert(1)" not in r.text, "the name runs as a script")


def test_security_headers(world):
    """answers say that they are not to be sniffed"""
    r = world.demo.get("/")
    eq(r.headers.get("X-Content-Type-Options"), "nosniff", "header")


def test_timings(world):
    """Server-Timing, Panji-Engine and Panji-Snapshot are told"""
    r = world.demo.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block")
    eq(r.expect(200).headers["Panji-Engine"], "cube", "engine")
    has(r.headers["Server-Timing"], "dur=")
    r = world.demo.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender")
    eq(r.expect(200).headers["Panji-Engine"], "scan", "engine")
