# SPDX-License-Identifier: MIT
"""The watched folder: what is dropped there is taken in once and put away with a report."""

import gzip
import json
import os
import random
import time

import aadhaar
from harness import Server, eq, has, wait_for, yes

FIVE = "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n"
BAD = "date,district,block,count\n2021-11-20,607,Gola,5\n2021-11-20,607,Golaa,7\n"


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content.encode() if isinstance(content, str) else content)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def wait_file(world, path):
    wait_for(path, lambda: os.path.exists(path), 10 * world.slow)


def inbox(s, *parts):
    return os.path.join(s.data, "inbox", *parts)


def test_taken_in(world):
    """files of a source are taken in, with a report as HTTP gives it; packed and NDJSON ones too"""
    with world.small() as s:
        write(inbox(s, "csc", "day.csv"), FIVE)
        write(inbox(s, "csc", "rows.ndjson"),
              '{"date":"2021-11-20","district":607,"count":"2 लाख"}')
        write(inbox(s, "loose.csv.gz"), gzip.compress(FIVE.encode()))
        for name in ("csc/day.csv", "csc/rows.ndjson", "loose.csv.gz"):
            wait_file(world, inbox(s, "done", name))
        a = json.loads(read(inbox(s, "done", "csc", "day.csv.report.json")))
        eq((a["source"], a["accepted"], a["registrations"], a["duplicate"]), ("csc", 1, 5, False),
           "the report")
        http = s.post_batch(FIVE, source="csc").expect(200).json()
        http.pop("findings")  # a link is of use to who asks over HTTP
        eq(http, {**a, "duplicate": True}, "the answer over HTTP")
        has(read(inbox(s, "done", "csc", "day.csv.report.txt")), "taken in", "स्वीकार",
            "registrations: 5", a["batch"])
        yes(not os.path.exists(inbox(s, "done", "csc", "day.csv.rejects.csv")), "no rejects")
        eq(json.loads(read(inbox(s, "done", "loose.csv.gz.report.json")))["source"], "unknown",
           "the source of a loose file")
        eq(os.listdir(inbox(s, "csc")), [], "what is left in the folder")
        eq(s.count("source = 'csc'"), 200005, "registrations of csc")
        has(s.get("/metrics").text, 'panji_inbox_files_total{outcome="done"} 3')
        has(s.log(), "inbox: day.csv of csc: 1 rows, 5 registrations")


def test_refused(world):
    """what is refused is put away with its errors, as JSON, as text and as a table"""
    with world.small() as s:
        write(inbox(s, "csc", "bad.csv"), BAD)
        write(inbox(s, "csc", "cut.csv.gz"), gzip.compress(FIVE.encode())[:-5])
        os.symlink("/etc/passwd", inbox(s, "csc", "link.csv"))
        os.mkfifo(inbox(s, "csc", "fifo.csv"))
        for name in ("bad.csv", "cut.csv.gz", "link.csv", "fifo.csv"):
            path = inbox(s, "refused", "csc", name)
            wait_for(path, lambda path=path: os.path.lexists(path), 10 * world.slow)
            p = json.loads(read(path + ".report.json"))
            eq((p["status"], p["code"]), (422, "rows_refused"), f"the report on {name}")
        p = json.loads(read(inbox(s, "refused", "csc", "bad.csv.report.json")))
        eq([(e["line"], e["value"], e["near"]) for e in p["errors"]], [(3, "Golaa", ["Gola"])],
           "the errors")
        has(read(inbox(s, "refused", "csc", "bad.csv.rejects.csv")), '3,3,"block","Golaa"')
        has(read(inbox(s, "refused", "csc", "bad.csv.report.txt")), "refused", "line 3, column 3")
        yes(os.path.islink(inbox(s, "refused", "csc", "link.csv")), "the link is still a link")
        eq(s.count(), 0, "registrations")
        has(s.get("/metrics").text, 'panji_inbox_files_total{outcome="refused"} 4')


def test_mapping_of_the_source(world):
    """a mapping called after the source is applied"""
    plugins = world.plugins_copy()
    write(os.path.join(plugins, "drive", "mappings", "camp.map"),
          "column: तारीख = date\nconstant: district = 607\n")
    with Server(world, world.small_copy(), plugins=plugins) as s:
        write(inbox(s, "camp", "a.csv"), "तारीख,count\n2021-11-20,3\n")
        write(inbox(s, "other", "a.csv"), "तारीख,count\n2021-11-20,3\n")
        wait_file(world, inbox(s, "done", "camp", "a.csv"))
        wait_file(world, inbox(s, "refused", "other", "a.csv"))
        eq(s.count("source = 'camp'"), 3, "registrations")


def test_left_alone_until_written(world):
    """a file is not taken while it is written, nor under the name of one that is not whole"""
    with world.small() as s:
        wait_file(world, inbox(s))
        for name in (".hidden.csv", "a.csv.part", "b.csv.tmp", "c.csv~"):
            write(inbox(s, "csc", name), FIVE)
        with open(inbox(s, "csc", "slow.csv"), "w", encoding="utf-8") as f:
            f.write("date,district\n")
            for _ in range(4):
                f.write("2021-11-20,607\n")
                f.flush()
                time.sleep(0.7)
            time.sleep(2.5)
            yes(os.path.exists(inbox(s, "csc", "slow.csv")), "taken while it was open")
            f.write("2021-11-20,607\n")
        wait_file(world, inbox(s, "done", "csc", "slow.csv"))
        eq(s.count(), 5, "registrations")
        eq(len(os.listdir(inbox(s, "csc"))), 4, "files left alone")
        os.rename(inbox(s, "csc", "a.csv.part"), inbox(s, "csc", "a.csv"))
        wait_file(world, inbox(s, "done", "csc", "a.csv"))
        eq(s.count(), 10, "registrations")


