# SPDX-License-Identifier: MIT
"""Batches that come in: acknowledged once, kept for good, never twice, never half."""

import threading

import aadhaar
from harness import Failure, Server, eq, has, yes

FIVE = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n"


def test_post_replay_conflict(world):
    """a batch: 201, again 200 with duplicate, another body with the same key 409"""
    with Server(world, world.demo_copy()) as s:
        def done():
            return s.get("/v1/reports/drive/block_review.json?district=607").rows()[-1]["done"]
        before = done()
        first = s.post_batch(FIVE, key="t1", source="test").expect(201).json()
        eq((first["registrations"], first["accepted"], first["rejected"], first["duplicate"]),
           (5, 1, 0, False), "the first answer")
        eq((first["batch"], first["source"]), ("t1", "test"), "identity")
        yes(first["snapshot"] > 0, "snapshot")
        again = s.post_batch(FIVE, key="t1", source="test").expect(200).json()
        eq(again, {**first, "duplicate": True}, "the replay's answer")
        other = s.post_batch(FIVE.replace(",5", ",6"), key="t1", source="test").problem(409)
        has(other["detail"], "t1")
        eq(done(), before + 5, "registrations in the report")


def test_survives_kill(world):
    """what was acknowledged is there after kill -9 and a new start, and is still a duplicate"""
    s = Server(world, world.demo_copy()).start()
    s.post_batch(FIVE, key="t1", source="test").expect(201)
    n = s.count("district = 607")
    s.kill()
    eq(n, 42483, "registrations before")
    with s:
        eq(s.count("district = 607"), 42483, "registrations after")
        eq(s.get("/v1/reports/drive/block_review.json?district=607&as_on=2021-11-20")
           .rows()[-1]["done"], 42483, "the report's total")
        yes(s.post_batch(FIVE, key="t1", source="test").expect(200).json()["duplicate"],
            "a replay after the restart is a duplicate")
        eq(s.count("district = 607"), 42483, "registrations after the replay")


def test_without_key(world):
    """without a key the content is the identity"""
    with world.small() as s:
        a = s.post_batch(FIVE, source="test").expect(201).json()
        eq(len(a["batch"]), 64, "length of the SHA-256")
        yes(s.post_batch(FIVE, source="test").expect(200).json()["duplicate"], "duplicate")
        s.post_batch(FIVE.replace(",5", ",6"), source="test").expect(201)
        eq(s.count(), 11, "registrations")


def test_same_key_other_source(world):
    """two sources may use the same key"""
    with world.small() as s:
        s.post_batch(FIVE, key="daily", source="csc").expect(201)
        s.post_batch(FIVE, key="daily", source="camp").expect(201)
        eq(s.count("source = 'csc'"), 5, "from csc")
        eq(s.count(), 10, "from both")


def test_ledger(world):
    """the ledger lists batches and tells one"""
    with world.small() as s:
        s.post_batch(FIVE, key="t1", source="test", as_on="2021-11-20").expect(201)
        has(s.get("/v1/batches").expect(200).text, "t1", "test")
        has(s.get("/v1/batches/t1").expect(200).text, "t1", "2021-11-20")
        s.get("/v1/batches/t2").problem(404)


FORMS = {
    "a byte order mark": b"\xef\xbb\xbf" + FIVE.encode(),
    "CRLF line ends": FIVE.replace("\n", "\r\n").encode(),
    "no line end at the end": FIVE.rstrip("\n").encode(),
    "semicolons": FIVE.replace(",", ";").encode(),
    "tabs": FIVE.replace(",", "\t").encode(),
    "quotes": 'date,district,block,sector,count\n"2021-11-20","607","Gola","कृषि","5"\n'.encode(),
    "other case and order": b"COUNT,Block,District,DATE,Sector\n"
                            b"5,gola,ramgarh,2021-11-20,agriculture\n",
    "DD-MM-YYYY": FIVE.replace("2021-11-20", "20-11-2021").encode(),
    "DD/MM/YYYY": FIVE.replace("2021-11-20", "20/11/2021").encode(),
    "Hindi names": "date,district,block,sector,count\n2021-11-20,रामगढ़,गोला,कृषि,5\n".encode(),
    "codes": b"date,district,block,sector,count\n2021-11-20,607,3168,1,5\n",
    "state named": b"date,state,district,block,sector,count\n"
                   b"2021-11-20,Jharkhand,607,Gola,Agriculture,5\n",
    "an empty last line": FIVE.encode() + b"\n",
}


