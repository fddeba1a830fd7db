# SPDX-License-Identifier: MIT
"""Random registrations and random questions, answered once by the server and once here, row by row.
Seed in E2E_SEED; told when something differs. E2E_QUESTIONS: how many, for a longer search."""

import datetime
import os
import random
import time

import synthetic
from harness import Failure, Server, eq, yes

SEED = int(os.environ.get("E2E_SEED") or random.SystemRandom().randrange(1 << 31))
QUESTIONS = int(os.environ.get("E2E_QUESTIONS") or 80)
ROWS, BATCHES = 8000, 6
FIRST = datetime.date(2021, 8, 26)
PLACES = {607: (20, (6716, 6717, 3168, 3172, 3174, 3175)), 326: (20, (3104, 3107)),
          67: (6, (513,)), 604: (6, (7101,))}
PANCHAYATS = {3168: (900033, 900034)}
CATEGORIES, CHANNELS = ("OBC", "GEN", "SC", "ST"), ("CSC", "SELF", "SSK", "UMANG")
COLUMNS = ("date", "district", "block", "panchayat", "sector", "gender", "age", "category",
           "channel", "centre", "occupation")


# ---------------------------------------------------------------------------------------- data


def random_row(rng):
    district = rng.choices(list(PLACES), (6, 2, 1, 1))[0]
    state, blocks = PLACES[district]
    block = rng.choice(blocks) if rng.random() < 0.9 else None
    inside = PANCHAYATS.get(block)
    panchayat = rng.choice(inside) if inside and rng.random() < 0.7 else None

    def maybe(value, chance=0.85):
        return value if rng.random() < chance else None
    return {
        "date": FIRST + datetime.timedelta(int(rng.betavariate(2, 2) * 130)), "state": state,
        "district": district, "block": block, "panchayat": panchayat,
        "sector": maybe(min(rng.randint(1, 30), rng.randint(1, 30))),
        "gender": maybe(rng.choices("FMO", (55, 44, 1))[0], 0.95),
        "age": maybe(rng.randint(16, 59)),
        "category": maybe(rng.choice(CATEGORIES)),
        "channel": maybe(rng.choices(CHANNELS, (80, 17, 2, 1))[0], 0.97),
        "centre": maybe(f"C-{block}-{rng.randint(1, 12)}", 0.8),
        "occupation": maybe(f"O{rng.randint(1, 60)}", 0.7),
        "count": rng.choice((1, 1, 1, 2, 5)),
    }


def as_csv(rows):
    lines = [",".join(COLUMNS) + ",count"]
    for r in rows:
        lines.append(",".join("" if r[c] is None else str(r[c]) for c in (*COLUMNS, "count")))
    return "\n".join(lines) + "\n"


