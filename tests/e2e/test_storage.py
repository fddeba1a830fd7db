# SPDX-License-Identifier: MIT
"""Storage that can be trusted: backups, restoring, verifying, damage, a disk that is full."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
import time

from harness import Server, Skip, eq, has, yes

HEAD = "date,district,block,sector,gender,age,count\n"


def batch(rows, seed=0):
    return HEAD + "".join(f"2021-11-{1 + (i + seed) % 28:02d},607,{('Gola', 'Mandu')[i % 2]},,"
                          f"{'FM'[i % 2]},{16 + i % 40},1\n" for i in range(rows))


def flip(path, mark, behind, nth=0):
    """Turns one bit some bytes behind the n-th occurrence of a mark."""
    with open(path, "r+b") as f:
        data = f.read()
        at = -1
        for _ in range(nth + 1):
            at = data.index(mark, at + 1)
        f.seek(at + behind)
        f.write(bytes([data[at + behind] ^ 8]))


def test_backup_of_a_running_server(world):
    """a backup of a running server holds its snapshot, verified; restored it answers the same"""
    with world.small() as s:
        s.post_batch(batch(500), key="b1", source="csc").expect(201)
        file, back = world.path("copy.backup"), world.path("restored")
        with open(os.path.join(s.data, "ids.key"), "wb") as f:
            f.write(b"k" * 32)
        done = world.run("backup", file, "--data", s.data).expect(0)
        has(done.err, "sound", "500 registrations", what="backup")
        eq(os.stat(file).st_mode & 0o777, 0o600, "mode of the backup")
        eq(glob.glob(os.path.join(s.data, "*part*")), [], "left behind in the data directory")
        s.post_batch(batch(100, 7), key="b2", source="csc").expect(201)
        world.run("backup", file, "--data", s.data).expect(1)
        world.run("restore", file, "--data", s.data).expect(1)
        has(world.run("restore", file, "--data", back).expect(0).err, "500 registrations")
        eq(os.stat(os.path.join(back, "ids.key")).st_mode & 0o777, 0o600, "mode of the key")
        with Server(world, back) as r:
            eq(r.count(), 500, "registrations restored")
            again = r.post_batch(batch(500), key="b1", source="csc").expect(200).json()
            yes(again["duplicate"], "the ledger knows the batch")
        eq(s.count(), 600, "registrations of the server that went on")
        body = s.request("POST", "/v1/backup").expect(200)
        eq(body.headers["Content-Type"], "application/vnd.sqlite3", "type")
        other = world.file("over-http.backup", body.body)
        has(world.run("verify", other).expect(0).out, "sound: a backup of", "600 registrations")


def test_without_a_server(world):
    """backup, verify and restore work on a directory that nobody serves"""
    data, file, back = world.small_copy(), world.path("copy"), world.path("back")
    world.run("import", world.file("b.csv", batch(50)), "--data", data).expect(0)
    has(world.run("verify", "--data", data).expect(0).out, "sound", "50 registrations")
    world.run("backup", file, "--data", data).expect(0)
    world.run("restore", file, "--data", back).expect(0)
    eq(world.run("query", "FROM registrations |> AGGREGATE COUNT(*) AS n", "--data", back,
                 "--format", "csv").expect(0).table(), [{"n": "50"}], "restored")
    world.run("verify", "--data", world.path("none")).expect(1)
    world.run("restore", world.path("none"), "--data", world.path("r")).expect(1)
    world.run("backup").expect(2)


def test_damaged_backup(world):
    """a bit of a backup that turned: verify says so and ends with 1, restore refuses and leaves
    nothing"""
    data, file, back = world.small_copy(), world.path("copy"), world.path("back")
    world.run("import", world.file("b.csv", batch(50)), "--data", data).expect(0)
    world.run("backup", file, "--data", data).expect(0)
    flip(file, b"PSG2", 60)
    has(world.run("verify", file).expect(1).out, "damaged", "segment 1", "checksum")
    has(world.run("restore", file, "--data", back).expect(3).err, "damaged", "not restored")
    eq(os.listdir(back), [], "in the directory")


def test_damaged_segment(world):
    """a bit of a segment that turned: the server starts without it, says so everywhere, and is
    mended by retracting the batch and importing it again"""
    data = world.small_copy()
    for key, rows in (("b1", 300), ("b2", 200), ("b3", 100)):
        world.run("import", world.file(f"{key}.csv", batch(rows, rows)), "--batch-id", key,
                  "--source", "csc", "--data", data).expect(0)
    flip(os.path.join(data, "panji.db"), b"PSG2", 60 + 48, nth=1)
    done = world.run("verify", "--data", data).expect(1)
    has(done.out, "damaged", "is damaged", "registrations are missing", "retract these batches")
    with Server(world, data) as s:
        missing = s.get("/readyz").expect(200).json()["damage"]["registrations_missing"]
        yes(missing in (300, 200, 100), f"{missing} are missing")
        lost = {300: "b1", 200: "b2", 100: "b3"}[missing]
        eq(s.get("/healthz").json()["damage"]["batches"], 1, "batches in /healthz")
        has(s.get("/metrics").text, f"panji_store_missing_registrations {missing}")
        has(s.log(), "is damaged", f'batch "{lost}" of "csc"', what="the log")
        answer = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n").expect(200)
        eq(answer.rows()[0]["n"], 600 - missing, "registrations")
        has(answer.json()["warnings"][0], f"{missing} registrations of 1 batches are missing")
        has(answer.headers["Panji-Warning"], f"{missing} registrations")
        tag = answer.headers["ETag"]
        hindi = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n", lang="hi").json()
        has(hindi["warnings"][0], "निबंधन")
        has(s.query("FROM registrations |> AGGREGATE COUNT(*) AS n", format="table").text,
            "are missing")
        has(world.run("verify", "--data", data).expect(1).out, lost)
        world.run("backup", world.path("no"), "--data", data).expect(3)
        s.post_batch(batch(10, 9), key="b4", source="csc").expect(201)
        s.request("DELETE", f"/v1/batches/{lost}").expect(200)
        s.post_batch(batch(missing, missing), key=f"{lost}-again", source="csc").expect(201)
        answer = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n").expect(200)
        eq(answer.rows()[0]["n"], 610, "registrations, mended")
        yes("warnings" not in answer.json() and "Panji-Warning" not in answer.headers, "a warning")
        yes(answer.headers["ETag"] != tag, "the tag has changed")
        yes("damage" not in s.get("/readyz").json(), "damage in /readyz")
        world.run("backup", world.path("yes"), "--data", data).expect(0)
    has(world.run("verify", "--data", data).expect(0).out, "sound")
    with Server(world, data) as s:
        eq(s.count(), 610, "registrations after a restart")


def test_log_cut_short(world):
    """a bit of the log of a killed server that turned: nothing acknowledged goes in silence"""
    s = Server(world, world.small_copy()).start()
    for i in range(5):
        s.post_batch(batch(20, i), key=f"b{i}", source="csc").expect(201)
    s.kill()
    log = os.path.join(s.data, "panji.db-wal")
    whole = world.path("whole")
    shutil.copytree(s.data, whole)
    with open(log, "r+b") as f:
        f.seek(32 + 24 + 16384 + 24 + 5000)
        byte = f.read(1)[0]
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte ^ 1]))
    done = world.run("query", "FROM batches", "--data", s.data).expect(3)
    has(done.err, "panji.db-wal", "acknowledged")
    has(world.run("verify", "--data", s.data).expect(1).out, "damaged", "panji.db-wal")
    with Server(world, whole) as r:
        eq(r.count(), 100, "registrations of the one that was not touched")


@contextlib.contextmanager
def small_disk(size):
    """A file system of its own; None where one may not be mounted."""
    place = tempfile.mkdtemp(prefix="panji-disk-")
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place],
        capture_output=True, check=False).returncode == 0
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", place], check=False)
        shutil.rmtree(place, ignore_errors=True)


def fill_disk(place):
    """Leaves no byte free."""
    with contextlib.suppress(OSError), open(os.path.join(place, "ballast"), "wb",
                                            buffering=0) as f:
        while True:
            f.write(b"x" * 4096)


def test_full_disk(world):
    """a disk that is full: imports are refused with 507, queries go on, known batches are answered;
    when there is room again it goes on by itself"""
    with small_disk("24m") as place:
        if place is None:
            raise Skip("no file system can be mounted here; store/crash fails writes instead")
        data = os.path.join(place, "data")
        shutil.copytree(world.small_copy(), data)
        with Server(world, data) as s:
            s.post_batch(batch(500), key="b1", source="csc").expect(201)
            fill_disk(place)
            for i in range(200):
                answer = s.post_batch(batch(2000, i), key=f"f{i}", source="csc")
                if answer.status != 201:
                    break
            eq(answer.problem(507)["code"], "disk_full", "code")
            stored = 500 + 2000 * i
            eq(s.count(), stored, "registrations are still counted")
            yes(s.post_batch(batch(500), key="b1", source="csc").expect(200).json()["duplicate"],
                "a known batch is answered")
            has(s.get("/readyz").problem(503)["detail"], "full")
            eq(s.get("/healthz").expect(200).json()["store"], "full", "state in /healthz")
            has(s.get("/metrics").text, 'panji_store_state{state="full"} 1')
            has(world.run("backup", world.path("b"), "--data", data).expect(3).err, "full")
            os.unlink(os.path.join(place, "ballast"))
            until = time.monotonic() + 30 * world.slow
            while s.get("/readyz").status != 200 and time.monotonic() < until:
                time.sleep(0.2)
            s.get("/readyz").expect(200)
            s.post_batch(batch(2000, i), key=f"f{i}", source="csc").expect(201)
            eq(s.count(), stored + 2000, "registrations")
        with Server(world, data) as s:
            eq(s.count(), stored + 2000, "registrations after a restart")
        has(world.run("verify", "--data", data).expect(0).out, "sound")