def test_forms_of_csv(world):
    """CSV in its many forms gives the same five registrations"""
    with world.small() as s:
        for n, (form, body) in enumerate(FORMS.items(), 1):
            r = s.post_batch(body, key=f"form-{n}")
            if r.status != 201:
                raise Failure(f"{form}: {r.status} {r.text}")
            eq(s.count("block_code = 3168 AND sector_code = 1 AND date = '2021-11-20'"), 5 * n,
               form)


def test_missing_values(world):
    """only date and district are needed; the rest may be empty"""
    with world.small() as s:
        s.post_batch("date,district\n2021-11-20,607\n2021-11-21,607\n").expect(201)
        s.post_batch("date,district,block,gender,age\n2021-11-20,607,,,\n", key="b").expect(201)
        eq(s.count(), 3, "registrations")
        eq(s.count("block IS NULL AND sector IS NULL AND gender IS NULL AND age IS NULL"), 3,
           "not stated")


def test_skip_keeps_rejects(world):
    """on_error=skip: good rows go in, bad rows are kept with their reasons"""
    body = ("date,district,block,count\n2021-11-20,607,Gola,5\n2021-11-20,607,Golaa,7\n"
            "2021-02-31,607,Gola,7\n2021-11-20,607,Dulmi,1\n")
    with world.small() as s:
        a = s.post_batch(body, key="k", source="test", on_error="skip").expect(201).json()
        eq((a["accepted"], a["rejected"], a["registrations"]), (2, 2, 6), "the answer")
        eq(s.count(), 6, "registrations")
        rejects = s.get("/v1/batches/k/rejects.csv").expect(200).table()
        eq([r["panji_reason"].split(",")[0] for r in rejects], ["line 3", "line 4"], "lines")
        eq([(r["date"], r["block"], r["count"]) for r in rejects],
           [("2021-11-20", "Golaa", "7"), ("2021-02-31", "Gola", "7")], "the rows as sent")


def test_corrections(world):
    """kind=correction lets counts be negative"""
    with world.small() as s:
        s.post_batch(FIVE, key="a").expect(201)
        s.post_batch(FIVE.replace(",5", ",-2"), key="b", kind="correction").expect(201)
        eq(s.count(), 3, "registrations")
        eq(s.count("block = 'Gola'"), 3, "registrations of Gola")


def test_all_or_nothing(world):
    """one bad row refuses the batch; at most 100 errors are listed, all are counted"""
    good = "".join(f"2021-11-20,607,Gola,{i % 7 + 1}\n" for i in range(1000))
    bad = "".join(f"2021-11-20,607,Nowhere{i},1\n" for i in range(250))
    with world.small() as s:
        p = s.post_batch("date,district,block,count\n" + good + bad).problem(422)
        eq((len(p["errors"]), p["errors_total"]), (100, 250), "errors listed and counted")
        eq(s.count(), 0, "registrations")
        eq(s.get("/v1/batches").rows(), [], "batches")


def test_dry_run(world):
    """a dry run checks everything and stores nothing"""
    with world.small() as s:
        path = world.file("five.csv", FIVE)
        world.run("import", path, "--data", s.data, "--dry-run").expect(0)
        eq(s.count(), 0, "registrations")


def test_aadhaar_is_refused(world):
    """a column of Aadhaar numbers refuses the batch, naming the column, nothing of its content"""
    numbers = aadhaar.numbers(200)
    devanagari = str.maketrans("0123456789", "०१२३४५६७८९")
    forms = {"plain": lambda n: n, "spaced": lambda n: f"{n[:4]} {n[4:8]} {n[8:]}",
             "Devanagari": lambda n: n.translate(devanagari)}
    with world.small() as s:
        for name, form in forms.items():
            body = "date,district,centre\n" + "".join(
                f"2021-11-20,607,{form(n)}\n" for n in numbers)
            r = s.post_batch(body)
            yes(400 <= r.status < 500, f"{name}: status {r.status}")
            has(r.text, "centre", "aadhaar", what=f"the answer to {name}")
            for n in numbers:
                yes(form(n) not in r.text and n not in r.text, f"{name}: a number is echoed")
            r = s.post_batch(body, on_error="skip")
            yes(400 <= r.status < 500, f"{name} with on_error=skip: status {r.status}")
        eq(s.count(), 0, "registrations")
        yes(not any(n in s.log() for n in numbers), "a number is in the log")


def test_large_batch(world):
    """a batch of 200,000 rows goes in at once and counts exactly"""
    blocks = (6716, 6717, 3168, 3172, 3174, 3175)
    body = "date,district,block,sector,age,count\n" + "".join(
        f"2021-{9 + i % 3:02d}-{1 + i % 30:02d},607,{blocks[i % 6]},{1 + i % 30},"
        f"{16 + i % 44},{1 + i % 3}\n" for i in range(200000))
    with world.small() as s:
        a = s.post_batch(body, key="large").expect(201).json()
        total = sum(1 + i % 3 for i in range(200000))
        eq((a["accepted"], a["registrations"]), (200000, total), "the answer")
        eq(s.count(), total, "registrations")
        eq(s.count("block = 6717 AND age = 17"),
           sum(1 + i % 3 for i in range(200000) if i % 6 == 1 and i % 44 == 1), "a crossing")


