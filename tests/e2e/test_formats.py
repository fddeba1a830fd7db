# SPDX-License-Identifier: MIT
"""NDJSON, gzip and zstd, over HTTP and from files; numbers as people write them."""

import gzip
import json
import os
import re
import shutil
import subprocess
import threading

import aadhaar
from harness import eq, has, yes

CSV = ("date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n"
       "2021-11-21,607,Dulmi,,\"2,000\"\n")
ROWS = [{"date": "2021-11-20", "district": 607, "block": "Gola", "sector": "कृषि", "count": 5},
        {"count": "2 हजार", "Block": "Dulmi", "DISTRICT": "607", "date": "21/11/2021",
         "sector": None}]
NDJSON = "".join(json.dumps(row, ensure_ascii=i % 2 == 0) + "\n" for i, row in enumerate(ROWS))
TYPE = {"Content-Type": "application/x-ndjson"}


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


PACKERS = {"gzip": (gzip.compress, ".gz"), "zstd": (zstd, ".zst")}


def counted(s):
    return s.count("block = 'Gola' AND sector_code = 1"), s.count("block = 'Dulmi'")


def test_packed_over_http(world):
    """gzip and zstd by Content-Encoding, Content-Type or first bytes: one content, one batch"""
    with world.small() as s:
        first = s.post_batch(CSV, source="a").expect(201).json()
        eq(first["registrations"], 2005, "registrations")
        for name, (pack, _) in PACKERS.items():
            body = pack(CSV.encode())
            for headers in ({"Content-Encoding": name}, {"Content-Type": f"application/{name}"},
                            {"Content-Type": "text/csv"}, {}):
                a = s.request("POST", "/v1/registrations?source=a", body, headers).expect(200)
                eq(a.json(), {**first, "duplicate": True}, f"{name} {headers}")
            a = s.request("POST", "/v1/registrations?source=" + name, body,
                          {"Content-Encoding": name}).expect(201)
            eq(a.json()["registrations"], 2005, name)
        eq(counted(s), (15, 6000), "registrations of the blocks")


