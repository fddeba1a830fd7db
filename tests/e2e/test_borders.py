# SPDX-License-Identifier: MIT
"""Borders that change: splits, mergers, moves, other names. Old figures in new borders and new ones
in old, held against a few lines of Python that know nothing of trees. Seed in E2E_SEED."""

import collections
import contextlib
import datetime
import http.client
import os
import random
import threading
import time

from harness import Failure, Server, eq, has, yes

SEED = int(os.environ.get("E2E_SEED") or random.SystemRandom().randrange(1 << 31))
HEAD = "kind,level,old_code,new_code,effective_on,parent,old_parent,name,name_hi,old_name,share\n"
PLACES = """level,code,parent,parent_parent,name,name_hi
state,20,,,Jharkhand,झारखंड
district,607,20,,Ramgarh,रामगढ़
district,341,20,,Bokaro,बोकारो
block,3168,607,,Gola,गोला
block,3172,607,,Mandu,
block,3174,607,,Patratu,
block,3175,607,,Ramgarh,
block,6716,607,,Chitarpur,
block,3064,341,,Bermo,
block,3065,341,,Chas,
block,2494,607,,Shared,
block,2494,341,,Shared,
panchayat,900001,3168,607,Barlanga,
panchayat,900002,3168,607,Sutri,
panchayat,900003,3172,607,Kuju,
"""
# A district out of five blocks of two districts, as it happens.
SPLIT = HEAD + """split,district,607,801,2022-04-04,20,,Nava Zila,नव जिला,,0.3
split,district,341,801,2022-04-04,,,,,,
move,block,3168,,2022-04-04,801,,,,,
move,block,3172,,2022-04-04,801,,,,,
move,block,6716,,2022-04-04,801,,,,,
move,block,3064,,2022-04-04,801,,,,,
move,block,3065,,2022-04-04,801,,,,,
"""
ROWS = """date,district,block,panchayat,count
2022-03-01,607,3168,,1
2022-03-01,607,3168,900001,2
2022-03-01,607,3172,,4
2022-03-01,607,3174,,8
2022-03-01,607,,,16
2022-03-01,341,3064,,32
2022-03-01,341,,,64
2022-03-01,607,2494,,128
2022-03-01,341,2494,,256
"""
TOTAL = 511


def made(world, changes=None):
    data = world.path("borders")
    world.run("places", "import", world.file("places.csv", PLACES), "--data", data).expect(0)
    if changes:
        change(world, data, changes)
    return data


def change(world, where, text, code=0, *args):
    return world.run("places", "import", world.file("changes.csv", text), "--data", where,
                     *args).expect(code)


def groups(server, by, **query):
    rows = server.query(f"FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY {by}",
                        **query).expect(200).rows()
    return {r[by]: r["n"] for r in rows}


def test_split(world):
    """a district is split: blocks take their past along, what named only the district stays"""
    with Server(world, made(world)) as s:
        s.post_batch(ROWS).expect(201)
        before = groups(s, "district_code")
        eq(before, {607: 159, 341: 352}, "before the split")
        tag = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n").headers["ETag"]
        change(world, s.data, SPLIT)
        eq(groups(s, "district_code"), {607: 152, 341: 320, 801: 39}, "in the borders of today")
        eq(groups(s, "district_code", borders="2022-04-03"), before, "in the borders of before")
        eq(groups(s, "district_code", borders="2022-04-04"), {607: 152, 341: 320, 801: 39},
           "on the day itself")
        eq(s.count(), TOTAL, "the total")
        yes(s.query("FROM registrations |> AGGREGATE COUNT(*) AS n").headers["ETag"] != tag,
            "the tag of an answer has not changed")
        eq(s.count("district = 'Nava Zila'"), 39, "by name")
        eq(s.count("block = 'Gola'"), 3, "a block that moved")
        listed = s.query("FROM place_changes |> WHERE kind = 'passed' |> SELECT code, successor, "
                         "share, effective_on |> ORDER BY code").expect(200).rows()
        eq(listed, [{"code": 341, "successor": "Nava Zila", "share": None,
                     "effective_on": "2022-04-04"},
                    {"code": 607, "successor": "Nava Zila", "share": 0.3,
                     "effective_on": "2022-04-04"}], "the table of changes")
        eq(s.query("FROM place_changes |> AGGREGATE COUNT(*) AS n").rows(), [{"n": 7}], "changes")
        old = s.query("FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n GROUP "
                      "BY block_code", borders="2022-01-01").expect(200).rows()
        eq({r["block_code"]: r["n"] for r in old},
           {None: 16, 3168: 3, 3172: 4, 3174: 8, 2494: 128}, "blocks of the old district")
    with Server(world, s.data) as s:
        eq(groups(s, "district_code"), {607: 152, 341: 320, 801: 39}, "after a restart")
        eq(groups(s, "district_code", borders="2022-04-03"), before, "likewise, before")