def test_chunked_upload(world):
    """a body sent in chunks is taken as it comes"""
    with world.small() as s:
        rows = [f"2021-11-20,607,Gola,{i % 5 + 1}\n" for i in range(5000)]

        def pieces():
            text = ("date,district,block,count\n" + "".join(rows)).encode()
            for i in range(0, len(text), 777):
                yield text[i:i + 777]
        r = s.request("POST", "/v1/registrations?source=test", pieces(),
                      {"Content-Type": "text/csv"})
        eq(r.expect(201).json()["accepted"], 5000, "accepted")


def test_readers_see_whole_batches(world):
    """readers during an import see only whole batches, from the cube and by scanning"""
    wrong, seen, stop = [], set(), threading.Event()
    queries = ["FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block",
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender"]

    def read(s, text):
        while not stop.is_set():
            rows = s.query(text).expect(200).rows()
            total = sum(r["n"] for r in rows)
            seen.add(total)
            if total % 1000 or (rows and len({r["n"] for r in rows}) != 1):
                wrong.append(rows)

    with world.small() as s:
        threads = [threading.Thread(target=read, args=(s, q)) for q in queries * 2]
        for t in threads:
            t.start()
        try:
            for k in range(40):
                day = f"2021-11-{k % 18 + 1:02d}"
                body = "date,district,block,gender,count\n" + "".join(
                    f"{day},607,{'Gola' if i < 50 else 'Dulmi'},{'FM'[i % 2]},10\n"
                    for i in range(100))
                s.post_batch(body, key=f"b{k}").expect(201)
        finally:
            stop.set()
            for t in threads:
                t.join()
        eq(s.count(), 40000, "registrations")
    yes(not wrong, f"part of a batch was seen: {wrong[:3]}")
    yes(len(seen) > 3, f"the readers saw few states: {seen}")


def test_many_writers(world):
    """eight writers at once: each batch once, whoever repeats it"""
    with world.small() as s:
        answers, failures = [], []

        def write(w):
            try:
                for k in range(15):
                    body = f"date,district,block,count\n2021-11-20,607,Gola,{k + 1}\n"
                    r = s.post_batch(body, key=f"k{k}", source="many")
                    answers.append((r.status, r.json()["duplicate"]))
            except Exception as e:
                failures.append(e)
        threads = [threading.Thread(target=write, args=(w,)) for w in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        eq(failures, [], "failures")
        eq(answers.count((201, False)), 15, "first answers")
        eq(answers.count((200, True)), 105, "duplicates")
        eq(s.count(), sum(range(1, 16)), "registrations")


def test_read_your_write(world):
    """the acknowledged batch is in the next answer, and the snapshot number says so"""
    with world.small() as s:
        for k in range(20):
            a = s.post_batch(FIVE, key=f"k{k}").expect(201).json()
            q = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n").json()
            eq(q["data"][0]["n"], 5 * (k + 1), "registrations")
            yes(q["snapshot"] >= a["snapshot"], "the snapshot of the answer")


def test_many_readers(world):
    """a large file with errors far apart: the lines are told exactly, or the rows left out"""
    rows = 400000
    bad = (7, 54321, 199999, 399998)
    lines = [f"2021-11-{i % 28 + 1:02d},607,Gola,centre {i % 700}" for i in range(rows)]
    for i in bad:
        lines[i] = lines[i].replace("Gola", "Golaa")
    body = "date,district,block,centre\n" + "\n".join(lines)
    with world.small() as s:
        refused = s.post_batch(body, key="m1").problem(422)
        eq([e["line"] for e in refused["errors"]], [i + 2 for i in bad], "the lines")
        eq(refused["errors_total"], len(bad), "the errors")
        eq(s.count(), 0, "registrations")
        a = s.post_batch(body, key="m1", on_error="skip").expect(201).json()
        eq((a["accepted"], a["rejected"]), (rows - len(bad), len(bad)), "the answer")
        eq(s.count("centre = 'centre 699'"), rows // 700, "a centre")
        text = body.replace("Golaa", "Gola").encode()
        small = (text[i:i + 5000] for i in range(0, len(text), 5000))
        r = s.request("POST", "/v1/registrations?source=chunks", small,
                      {"Content-Type": "text/csv"})
        eq(r.expect(201).json()["accepted"], rows, "in small chunks")
