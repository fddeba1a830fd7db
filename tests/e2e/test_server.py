# SPDX-License-Identifier: MIT
"""Starting, stopping, and two that want the same thing."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

from harness import Server, eq, has, yes


def serve(world, *args):
    """A server that is expected to refuse to start."""
    return world.run("serve", *args)


def test_port_in_use(world):
    """a port in use: exit code 3, the port and what to do"""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        done = serve(world, "--data", world.small_copy(), "--listen", f"127.0.0.1:{port}")
        done.expect(3)
        has(done.err, str(port), "in use", "--listen")


def test_data_in_use(world):
    """a data directory in use: exit code 3, and the first server goes on"""
    with world.small() as s:
        done = serve(world, "--data", s.data, "--listen", "127.0.0.1:0")
        done.expect(3)
        has(done.err, "in use", s.data)
        s.get("/readyz").expect(200)


def test_graceful_stop(world):
    """SIGTERM and SIGINT: exit code 0, the port is free, the data is whole"""
    for how in (signal.SIGTERM, signal.SIGINT):
        s = world.small().start()
        s.post_batch("date,district\n2021-11-20,607\n").expect(201)
        eq(s.stop(how), 0, "exit code")
        with Server(world, s.data, port=s.port) as again:
            eq(again.count(), 1, "registrations")


def test_stop_finishes_requests(world):
    """a stop in the middle of an upload either keeps the batch or never acknowledged it"""
    s = world.small().start()
    answers = []

    def post():
        try:
            body = "date,district,count\n" + "2021-11-20,607,1\n" * 100000
            answers.append(s.post_batch(body, key="late").status)
        except OSError:
            answers.append(None)
    t = threading.Thread(target=post)
    t.start()
    time.sleep(0.05)
    eq(s.stop(), 0, "exit code")
    t.join()
    with Server(world, s.data) as again:
        n = again.count()
        yes(n in (0, 100000), f"part of a batch: {n}")
        if answers[0] == 201:
            eq(n, 100000, "an acknowledged batch")


def test_kill_and_stop_often(world):
    """twenty kills in a row lose nothing that was acknowledged"""
    data = world.small_copy()
    for k in range(20):
        s = Server(world, data).start()
        eq(s.count(), k, "registrations")
        body = f"date,district,block\n2021-11-{k + 1:02d},607,Gola\n"
        s.post_batch(body, key=f"k{k}").expect(201)
        s.kill()


def test_health(world):
    """/healthz, /readyz and /metrics, with the memory of each room"""
    with world.small() as s:
        s.get("/healthz").expect(200)
        s.get("/readyz").expect(200)
        m = s.get("/metrics").expect(200)
        has(m.headers["Content-Type"], "text/plain")
        for room in ("data", "store", "query", "ingest", "script", "net"):
            has(m.text, f'"{room}"', what="/metrics")
        for line in m.text.splitlines():
            yes(line.startswith("#") or len(line.rsplit(" ", 1)) == 2, f"metrics line {line!r}")


def test_missing_data_directory(world):
    """a data directory that is not there is made; one that cannot be made is told"""
    fresh = os.path.join(world.path("fresh"), "deeper")
    done = world.run("query", "FROM places |> AGGREGATE COUNT(*) AS n", "--data",
                     world.file("not-a-directory", "x"))
    yes(done.code != 0, "a file is no data directory")
    has(done.err, "not-a-directory")
    os.mkdir(os.path.dirname(fresh))
    with Server(world, fresh) as s:
        eq(s.count(), 0, "registrations")


def test_foreign_database(world):
    """a file that is no Panji database is refused and left alone"""
    data = world.path("foreign")
    os.mkdir(data)
    path = os.path.join(data, "panji.db")
    content = b"this is somebody's diary, not a database\n" * 100
    with open(path, "wb") as f:
        f.write(content)
    done = serve(world, "--data", data, "--listen", "127.0.0.1:0")
    yes(done.code in (1, 3), f"exit code {done.code}")
    has(done.err, "panji.db")
    with open(path, "rb") as f:
        eq(f.read(), content, "the file's content")


def test_damage_is_found(world):
    """bytes changed in a stored segment are found at the start, never served"""
    data = world.small_copy()
    s = Server(world, data).start()
    body = "date,district,block,centre\n" + "".join(
        f"2021-11-{i % 28 + 1:02d},607,Gola,C-{i * 7919 % 50000}\n" for i in range(60000))
    s.post_batch(body).expect(201)
    eq(s.stop(), 0, "exit code")
    path = os.path.join(data, "panji.db")
    size = os.path.getsize(path)
    with open(path, "r+b") as f:  # in the middle of the largest thing there is
        f.seek(size * 2 // 3)
        old = f.read(16)
        f.seek(size * 2 // 3)
        f.write(bytes(b ^ 0x55 for b in old))
    s = Server(world, data)
    s.spawn()
    answer = None
    while s.process.poll() is None and answer is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = s.get("/healthz")
        time.sleep(0.05)
    words = ("damage", "corrupt", "checksum", "malformed")
    yes(any(w in s.log().lower() for w in words), f"the damage is not told: {s.log()}")
    if answer is None:  # what was hit is needed for everything
        yes(s.process.returncode != 0, "the exit code")
        return
    has(answer.text, "damaged")
    counted = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n").expect(200)
    has(counted.headers["Panji-Warning"] or "", "damaged", what="the header of an answer")
    yes(counted.json()["warnings"], "the warnings of an answer")
    s.stop()


def test_outside_loopback(world):
    """without tokens the server listens on loopback only, and says so"""
    done = serve(world, "--data", world.small_copy(), "--listen", "0.0.0.0:0")
    yes(done.code in (1, 2, 3), f"exit code {done.code}")
    has(done.err, "loopback")


def test_start_says_where(world):
    """the start prints the address to open"""
    with world.small() as s:
        has(s.log(), f"127.0.0.1:{s.port}", what="the log")


def test_wrong_options(world):
    """an unknown option and an unknown command: exit code 2 with help"""
    done = serve(world, "--dta", "x").expect(2)
    has(done.err, "--dta", "did you mean --data")
    done = world.run("imprt").expect(2)
    has(done.err, "imprt", "import")
    for command in ("serve", "import", "query", "report", "places", "plugin", "gen", "version"):
        has(world.run(command, "--help").expect(0).out, "usage")


def test_same_snapshot_same_bytes(world):
    """the same request on the same snapshot gives the same bytes and the same ETag; 304 after it"""
    path = "/v1/reports/drive/block_review.json?district=607"
    a, b = world.demo.get(path), world.demo.get(path)
    eq(a.body, b.body, "bytes")
    tag = a.headers["ETag"]
    yes(tag.startswith('"'), f"a strong ETag: {tag}")
    c = world.demo.get(path, headers={"If-None-Match": tag})
    eq((c.status, c.body), (304, b""), "the conditional request")
    eq(world.demo.get(path, headers={"If-None-Match": '"other"'}).status, 200, "another tag")


def test_etag_moves_with_data(world):
    """new data gives a new ETag, a new snapshot and a new body"""
    with world.small() as s:
        text = "FROM registrations |> AGGREGATE COUNT(*) AS n"
        a = s.query(text).expect(200)
        s.post_batch("date,district\n2021-11-20,607\n").expect(201)
        b = s.query(text, headers={"If-None-Match": a.headers["ETag"]}).expect(200)
        eq(b.rows(), [{"n": 1}], "rows")
        yes(json.loads(b.body)["snapshot"] > json.loads(a.body)["snapshot"], "snapshot")
        eq(b.headers["Panji-Snapshot"], str(b.json()["snapshot"]), "header")


def test_does_not_outlive_its_log(world):
    """a server whose output pipe is closed goes on serving"""
    data = world.small_copy()
    s = Server(world, data)
    p = subprocess.Popen([world.panji, "serve", "--data", data, "--listen",
                          f"127.0.0.1:{s.port}", "--plugins", s.plugins],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=world.env)
    try:
        s.process = p
        deadline = time.monotonic() + 30 * world.slow
        while time.monotonic() < deadline:
            try:
                if s.get("/readyz").status == 200:
                    break
            except OSError:
                time.sleep(0.02)
        p.stdout.close()
        p.stderr.close()
        for _ in range(3):
            s.get("/v1/nowhere").expect(404)
            s.query("SELEC").expect(400)
        eq(s.count(), 0, "registrations")
    finally:
        p.terminate()
        p.wait(timeout=30 * world.slow)