def test_imports_resolve_by_date(world):
    """rows name places as they were on their day, or as they are today"""
    with Server(world, made(world, SPLIT)) as s:
        head = "date,district,block,count\n"
        for row, code in (("2022-03-01,Ramgarh,Gola,1", 201),      # as it was
                          ("2022-03-01,Nava Zila,Gola,1", 201),    # brought up to date
                          ("2022-05-01,Nava Zila,Gola,1", 201),
                          ("2022-05-01,Ramgarh,Gola,1", 422),
                          ("2022-03-01,नव जिला,गोला,1", 201),
                          ("2022-03-01,Ramgarh,Nowhere,1", 422)):
            answer = s.post_batch(head + row + "\n")
            eq(answer.status, code, f"{row}: {answer.text}")
            if code == 422 and "Gola" in row:
                has(answer.text, "does not lie in", "Nava Zila", "801")
        eq(s.count("district = 801"), 4, "all of them")
        eq(groups(s, "district_code", borders="2022-01-01"), {607: 4}, "in old borders")


def test_merge_rename_and_panchayat(world):
    """a block becomes part of another, a district gets another name, a panchayat another block"""
    changes = HEAD + """merge,block,6716,3175,2022-05-01,,,,,,
rename,district,607,,2023-01-01,,,Ramgarh Cantt,,,
move,panchayat,900001,,2022-06-01,3172,,,,,
"""
    with Server(world, made(world)) as s:
        s.post_batch("date,district,block,panchayat,count\n2022-01-01,607,6716,,1\n"
                     "2022-01-01,607,3175,,2\n2022-01-01,607,3168,900001,4\n"
                     "2022-01-01,607,3168,900002,8\n2022-01-01,607,3172,900003,16\n").expect(201)
        change(world, s.data, changes)
        eq(groups(s, "block_code"), {3175: 3, 3168: 8, 3172: 20}, "today")
        eq(groups(s, "block_code", borders="2022-05-15"), {3175: 3, 3168: 12, 3172: 16}, "in May")
        eq(groups(s, "block_code", borders="2022-04-30"), {6716: 1, 3175: 2, 3168: 12, 3172: 16},
           "in April")
        eq(groups(s, "district"), {"Ramgarh Cantt": 31}, "the new name")
        eq(groups(s, "district", borders="2022-12-31"), {"Ramgarh": 31}, "the old one")
        problem = s.query("FROM registrations |> WHERE block = 'Chitarpur'").problem(400)
        has(problem["detail"], "2022-04-30", "3175", "Ramgarh")
        refused = s.post_batch("date,district,block\n2022-05-01,607,Chitarpur\n").expect(422)
        has(refused.text, "2022-04-30", "3175")
        for row in ("2022-04-30,607,Chitarpur", "2022-12-01,Ramgarh,3175",
                    "2023-02-01,Ramgarh,3175", "2023-02-01,Ramgarh Cantt,3175"):
            s.post_batch("date,district,block\n" + row + "\n").expect(201)
        eq(groups(s, "block_code")[3175], 7, "the block that took over")
        found = world.run("places", "find", "chitarpur", "--data", s.data, "--format",
                          "csv").expect(0).table()
        eq([(r["valid_to"], r["successors"]) for r in found],
           [("2022-04-30", "block 3175 Ramgarh since 2022-05-01")], "places find")
        old = s.get("/v1/places", find="Chitarpur", as_on="2022-04-01").expect(200).rows()
        eq(len(old), 1, "places as on a day")
        names = [r["name"] for r in s.get("/v1/places", under="607").expect(200).rows()]
        yes("Chitarpur" not in names, "a block that ended is listed")
        yes("Chitarpur" in [r["name"] for r in s.get("/v1/places", under="607",
            as_on="2022-04-30").expect(200).rows()], "a block is missing in its time")
        rows = s.query("FROM places |> WHERE code = 6716 |> SELECT valid_from, valid_to, "
                       "successors").expect(200).rows()
        eq(rows, [{"valid_from": None, "valid_to": "2022-04-30",
                   "successors": "block 3175 Ramgarh since 2022-05-01"}], "the table of places")