def post(rng, server, rows, batches=BATCHES, name="b"):
    """The rows as batches of three sources, the last one a correction; gives all rows."""
    everything = []
    for k in range(batches):
        part = rows[k::batches]
        source = f"s{k % 3}"
        server.post_batch(as_csv(part), key=f"{name}{k}", source=source).expect(201)
        everything += [{**r, "source": source} for r in part]
    taken = [{**r, "count": -r["count"], "source": "s0"} for r in rng.sample(rows, len(rows) // 40)]
    server.post_batch(as_csv(taken), key=f"{name}-taken", source="s0",
                      kind="correction").expect(201)
    return everything + taken


# -------------------------------------------------------------- conditions, with SQL's three truths


def compare(column, operator, value):
    tests = {"=": lambda a: a == value, "!=": lambda a: a != value, "<": lambda a: a < value,
             "<=": lambda a: a <= value, ">": lambda a: a > value, ">=": lambda a: a >= value}

    def holds(row):
        return None if row[column] is None else tests[operator](row[column])
    return holds


def sql_value(value):
    return str(value) if isinstance(value, int) else f"'{value}'"


class Words:
    """What conditions are made of: codes by column, names with their codes, texts."""

    def __init__(self, codes, blocks, states, centres, occupations, last_day):
        self.codes, self.blocks, self.states = codes, blocks, states
        self.centres, self.occupations, self.days = centres, occupations, last_day


SMALL = Words({"district": list(PLACES), "block": [b for _, bs in PLACES.values() for b in bs],
               "panchayat": list(PANCHAYATS[3168]), "sector": list(range(1, 31))},
              (("Gola", 3168), ("मांडू", 3172), ("Dulmi", 6717)),
              (("Jharkhand", 20), ("हरियाणा", 6)),
              [f"C-{b}-{n}" for b in (3168, 3172, 513) for n in range(1, 14)],
              [f"O{n}" for n in range(1, 7)], 130)


def atom(rng, words):
    """A condition as SQL and as a function of a row."""
    kind = rng.randrange(11)
    if kind == 0:
        column = rng.choice(list(words.codes))
        pool = words.codes[column]
        some = rng.sample(pool, rng.randint(1, min(4, len(pool))))
        return (f"{column}_code IN ({', '.join(map(str, some))})",
                lambda r: None if r[column] is None else r[column] in some)
    if kind == 1:
        name, code = rng.choice(words.blocks)
        return f"block = '{name}'", compare("block", "=", code)
    if kind == 2:
        name, code = rng.choice(words.states)
        return f"state = '{name}'", compare("state", "=", code)
    if kind == 3:
        days = sorted(rng.randrange(-5, words.days + 10) for _ in range(2))
        a, b = (FIRST + datetime.timedelta(d) for d in days)
        return (f"date BETWEEN '{a}' AND '{b}'", lambda r: a <= r["date"] <= b)
    if kind == 4:
        day = FIRST + datetime.timedelta(rng.randrange(words.days))
        operator = rng.choice(("=", "<", "<=", ">", ">=", "!="))
        return f"date {operator} DATE '{day}'", compare("date", operator, day)
    if kind == 5:
        month = rng.randint(8, 12)
        return f"EXTRACT(MONTH FROM date) = {month}", lambda r: r["date"].month == month
    if kind == 6:
        operator, age = rng.choice(("=", "<", "<=", ">", ">=", "!=")), rng.randint(15, 60)
        return f"age {operator} {age}", compare("age", operator, age)
    if kind == 7:
        column, pool = rng.choice((("gender", "FMO"), ("category", CATEGORIES),
                                   ("channel", CHANNELS), ("source", ("s0", "s1", "s2"))))
        value, operator = rng.choice(pool), rng.choice(("=", "!="))
        return f"{column} {operator} '{value}'", compare(column, operator, value)
    if kind == 8:
        column = rng.choice(("block", "panchayat", "sector", "gender", "age", "category",
                             "channel", "centre", "occupation"))
        if rng.random() < 0.5:
            return f"{column} IS NULL", lambda r: r[column] is None
        return f"{column} IS NOT NULL", lambda r: r[column] is not None
    if kind == 9:
        centre = rng.choice(words.centres)
        return f"centre = '{centre}'", compare("centre", "=", centre)
    start = rng.choice(words.occupations)
    return (f"occupation LIKE '{start}%'",
            lambda r: None if r["occupation"] is None else r["occupation"].startswith(start))


def condition(rng, words, depth=0):
    kind = rng.random()
    if depth > 2 or kind < 0.45:
        return atom(rng, words)
    if kind < 0.55:
        sql, holds = condition(rng, words, depth + 1)

        def negated(r):
            truth = holds(r)
            return None if truth is None else not truth
        return f"NOT ({sql})", negated
    a_sql, a = condition(rng, words, depth + 1)
    b_sql, b = condition(rng, words, depth + 1)

    def both(r):
        x, y = a(r), b(r)
        return False if x is False or y is False else None if x is None or y is None else True

    def either(r):
        x, y = a(r), b(r)
        return True if x is True or y is True else None if x is None or y is None else False
    return (f"({a_sql} AND {b_sql})", both) if kind < 0.85 else (f"({a_sql} OR {b_sql})", either)


# ------------------------------------------------------------------------------------ questions

KEYS = {
    "state_code": ("state_code", lambda r: r["state"]),
    "district_code": ("district_code", lambda r: r["district"]),
    "block_code": ("block_code", lambda r: r["block"]),
    "panchayat_code": ("panchayat_code", lambda r: r["panchayat"]),
    "sector_code": ("sector_code", lambda r: r["sector"]),
    "date": ("date", lambda r: str(r["date"])),
    "m": ("DATE_TRUNC(date, MONTH) AS m", lambda r: str(r["date"].replace(day=1))),
    "w": ("DATE_TRUNC(date, ISOWEEK) AS w",
          lambda r: str(r["date"] - datetime.timedelta(r["date"].weekday()))),
    **{c: (c, lambda r, c=c: r[c]) for c in ("gender", "age", "category", "channel", "centre",
                                             "occupation", "source")},
}


def question(rng, words):
    """The text, the names of its keys, and both conditions."""
    where_sql, where = condition(rng, words) if rng.random() < 0.9 else ("TRUE", lambda r: True)
    if_sql, if_holds = condition(rng, words)
    keys = rng.sample(list(KEYS), rng.choice((0, 1, 1, 2, 2, 3)))
    text = f"FROM registrations\n|> WHERE {where_sql}\n|> AGGREGATE COUNT(*) AS n, " \
           f"COUNTIF({if_sql}) AS k"
    if keys:
        text += " GROUP BY " + ", ".join(KEYS[k][0] for k in keys)
    return text, keys, where, if_holds


def answer_here(rows, keys, where, if_holds):
    groups = {} if keys else {(): [0, 0]}
    for r in rows:
        if where(r) is not True:
            continue
        g = groups.setdefault(tuple(KEYS[k][1](r) for k in keys), [0, 0])
        g[0] += r["count"]
        g[1] += r["count"] if if_holds(r) is True else 0
    return without_zeros(groups)


def without_zeros(groups):
    """A group is there when its registrations do not sum to zero; the group of all always is."""
    return {k: tuple(v) for k, v in groups.items() if v[0] or not k}


def ask_all(rng, server, rows, words=SMALL):
    engines = set()
    for _ in range(QUESTIONS):
        text, keys, where, if_holds = question(rng, words)
        answer = server.query(text)
        if answer.status == 400 and "There is no block" in answer.text and "state = " in text:
            continue  # names are looked up inside the state that the question names
        if answer.status != 200:
            raise Failure(f"seed {SEED}: status {answer.status} for\n{text}\n{answer.text}")
        engines.add(answer.headers.get("Panji-Engine"))
        got = {tuple(r[k] for k in keys): [r["n"], r["k"]] for r in answer.rows()}
        if without_zeros(got) != answer_here(rows, keys, where, if_holds):
            expected = answer_here(rows, keys, where, if_holds)
            differs = [(k, got.get(k), expected.get(k)) for k in {*got, *expected}
                       if tuple(got.get(k) or (0, 0)) != (expected.get(k) or (0, 0))]
            engine = answer.headers.get("Panji-Engine")
            raise Failure(f"seed {SEED}, {engine}: of {len(expected)} groups {len(differs)} differ "
                          f"(key, got, expected): {differs[:5]}\n{text}")
    return engines


def test_random_questions(world):
    """random questions over random registrations, and as many after a restart"""
    rng = random.Random(SEED)
    rows = [random_row(rng) for _ in range(ROWS)]
    server = world.small()
    with server:
        everything = post(rng, server, rows)
        engines = ask_all(rng, server, everything)
    with Server(world, server.data) as server:
        engines |= ask_all(rng, server, everything)
    eq({"cube", "scan"} <= engines, True, f"both engines were asked: {engines}")


def merges(server):
    for line in server.get("/metrics").expect(200).text.splitlines():
        if line.startswith("panji_store_merges_total"):
            return float(line.split()[-1])
    raise Failure("/metrics does not count merges")


def test_random_questions_after_merges(world):
    """random questions while batches are merged in the background and the tree of places changes"""
    rng = random.Random(SEED)
    rows = [random_row(rng) for _ in range(ROWS)]
    server = world.small()
    with server:
        everything = post(rng, server, rows, batches=280)
        deadline = time.monotonic() + 20 * world.slow
        while merges(server) == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        yes(merges(server) > 0, "280 batches were not merged")
        ask_all(rng, server, everything)
        more = world.file("more.csv", "level,code,parent,name\nstate,1,,Before\n"
                          "block,3169,607,Mid\ndistrict,1,20,First\n"
                          "panchayat,900001,6716,Inside\n")
        world.run("places", "import", more, "--data", server.data).expect(0)
        ask_all(rng, server, everything)
        everything += post(rng, server, [random_row(rng) for _ in range(500)], name="later")
        ask_all(rng, server, everything)
    with Server(world, server.data) as server:
        ask_all(rng, server, everything)


def test_random_questions_of_the_country(world):
    """random questions over the synthetic country, with a batch that came after it"""
    rng = random.Random(SEED)
    data = world.path("country")
    world.run("gen", "--rows", ROWS, "--seed", SEED % 1000, "--data", data).expect(0)
    rows = [{**synthetic.row(i, SEED % 1000), "panchayat": None, "count": 1, "source": None}
            for i in range(ROWS)]
    words = Words({"district": list(range(1001, 1781)), "block": list(range(10001, 17201)),
                   "sector": list(range(1, 31))},
                  [(f"Block {b}", b) for b in range(10001, 10200)],
                  [(f"State {s}", s) for s in range(1, 37)],
                  sorted({r["centre"] for r in rows})[:200],
                  ["10", "101", "102", "1300", "13"], 1900)
    with Server(world, data) as server:
        known = server.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY source").rows()
        for r in rows:
            r["source"] = known[0]["source"]
        ask_all(rng, server, rows, words)
        later = [{**r, "source": "s1", "count": 3} for r in rng.sample(rows, 500)]
        server.post_batch(as_csv(later), key="later", source="s1").expect(201)
        ask_all(rng, server, rows + later, words)
    with Server(world, data) as server:
        ask_all(rng, server, rows + later, words)