def test_nothing_is_overwritten(world):
    """a name that is taken gets a number; the same content is recognised"""
    with world.small() as s:
        for n, text in enumerate((FIVE, FIVE, FIVE.replace(",5", ",6")), 1):
            write(inbox(s, "csc", "day.csv.txt"), text)
            name = "day.csv.txt" if n == 1 else f"day-{n}.csv.txt"
            wait_file(world, inbox(s, "done", "csc", name))
            eq(read(inbox(s, "done", "csc", name)), text, name)
            a = json.loads(read(inbox(s, "done", "csc", name + ".report.json")))
            eq(a["duplicate"], n == 2, f"duplicate of {name}")
        eq(s.count(), 11, "registrations")


def test_what_was_there_before(world):
    """what was dropped while no server ran is taken in when one starts; another folder, or none"""
    data = world.small_copy()
    folder = world.path("elsewhere")
    write(os.path.join(folder, "csc", "a.csv"), FIVE)
    write(os.path.join(data, "inbox", "csc", "b.csv"), FIVE)
    with Server(world, data, args=["--no-inbox"]) as s:
        time.sleep(1.5)
        eq(s.count(), 0, "registrations without a folder")
    with Server(world, data, args=["--inbox", folder]) as s:
        wait_file(world, os.path.join(folder, "done", "csc", "a.csv"))
        eq(s.count(), 5, "registrations of the other folder")
    yes(os.path.exists(os.path.join(data, "inbox", "csc", "b.csv")), "the usual one was left alone")
    done = world.run("serve", "--data", data, "--listen", "127.0.0.1:0", "--inbox",
                     os.path.join(data, "panji.db"))
    done.expect(3)
    has(done.err, "watched folder")


def test_kill_at_any_moment(world):
    """kill -9 at random moments: each file is taken in once, and none is lost"""
    data = world.small_copy()
    seed = int(os.environ.get("PANJI_TEST_SEED", time.time_ns() % 2**32))
    print(f"# inbox kills: PANJI_TEST_SEED={seed}")
    g = random.Random(seed)
    files = 12
    for i in range(files):
        rows = "".join(f"2021-11-{d % 28 + 1:02d},607,{i + 1}\n" for d in range(3000))
        write(os.path.join(data, "inbox", f"s{i % 3}", f"f{i}.csv"), "date,district,count\n" + rows)

    def left():
        return [n for k in range(3) for n in os.listdir(os.path.join(data, "inbox", f"s{k}"))]
    kills = 0
    while left() and kills < 8:
        s = Server(world, data)
        s.start()
        time.sleep(0.9 + g.random() * 0.25 * world.slow)
        s.kill()
        kills += 1
    with Server(world, data) as s:
        wait_for("all put away", lambda: not left(), 10 * world.slow)
        eq(s.count(), sum(3000 * (i + 1) for i in range(files)), f"registrations, {kills} kills")
        for i in range(files):
            path = os.path.join(data, "inbox", "done", f"s{i % 3}", f"f{i}")
            found = [p for p in (path + ".csv", *(f"{path}-{n}.csv" for n in range(2, 12)))
                     if os.path.exists(p)]
            eq(len(found), 1, f"places of f{i}.csv")
            yes(os.path.exists(found[0] + ".report.json"), f"the report on {found[0]}")


def test_cannot_be_put_away(world):
    """a file that was taken in and cannot be put away stays, and is put away when it can be"""
    with world.small() as s:
        wait_file(world, inbox(s))
        write(inbox(s, "done"), "in the way")
        write(inbox(s, "csc", "day.csv"), FIVE)
        wait_for("the failure is counted",
                 lambda: "panji_inbox_failures_total 0" not in s.get("/metrics").text,
                 10 * world.slow)
        has(s.log(), "inbox: day.csv stays, to be tried again")
        yes(os.path.exists(inbox(s, "csc", "day.csv")), "the file is gone")
        eq(s.count(), 5, "registrations")
        os.unlink(inbox(s, "done"))
        wait_file(world, inbox(s, "done", "csc", "day.csv"))
        yes(json.loads(read(inbox(s, "done", "csc", "day.csv.report.json")))["duplicate"],
            "it was known")
        eq(s.count(), 5, "registrations")


def test_no_numbers_anywhere(world):
    """a column of Aadhaar numbers: refused, and no report, name or log shows one"""
    numbers = aadhaar.numbers(50)
    with world.small() as s:
        body = "date,district,centre\n" + "".join(f"2021-11-20,607,{n}\n" for n in numbers)
        write(inbox(s, "csc", f"{numbers[0]}.csv"), body)
        wait_file(world, inbox(s, "refused", "csc", f"{numbers[0]}.csv"))
        for end in (".report.json", ".report.txt"):
            text = read(inbox(s, "refused", "csc", f"{numbers[0]}.csv{end}"))
            has(text, "Aadhaar", "centre")
            yes(not any(n in text for n in numbers), f"a number in {end}")
        yes(not any(n in s.log() for n in numbers), "a number in the log")