def test_places_that_a_file_ends(world):
    """a place with a last day takes rows up to that day, whoever told it"""
    data = made(world)
    world.run("places", "import", world.file("p.csv", "level,code,parent,name,valid_from,valid_to\n"
              "block,3174,607,Patratu,2001-01-01,2022-03-31\n"), "--data", data).expect(0)
    with Server(world, data) as s:
        head = "date,district,block\n"
        s.post_batch(head + "2022-03-31,607,Patratu\n").expect(201)
        s.post_batch(head + "1999-03-31,607,3175\n").expect(201)
        has(s.post_batch(head + "2022-04-01,607,Patratu\n").expect(422).text, "2022-03-31")
        eq(groups(s, "block"), {"Patratu": 1, "Ramgarh": 1}, "what it counted stays")
        names = lambda **q: {r["name"] for r in s.get("/v1/places", under="607", **q).rows()}
        eq("Patratu" in names(), False, "today")
        eq("Patratu" in names(as_on="2022-03-31"), True, "on its last day")
        eq("Patratu" in names(as_on="2000-12-31"), False, "before its first")


def test_again_changes_nothing(world):
    """the same list again is known; an export that differs says so, or needs a day"""
    with Server(world, made(world)) as s:
        post = lambda text, **q: s.request("POST", "/v1/places", text, query=q)
        first = post(SPLIT).expect(201).json()
        eq((first["applied"], first["unchanged"], first["added"]), (7, 0, 1), "first")
        again = post(SPLIT).expect(201).json()
        eq((again["applied"], again["unchanged"], again["snapshot"]), (0, 7, first["snapshot"]),
           "again")
        gone = "level,code,parent,name\nblock,3174,801,Patratu\n"
        problem = post(gone).problem(409)
        eq((problem["line"], problem["column"]), (2, 3), "where")
        has(problem["detail"], "607", "801", "Patratu")
        has(problem["hint"], "effective_on")
        moved = post(gone, effective_on="2022-07-01").expect(201).json()
        eq((moved["moved"], moved["updated"]), (1, 1), "moved by an export of a day")
        eq(post(gone, effective_on="2022-07-01").expect(201).json()["unchanged"], 1, "once more")
        notices = ("Title of the list\nS.No.,Entity Code,Entity version,Entity Name (In English),"
                   "Entity Name (In Local),Census Code,Operation,date\n"
                   "1,3175,2,Ramgarh,,0,Parent changed,15-08-2022 10:20:30\n"
                   "2,3175,1,Ramgarh,,0,Created,01-01-2010\nReport of 16-08-2022,,,,,,,\n")
        has(post(notices).problem(422)["detail"], "level")
        eq(post(notices, level="block").expect(201).json()["added"], 2, "notices")
        eq(post(notices, level="block").expect(201).json()["added"], 0, "notices again")
        post("level,code,parent,name\nblock,3175,801,Ramgarh\n").expect(201)
        s.post_batch("date,district,block\n2022-01-01,607,3175\n2022-08-20,801,3175\n").expect(201)
        eq(groups(s, "district_code", borders="2022-08-14"), {607: 2}, "by the day of the notice")
        eq(groups(s, "district_code", borders="2022-08-15"), {801: 2}, "from that day on")