def test_packed_wrongly(world):
    """what is not packed as it says, damaged, cut off or bombs: refused, and nothing is stored"""
    text = ("date,district\n" + "".join(f"2021-11-{i % 28 + 1:02d},607\n" for i in range(9000)))
    with world.small() as s:
        for name, (pack, _) in PACKERS.items():
            body = pack(text.encode())
            p = s.post_batch(body[:len(body) // 2], key="k").problem(422)
            has(p["detail"], name, "ends in the middle")
            half = bytearray(body)
            half[len(body) // 2] ^= 0x55
            half[len(body) // 2 + 1] ^= 0x55
            s.post_batch(bytes(half), key="k").problem(422)
            p = s.request("POST", "/v1/registrations", CSV.encode(),
                          {"Content-Encoding": name}).problem(422)
            has(p["detail"], "sent as " + name)
            bomb = pack(b"date,district\n" + b"\n" * (100 << 20))
            p = s.post_batch(bomb, key="bomb").problem(422)
            has(p["detail"], "250 times")
            p = s.request("POST", "/v1/query", pack(b"FROM registrations"),
                          {"Content-Encoding": name}).problem(415)
            eq(p["code"], "unsupported_media", "code")
        s.request("POST", "/v1/registrations", CSV.encode(),
                  {"Content-Encoding": "br"}).problem(415)
        eq(s.count(), 0, "registrations")
        s.post_batch(gzip.compress(text.encode()), key="k").expect(201)
        eq(s.count(), 9000, "registrations")


def test_ndjson_over_http(world):
    """NDJSON by its type or its first byte, mapped, packed; keys in any order and case"""
    with world.small() as s:
        a = s.request("POST", "/v1/registrations?source=a", NDJSON.encode(), TYPE).expect(201)
        a = a.json()
        eq((a["accepted"], a["registrations"], a["warnings"]), (2, 2005, []), "the answer")
        a = s.request("POST", "/v1/registrations?source=a", gzip.compress(NDJSON.encode()),
                      {"Content-Type": "text/csv"}).expect(200).json()
        eq(a["duplicate"], True, "the same, packed")
        mapped = NDJSON.replace('"block"', '"प्रखंड"').replace('"Block"', '"प्रखंड"')
        a = s.request("POST", "/v1/registrations", mapped.encode(), TYPE,
                      {"mapping_text": "column: प्रखंड = block"}).expect(201).json()
        eq(a["registrations"], 2005, "mapped")
        eq(counted(s), (10, 4000), "registrations of the blocks")
        s.request("POST", "/v1/registrations", b"\xef\xbb\xbf\n" + NDJSON.strip().encode(),
                  {}, {"source": "bom"}).expect(201)
        p = s.request("POST", "/v1/registrations", CSV.encode(), TYPE).problem(422)
        has(p["detail"], "line 1 begins no JSON object")
        p = s.request("POST", "/v1/registrations", json.dumps(ROWS).encode(), {}).problem(422)
        has(p["detail"], "JSON list")
        has(p["hint"], "jq -c")


def test_ndjson_faults(world):
    """faults are told by line, column, key and value; skip takes the others in"""
    good = '{"date":"2021-11-20","district":607}\n'
    lines = [(good, None),
             ('{"date":"2021-11-20","district":607,"block":"Golaa"}\n', (45, "block", "Golaa")),
             ('{"date":"2021-11-20","district":607,"block":["Gola"]}\n',
              (45, "block", '["Gola"]}')),
             ('{"date":"2021-11-20","district":607,"date":"2021-11-20"}\n',
              (44, "date", "2021-11-20")),
             ('{"date":"2021-11-20" "district":607}\n', (22, "", '"district":607}')),
             ('{"तारीख":"क","date":"2021-02-30","district":607}\n', (21, "date", "2021-02-30")),
             ("date,district\n", (1, "", "date,district")),
             (good, None)]
    text = "".join(line for line, _ in lines)
    want = [{"line": i, "column": e[0], "field": e[1], "value": e[2]}
            for i, (_, e) in enumerate(lines, 1) if e]
    with world.small() as s:
        p = s.request("POST", "/v1/registrations", text.encode(), TYPE).problem(422)
        eq([{k: e[k] for k in want[0]} for e in p["errors"]], want, "the errors")
        yes(all(e["reason"] for e in p["errors"]), "reasons")
        a = s.request("POST", "/v1/registrations", text.encode(), TYPE,
                      {"on_error": "skip", "batch_id": "k"}).expect(201).json()
        eq((a["accepted"], a["rejected"]), (2, len(want)), "the answer")
        rejects = s.get("/v1/batches/k/rejects.csv").expect(200).table()
        lines = [r["panji_reason"].split(",")[0].split(":")[0] for r in rejects]
        eq(lines, [f"line {w['line']}" for w in want], "lines of the rejects")


def test_ndjson_aadhaar(world):
    """Aadhaar numbers under any key refuse the batch; none is echoed or logged"""
    numbers = aadhaar.numbers(200)
    with world.small() as s:
        for key in ("centre", "uid", "registration_id"):
            body = "".join(json.dumps({"date": "2021-11-20", "district": 607, key: n}) + "\n"
                           for n in numbers)
            for on_error in ("reject", "skip"):
                r = s.request("POST", "/v1/registrations", body.encode(), TYPE,
                              {"on_error": on_error})
                yes(400 <= r.status < 500, f"{key}: status {r.status}")
                has(r.text, key, "aadhaar", what="the answer")
                yes(not any(n in r.text for n in numbers), "a number is echoed")
        eq(s.count(), 0, "registrations")
        yes(not any(n in s.log() for n in numbers), "a number is in the log")


def test_files(world):
    """the command line takes .csv, .ndjson, .jsonl, .gz and .zst, and standard input"""
    data = world.small_copy()
    n = 0
    for text, end in ((CSV, ".csv"), (NDJSON, ".ndjson"), (NDJSON, ".jsonl"), (NDJSON, ".txt")):
        for pack, more in ((bytes, ""), *PACKERS.values()):
            path = os.path.join(world.path("files"), "f" + end + more)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(pack(text.encode()))
            n += 1
            done = world.run("import", path, "--data", data, "--batch-id", f"b{n}").expect(0)
            eq(json.loads(done.out)["registrations"], 2005, path)
    done = world.run("import", "-", "--data", data, input=NDJSON).expect(0)
    eq(json.loads(done.out)["registrations"], 2005, "standard input")
    bad = world.file("bad.csv.gz", gzip.compress(CSV.encode())[:-9])
    done = world.run("import", bad, "--data", data)
    done.expect(1)
    has(done.err, "ends in the middle", "bad.csv.gz")


def test_packed_tables_and_places(world):
    """places, published figures and tables may be packed too, with numbers as people write them"""
    with world.small() as s:
        table = ('name,block,workers\nSteel,Gola,"1,200"\nGlass,Dulmi,2.66 lakh\n'
                 "Mill,Mandu,२ हज़ार\n")
        for pack, _ in PACKERS.values():
            a = s.request("PUT", "/v1/tables/factories", pack(table.encode())).json()
            eq([c["type"] for c in a["columns"]], ["STRING", "block", "INT64"], "types")
        rows = s.query("FROM factories |> AGGREGATE SUM(workers) AS n").rows()
        eq(rows[0]["n"], 1200 + 266000 + 2000, "the sum")
        stated = ("as_on,place,sector,total\n2021-11-20,607,,2 लाख 8 हजार 308\n"
                  '2021-11-20,607,1,"2,66,000"\n')
        for pack, _ in PACKERS.values():
            s.request("POST", "/v1/stated?source=note", pack(stated.encode())).expect(201)
        totals = sorted(r["total"] for r in s.query("FROM stated |> SELECT total").rows())
        eq(sorted(set(totals)), [208308, 266000], "published figures")
        p = s.request("POST", "/v1/stated", stated.replace("2,66,000", "2,66,00").encode())
        has(p.problem(422)["detail"], "commas", "line 3")
        places = "level,code,parent,name,workers\nblock,3168,607,Gola,1.5 lakh\n"
        s.request("POST", "/v1/places", gzip.compress(places.encode())).expect(201)
        eq(s.query("FROM places |> WHERE code = 3168 AND level = 'block' |> SELECT workers")
           .rows()[0]["workers"], 150000, "a fact")
        big = gzip.compress(b"name\n" + b"x" * (80 << 20))
        has(s.request("PUT", "/v1/tables/big", big).problem(422)["detail"], "250 times")
        s.request("PUT", "/v1/tables/big", table.encode(),
                  {"Content-Encoding": "gzip"}).problem(422)


def ingest_bytes(s):
    text = s.get("/metrics").text
    rooms = re.findall(r'panji_memory_bytes\{room="(?:ingest|net)"\} (\d+)', text)
    eq(len(rooms), 2, "rooms")
    return sum(map(int, rooms))


def high_water(s):
    """Bytes of memory that the process had at most."""
    with open(f"/proc/{s.process.pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) << 10


def send_watched(s, pieces, source, headers):
    """Sends a body in chunks; the answer, and the most that the import held meanwhile."""
    answer, most = [], 0
    sender = threading.Thread(target=lambda: answer.append(
        s.request("POST", "/v1/registrations?source=" + source, pieces, headers)))
    sender.start()
    while sender.is_alive():
        most = max(most, ingest_bytes(s))
        sender.join(0.02)
    return answer[0], most


def test_memory_is_bounded(world):
    """bodies of 96 MB, plain and packed, CSV and NDJSON, are never held: the sender waits"""
    rows, wide = 96000, "x" * 1000
    csv = [f"2021-11-{i % 28 + 1:02d},607,Gola,{wide}{i}\n" for i in range(rows)]
    ndjson = [f'{{"date":"2021-11-{i % 28 + 1:02d}","district":607,"block":"Gola",'
              f'"note":"{wide}{i}"}}\n' for i in range(rows)]
    bodies = {"csv": ("date,district,block,note\n" + "".join(csv)).encode(),
              "ndjson": "".join(ndjson).encode()}
    env = world.env
    options = env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"
    world.env = {**env, "ASAN_OPTIONS": options + ":thread_local_quarantine_size_kb=64"}
    try:
        with world.small() as s:
            s.post_batch(CSV, source="warm").expect(201)
            before = high_water(s)
            for name, body in bodies.items():
                pieces = [body[i:i + 100000] for i in range(0, len(body), 100000)]
                packed = gzip.compress(body, 1)
                small = [packed[i:i + 4096] for i in range(0, len(packed), 4096)]
                for way, sent, headers in (("plain", pieces, {}),
                                           ("packed", small, {"Content-Encoding": "gzip"})):
                    a, most = send_watched(s, iter(sent), f"{name}-{way}", headers)
                    eq(a.expect(201).json()["accepted"], rows, f"{name} {way}: accepted")
                    yes(most < 40 << 20, f"{name} {way}: the import held {most >> 20} MB")
            grown = high_water(s) - before
            yes(grown < 80 << 20, f"the process grew by {grown >> 20} MB for bodies of 96 MB")
    finally:
        world.env = env


def test_gone_while_it_waits(world):
    """a sender that goes away in the middle of a packed body leaves nothing, and others go on"""
    body = gzip.compress(("date,district\n" + "2021-11-20,607\n" * 400000).encode(), 1)
    with world.small() as s:
        head = (f"POST /v1/registrations HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 9}\r\n"
                "Content-Encoding: gzip\r\n\r\n").encode()
        for _ in range(3):
            s.raw(head + body, timeout=0.3, half_close=True)
        s.post_batch(CSV).expect(201)
        eq(s.count(), 2005, "registrations")


assert shutil.which("zstd"), "the package zstd is missing: scripts/setup installs it"