def test_refused_changes(world):
    """contradictions are refused with line and column, and nothing of the file stays"""
    with Server(world, made(world, SPLIT)) as s:
        good = "rename,block,3175,,2022-06-01,,,Other,,,\n"
        for row, part, column in (
                ("explode,block,1,2,2022-01-01,,,,,,", "explode", 1),
                ("move,village,1,2,2022-01-01,,,,,,", "village", 2),
                ("move,block,x,,2022-01-01,801,,,,,", "x", 3),
                ("move,block,99,,2022-01-01,801,,,,,", "99", 3),
                ("move,block,3168,,2022-05-01,999,,,,,", "999", 6),
                ("move,block,3168,,2022-01-01,341,,,,,", "2022-04-04", 5),
                ("move,block,3174,,2999-01-01,801,,,,,", "has not come", 5),
                ("move,block,3174,,,801,,,,,", "missing", 5),
                ("move,block,2494,,2022-05-01,801,,,,,", "old_parent", 3),
                ("split,block,3175,3175,2022-05-01,,,,,,", "one", 3),
                ("split,block,3175,5555,2022-05-01,,,,,,", "name", 8),
                ("merge,block,3175,,2022-05-01,,,,,,", "code", 3),
                ("split,block,3175,5555,2022-05-01,,,New,,,7", "share", 11)):
            answer = s.request("POST", "/v1/places", HEAD + good + row + "\n")
            problem = answer.problem(answer.status)
            yes(400 <= answer.status < 500, f"{row}: {answer.status}")
            has(problem["detail"], part, what=row)
            eq((problem["line"], problem["column"]), (3, column), row)
        eq(s.query("FROM places |> WHERE name = 'Other' |> AGGREGATE COUNT(*) AS n").rows(),
           [{"n": 0}], "rows that stayed")


def test_targets_and_stated(world):
    """targets of before are shared out as they were, and follow the blocks; totals stay"""
    data = world.path("targets")
    world.run("places", "import", world.file("p.csv", "level,code,parent,name,workers\n"
              "state,20,,Jharkhand,\ndistrict,607,20,Ramgarh,\nblock,1,607,One,100\n"
              "block,2,607,Two,100\nblock,3,607,Three,200\n"), "--data", data).expect(0)
    plugins = world.path("plugins")
    os.mkdir(plugins)
    with open(os.path.join(plugins, "drive.lua"), "w", encoding="utf-8") as f:
        f.write('plugin { name = "drive", version = "1", api = 1 }\n'
                'targets "t" { title = "T", source = "letter", level = "block", '
                'from = "2021-08-26", to = "2021-12-31", total = { [607] = 4000 }, '
                'share_by = "workers" }\n')
    ask = ("FROM registrations |> AGGREGATE COUNT(*) AS done GROUP BY district |> "
           "CALL against_target('t', achieved => 'done', as_on => '2021-12-31') |> "
           "SELECT district, target |> ORDER BY district")
    with Server(world, data, plugins=plugins) as s:
        s.post_batch("date,district,block\n2021-09-01,607,1\n2021-09-01,607,3\n").expect(201)
        world.run("stated", world.file("s.csv", "as_on,place,sector,total\n2021-09-01,607,,2\n"),
                  "--data", data).expect(0)
        eq(s.query(ask).expect(200).rows(), [{"district": "Ramgarh", "target": 4000}], "before")
        change(world, data, HEAD + "split,district,607,801,2022-04-04,,,New,,,\n"
               "move,block,3,,2022-04-04,801,,,,,\nmerge,block,1,2,2022-05-01,,,,,,\n")
        eq(s.query(ask).expect(200).rows(), [{"district": "New", "target": 2000},
                                             {"district": "Ramgarh", "target": 2000}], "after")
        eq(s.query(ask, borders="2022-01-01").expect(200).rows(),
           [{"district": "Ramgarh", "target": 4000}], "in old borders")
        blocks = ask.replace("district", "block")
        eq(s.query(blocks).expect(200).rows(), [{"block": "Three", "target": 2000},
                                                {"block": "Two", "target": 2000}], "merged")
        for borders in ("2021-12-31", "2022-12-31"):
            rows = s.query("FROM targets |> AGGREGATE SUM(target) AS t", borders=borders).rows()
            eq(rows, [{"t": 4000}], "the sum of targets")
            rows = s.query("FROM stated |> SELECT place, total", borders=borders).rows()
            eq(rows, [{"place": "Ramgarh", "total": 2}], "as published")


def test_beside_imports(world):
    """borders change while batches come in: every one is counted, in old borders and in new"""
    with Server(world, made(world)) as s:
        answers = []

        def send(first):
            for k in range(first, first + 30):
                answers.append(s.post_batch("date,district,block,count\n2022-01-01,607,3168,1\n"
                                            f"2022-01-02,341,3065,{k}\n", key=f"k{k}").status)
        threads = [threading.Thread(target=send, args=(first,)) for first in (100, 200)]
        for t in threads:
            t.start()
        for k in range(12):
            to = (341, 607)[k % 2]
            change(world, s.data, HEAD + f"move,block,3168,,2022-03-{k + 1:02d},{to},,,,,\n")
        for t in threads:
            t.join()
        eq(answers, [201] * 60, "answers")
        total = 60 + sum(range(100, 130)) + sum(range(200, 230))
        eq(s.count(), total, "the total")
        for k in range(12):
            at = groups(s, "district_code", borders=f"2022-03-{k + 1:02d}")
            eq(at, {341: total} if k % 2 == 0 else {607: 60, 341: total - 60}, f"on day {k + 1}")


def test_killed_while_places_come(world):
    """killed at any moment of an import of places, the file is in as a whole or not at all"""
    rng = random.Random(SEED)
    lines = "".join(f"block,{b},607,Block {b}\n" for b in range(20000, 26000))
    moves = HEAD + "".join(f"move,block,{b},,2022-04-04,341,,,,,\n" for b in range(20000, 20300))
    data = made(world)
    for text, what in (("level,code,parent,name\n" + lines, "code >= 20000"),
                       (moves, "code >= 20000 AND district = 341")):
        for _ in range(2):
            s = Server(world, data).start()
            sender = threading.Thread(target=send_quietly, args=(s, text))
            sender.start()
            time.sleep(rng.random() * 0.3 * world.slow)
            s.kill()
            sender.join()
            with Server(world, data) as again:
                n = again.query(f"FROM places |> WHERE level = 'block' AND {what} |> AGGREGATE "
                                "COUNT(*) AS n").expect(200).rows()[0]["n"]
                yes(n in (0, 6000, 300), f"{n} places after a kill (E2E_SEED={SEED})")
        with Server(world, data) as s:
            s.request("POST", "/v1/places", text).expect(201)
            first = s.request("POST", "/v1/places", text).expect(201).json()
            eq(first["unchanged"], text.count("\n") - 1, "sent again")


def send_quietly(server, text):
    with contextlib.suppress(OSError, http.client.HTTPException, Failure):
        server.request("POST", "/v1/places", text)


# ------------------------------------------------------------------------------------- at random


class Country:
    """Where every place lies on every day, as a list of days and a dictionary for each."""

    def __init__(self, rng):
        self.rng, self.names = rng, {}
        self.parent, self.ended, self.heirs, self.origins, self.began = {}, {}, {}, {}, {}
        self.log = []  # (day, place, parent before)
        for d in range(1, 7):
            self.add(("district", d), ("state", 1))
            for b in range(10 * d, 10 * d + rng.randint(2, 6)):
                self.add(("block", b), ("district", d))
                for p in range(100 * b, 100 * b + rng.randint(0, 4)):
                    self.add(("panchayat", p), ("block", b))
        self.first = dict(self.parent)

    def add(self, place, parent, day=None):
        self.parent[place] = parent
        if day:
            self.began[place] = day

    def csv(self):
        lines = ["level,code,parent,name", "state,1,,State"]
        for (level, code), (_, parent) in sorted(self.first.items()):
            lines.append(f"{level},{code},{parent},{level} {code}")
        return "\n".join(lines) + "\n"

    def live(self, level):
        return [p for p in self.parent if p[0] == level and p not in self.ended]

    def change(self, day, new):
        """One random change; gives its line."""
        kind = self.rng.choice(("move", "move", "move", "merge", "split", "divide"))
        level = self.rng.choice(("block", "block", "panchayat", "district"))
        above = {"block": "district", "panchayat": "block"}
        if kind == "move" and level != "district":
            place = self.rng.choice(self.live(level))
            to = self.rng.choice(self.live(above[level]))
            if to == self.home(place):
                return []
            self.log.append((day, place, self.parent[place]))
            self.parent[place] = to
            return [f"move,{level},{place[1]},,{day},{to[1]},,,,,"]
        if len(self.live(level)) < 4:
            return []
        old, other = self.rng.sample(self.live(level), 2)
        if kind == "merge":
            self.end(day, old, [other])
            return [f"merge,{level},{old[1]},{other[1]},{day},,,,,,"]
        fresh = (level, new)
        self.add(fresh, self.parent[old], day)
        self.origins[fresh] = old
        name = f"{level} {new}"
        if kind == "split":
            return [f"split,{level},{old[1]},{new},{day},,,{name},,,"]
        self.end(day, old, [fresh, other])
        return [f"merge,{level},{old[1]},{new},{day},,,{name},,,",
                f"merge,{level},{old[1]},{other[1]},{day},,,,,,"]

    def end(self, day, old, heirs):
        self.ended[old], self.heirs[old] = day, heirs

    def home(self, place):
        """Where it lies today, in what its parent became."""
        return self.real(self.parent[place], "9998")

    def real(self, place, day):
        """What a place counts as on a day."""
        for _ in range(50):
            if self.ended.get(place, "9999") <= day and len(self.heirs[place]) == 1:
                place = self.heirs[place][0]
            elif self.began.get(place, "0") > day:
                place = self.origins[place]
            else:
                return place
        raise Failure("a circle")

    def above(self, place, day):
        parent = self.parent[place]
        for when, what, before in reversed(self.log):
            if what == place and when > day:
                parent = before
        return self.real(parent, day)

    def find(self, place, level, day):
        """The place of a level in which a place lies on a day."""
        order = ("panchayat", "block", "district")
        place = self.real(place, day)
        while order.index(place[0]) < order.index(level):
            place = self.real(self.above(place, day), day)
        return place if place[0] == level else None


def test_random_borders(world):
    """random changes: every level in the borders of every day, and the total is always the same"""
    rng = random.Random(SEED)
    try:
        random_borders(world, rng)
    except Failure as e:
        raise Failure(f"{e} (E2E_SEED={SEED})") from e


def random_borders(world, rng):
    country = Country(rng)
    rows = []
    for _ in range(600):
        place = rng.choice([p for p in country.first])
        rows.append((place, rng.randint(1, 9)))
    days = [str(datetime.date(2022, 1, 1) + datetime.timedelta(20 * k)) for k in range(1, 15)]
    data = world.path("random")
    world.run("places", "import", world.file("p.csv", country.csv()), "--data", data).expect(0)

    def as_row(place, n):
        line = {place[0]: place[1]}
        while place[0] != "district":
            place = country.first[place]
            line[place[0]] = place[1]
        return (f"2021-10-{rng.randint(1, 28):02d},{line['district']},{line.get('block', '')},"
                f"{line.get('panchayat', '')},{n}")
    lines = [as_row(*r) for r in rows]
    with Server(world, data) as s:
        head = "date,district,block,panchayat,count\n"
        half = len(lines) // 2
        s.post_batch(head + "\n".join(lines[:half]) + "\n").expect(201)
        for k, day in enumerate(days):
            text = "".join(x + "\n" for x in country.change(day, 700 + k))
            if text:
                change(world, data, HEAD + text)
            if k == len(days) // 2:  # named as they were, after the borders changed
                s.post_batch(head + "\n".join(lines[half:]) + "\n").expect(201)
        for day in ("2021-12-31", *days, "2023-01-01"):
            check_day(s, country, rows, day)


def check_day(server, country, rows, day):
    for level in ("district", "block", "panchayat"):
        want = collections.Counter()
        for place, n in rows:
            at = country.find(place, level, day)
            want[at[1] if at else None] += n
        for by_scan in (False, True):
            # A condition on an attribute keeps the query from the cube.
            where = "|> WHERE gender IS NULL " if by_scan else ""
            got = server.query(f"FROM registrations {where}|> AGGREGATE COUNT(*) AS n GROUP BY "
                               f"{level}_code", borders=day).expect(200).rows()
            eq({r[f"{level}_code"]: r["n"] for r in got}, dict(want),
               f"{level}s in the borders of {day}, {'scan' if by_scan else 'cube'}")
    some = country.rng.choice([p for p in country.first if p[0] != "panchayat"])
    total = sum(n for p, n in rows if country.find(p, some[0], day) == some)
    got = server.query(f"FROM registrations |> WHERE {some[0]}_code = {some[1]} |> AGGREGATE "
                       "COUNT(*) AS n", borders=day).expect(200).rows()[0]["n"]
    eq(got, total, f"{some} in the borders of {day}")
