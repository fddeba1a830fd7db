#!/usr/bin/env python3
"""Random queries with the answers that SQLite gives, as a query test file.

    tests/query/differential.py SEED COUNT > build/differential.test
    build/query_test build/differential.test

The rows are those of world.h, read from it. Each query is written twice: in pipe syntax for Panji,
and as SQL over a plain table for SQLite, where every row weighs what its `count` says. Only
Python's own library is used."""
import os
import random
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SECTORS = {0: None, 1: "Agriculture", 7: "Construction"}


def c_rows(name, text):
    body = re.search(name + r"\[\] = \{\n(.*?)\n\};", text, re.S).group(1)
    rows = re.findall(r"\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\}", body)
    cells = r"\"(?:[^\"\\]|\\.)*\"|[^,\s]+"
    return [[cell(c) for c in re.findall(cells, r)] for r in rows]


def cell(text):
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def load():
    text = open(os.path.join(HERE, "world.h"), encoding="utf-8").read()
    places = {p[0]: p for p in c_rows("world_places", text)}
    levels = {"PLACE_STATE": "state", "PLACE_DISTRICT": "district", "PLACE_BLOCK": "block",
              "PLACE_PANCHAYAT": "panchayat"}
    db = sqlite3.connect(":memory:")
    db.execute("PRAGMA case_sensitive_like = 1")
    db.execute("CREATE TABLE r (date TEXT, state TEXT, state_code INT, district TEXT,"
               " district_code INT, block TEXT, block_code INT, panchayat TEXT, panchayat_code INT,"
               " sector TEXT, sector_code INT, gender TEXT, age INT, channel TEXT, centre TEXT,"
               " occupation TEXT, source TEXT, count INT)")
    for batch, place, sector, day, count, gender, age, channel, centre, occupation in c_rows(
            "world_rows", text):
        row = dict(date=day, sector=SECTORS[sector], sector_code=sector or None,
                   gender=gender or None, age=age or None, channel=channel or None,
                   centre=centre or None, occupation=occupation or None,
                   source="portal" if batch == 1 else "csc",
                   count=count)
        while place:
            p = places[place]
            level = levels[p[2]]
            row[level], row[level + "_code"] = p[4], p[3]
            place = p[1]
        names = ", ".join(row)
        db.execute(f"INSERT INTO r ({names}) VALUES ({', '.join('?' * len(row))})",
                   list(row.values()))
    return db


class Maker:
    """Writes pieces of queries; each piece is a pair (ours, SQLite's)."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.sums = []  # what the aggregates of the query at hand add up
        self.inside = False  # a subquery

    def pick(self, *choices):
        return self.r.choice(choices)

    def same(self, text):
        return text, text

    def text_column(self):
        return self.pick("gender", "channel", "centre", "occupation", "source", "sector", "state",
                         "district")

    def number(self, depth=0):
        if depth > 2 or self.r.random() < 0.4:
            return self.same(self.pick("age", "sector_code", "district_code", "block_code", "count",
                                       str(self.r.randint(-5, 70))))
        (a, x), (b, y) = self.number(depth + 1), self.number(depth + 1)
        op = self.pick("+", "-", "*", "mod", "if", "coalesce", "abs", "least")
        if op in "+-*":
            return f"({a} {op} {b})", f"({x} {op} {y})"
        n = self.r.randint(1, 9)
        if op == "mod":
            return f"MOD({a}, {n})", f"({x} % {n})"
        if op == "abs":
            return f"ABS({a})", f"ABS({x})"
        if op == "coalesce":
            return f"COALESCE({a}, {b})", f"COALESCE({x}, {y})"
        if op == "least":
            return f"LEAST({a}, {b})", f"MIN({x}, {y})"
        c, z = self.condition(depth + 1)
        return f"IF({c}, {a}, {b})", f"CASE WHEN {z} THEN {x} ELSE {y} END"

    def date(self):
        return f"'2021-11-{self.r.randint(17, 21):02}'"

    def literal(self, column):
        return {"gender": ["F", "M", "O"], "channel": ["CSC", "SELF", "SSK", "UMANG"],
                "centre": ["Gola CSC", "Cantt CSC", "nowhere"],
                "occupation": ["1001", "mason", "x"],
                "source": ["csc", "portal"], "sector": ["Agriculture", "Construction"],
                "state": ["Jharkhand", "Assam"], "district": ["Ramgarh", "Dumka", "Baksa"]}[column]

    def condition(self, depth=0):
        kind = self.r.randint(0, 12 if depth < 3 else 7)
        if kind == 12 and not self.inside:
            self.inside = True
            pair = self.correlated()
            self.inside = False
            return pair
        column = self.text_column()
        value = self.pick(*self.literal(column))
        if kind == 0:
            return self.same(f"date {self.pick('=', '<', '>', '<=', '>=', '!=')} {self.date()}")
        if kind == 1:
            low, high = sorted([self.date(), self.date()])
            return self.same(f"date {self.pick('', 'NOT ')}BETWEEN {low} AND {high}")
        if kind == 2:
            # A district that is not in the state named beside it is an error with us.
            op = "!=" if column == "state" else self.pick("=", "!=")
            return self.same(f"{column} {op} '{value}'")
        if kind == 3:
            values = ", ".join(f"'{v}'" for v in self.r.sample(self.literal(column), 2))
            return self.same(f"{column} {self.pick('', 'NOT ')}IN ({values})")
        if kind == 4:
            column = self.pick(column, "block", "panchayat", "age", "date")
            return self.same(f"{column} IS {self.pick('', 'NOT ')}NULL")
        if kind == 5:
            part = self.pick("a", "C", "S", "1")
            return self.same(f"{column} {self.pick('', 'NOT ')}LIKE '%{part}%'")
        if kind in (6, 7):
            (a, x), (b, y) = self.number(depth + 1), self.number(depth + 1)
            op = self.pick("=", "<", ">", "<=", ">=", "!=")
            return f"{a} {op} {b}", f"{x} {op} {y}"
        if kind == 8:
            a, x = self.condition(depth + 1)
            return f"NOT ({a})", f"NOT ({x})"
        (a, x), (b, y) = self.condition(depth + 1), self.condition(depth + 1)
        op = self.pick("AND", "OR")
        return f"({a} {op} {b})", f"({x} {op} {y})"

    def correlated(self):
        """A subquery that sees the query around it. What corrections took back is not there."""
        keys = self.r.sample(["district_code", "block_code", "gender", "age", "centre", "source",
                              "date", "sector_code", "district", "occupation"],
                             self.pick(1, 1, 2))
        c, z = self.condition(2)
        ours = " AND ".join(f"i.{k} = registrations.{k}" for k in keys) + f" AND ({c})"
        sql = " AND ".join(f"i.{k} = r.{k}" for k in keys) + f" AND ({z})"
        ours, sql = f"FROM registrations AS i WHERE {ours}", f"FROM r AS i WHERE {sql}"
        total = f"IFNULL((SELECT SUM(count) {sql}), 0)"
        kind, no = self.r.randint(0, 4), self.pick("", "NOT ")
        if kind <= 1:
            return f"{no}EXISTS (SELECT 1 {ours})", f"{no}({total} <> 0)"
        if kind == 2:
            v = self.pick("age", "gender", "occupation", "sector_code")
            return (f"registrations.{v} {no}IN (SELECT i.{v} {ours})",
                    f"r.{v} {no}IN (SELECT i.{v} {sql} GROUP BY i.{v} HAVING SUM(count) <> 0)")
        n, op = self.r.randint(0, 40), self.pick(">", "<=", "=")
        if kind == 3:
            return f"(SELECT COUNT(*) {ours}) {op} {n}", f"{total} {op} {n}"
        return (f"(SELECT MAX(i.age) {ours}) {op} {n}",
                f"(CASE WHEN {total} <> 0 THEN (SELECT MAX(i.age) {sql}) END) {op} {n}")

    def key(self):
        month = "DATE_TRUNC(date, MONTH)", "date(date, 'start of month')"
        plain = [self.same(c) for c in ("state", "district", "district_code", "block_code",
                                        "sector", "sector_code", "gender", "age", "centre",
                                        "date", "source",
                                        "panchayat", "occupation")]
        day = "EXTRACT(DAY FROM date)", "CAST(strftime('%d', date) AS INT)"
        return self.pick(*plain, month, day, ("DIV(age, 10)", "age / 10"),
                         ("UPPER(centre)", "UPPER(centre)"),
                         ("CONCAT(gender, source)", "gender || source"), self.number(1))

    def aggregate(self):
        kind = self.r.randint(0, 6)
        c, z = self.condition(1)
        a, x = self.number(1)
        if kind <= 1:
            return "COUNT(*)", "SUM(count)"
        if kind == 2:
            return f"COUNTIF({c})", f"SUM(CASE WHEN {z} THEN count ELSE 0 END)"
        if kind == 3:
            self.sums.append(x)
            return f"SUM({a} + 0)", f"SUM(({x}) * count)"
        if kind == 4:
            column = self.text_column()
            return f"COUNT({column})", f"SUM(CASE WHEN {column} IS NULL THEN 0 ELSE count END)"
        if kind == 5:
            f = self.pick("MIN", "MAX")
            return f"{f}({a})", f"{f}({x})"
        return f"COUNT(DISTINCT {a})", f"COUNT(DISTINCT {x})"


def csv_cell(v):
    s = "" if v is None else str(v)
    if s and s[0] in "=+-@" and not re.fullmatch(r"-?\d+(\.\d+)?", s):
        s = "'" + s
    return '"' + s.replace('"', '""') + '"' if re.search(r'[",\n]', s) else s


def cancels(db, core, sums):
    """A group whose values' weights cancel out has no sum with us: such questions are left out."""
    if not sums:
        return False
    weights = [f"SUM(CASE WHEN ({x}) IS NULL THEN 0 ELSE count END)" for x in sums]
    probe = re.sub(r"^SELECT ", "SELECT " + ", ".join(weights) + ", ", core)
    return any(0 in row[:len(weights)] for row in db.execute(probe))


def make_sets(m):
    """INTERSECT or EXCEPT of rows, each once; what corrections took back is a row here."""
    keys = [m.key() for _ in range(m.r.randint(1, 3))]
    names = [f"k{i}" for i in range(len(keys))]
    op = m.pick("INTERSECT", "EXCEPT")
    parts = [m.condition() for _ in range(2)]
    items = ", ".join(f"{k} AS k{i}" for i, (k, _) in enumerate(keys))
    ours = [f"FROM registrations |> WHERE {c} |> SELECT {items}" for c, _ in parts]
    items = ", ".join(f"{x} AS k{i}" for i, (_, x) in enumerate(keys))
    sql = f" {op} ".join(f"SELECT {items} FROM r WHERE {z}" for _, z in parts)
    order = ", ".join(str(i + 1) for i in range(len(names)))
    ours = f"{ours[0]}\n|> {op} DISTINCT ({ours[1]})\n|> ORDER BY {order}"
    return ours, f"{sql} ORDER BY {order}", names, [], sql


def make_query(m):
    m.sums = []
    if m.r.random() < 0.05:
        return make_sets(m)
    wheres = [m.condition() for _ in range(m.r.randint(0, 3))]
    keys = [m.key() for _ in range(m.r.randint(0, 3))]
    aggs = [m.aggregate() for _ in range(m.r.randint(1, 3))]
    ours = "FROM registrations"
    for w, _ in wheres:
        ours += f"\n|> WHERE {w}"
    ours += "\n|> AGGREGATE " + ", ".join(f"{a} AS a{i}" for i, (a, _) in enumerate(aggs))
    names = [f"k{i}" for i in range(len(keys))] + [f"a{i}" for i in range(len(aggs))]
    order = ", ".join(str(i + 1) for i in range(len(names)))
    if keys:
        ours += " GROUP BY " + ", ".join(f"{k} AS k{i}" for i, (k, _) in enumerate(keys))
    ours += f"\n|> ORDER BY {order}"
    sql = "SELECT " + ", ".join([f"{x} AS k{i}" for i, (_, x) in enumerate(keys)] +
                                [f"{x} AS a{i}" for i, (_, x) in enumerate(aggs)]) + " FROM r"
    if wheres:
        sql += " WHERE " + " AND ".join(f"({x})" for _, x in wheres)
    if keys:
        sql += " GROUP BY " + ", ".join(f"k{i}" for i in range(len(keys)))
        sql += " HAVING SUM(count) <> 0"
    if m.r.random() < 0.5:
        return ours, sql + f" ORDER BY {order}", names, aggs, sql
    ours = ours[:ours.rindex("\n|> ORDER BY")]
    return behind(m, ours, sql, names, aggs)


def behind(m, ours, sql, names, aggs):
    """An operator or two over the groups. A count of nothing is 0 here, before it is used."""
    core, first = sql, len(names) - len(aggs)
    counts = [f"IFNULL(a{i}, 0) AS a{i}" if a.startswith("COUNT") else f"a{i}"
              for i, (a, _) in enumerate(aggs)]
    sql = "SELECT " + ", ".join(names[:first] + counts) + f" FROM ({sql})"
    for _ in range(m.r.randint(1, 2)):
        column, all_columns = m.pick(*names[first:]), ", ".join(names)
        kind = m.r.randint(0, 4)
        if kind == 0:
            n, op = m.r.randint(-5, 60), m.pick(">", "<", "!=", ">=")
            ours += f"\n|> WHERE {column} {op} {n}"
            sql = f"SELECT * FROM ({sql}) WHERE {column} {op} {n}"
        elif kind == 1:
            low, high = m.pick("UNBOUNDED PRECEDING", "2 PRECEDING", "CURRENT ROW"), m.pick(
                "CURRENT ROW", "1 FOLLOWING", "UNBOUNDED FOLLOWING")
            part = f"PARTITION BY {names[0]} " if first else ""
            f = m.pick(f"SUM({column})", "COUNT(*)", f"MIN({column})", f"FIRST_VALUE({column})",
                       f"LAST_VALUE({column})")
            w = (f"{f} OVER ({part}ORDER BY {all_columns} ROWS BETWEEN {low} AND {high})")
            name = f"w{len(names)}"
            ours += f"\n|> EXTEND {w} AS {name}"
            sql = f"SELECT *, {w} AS {name} FROM ({sql})"
            names = names + [name]
        elif kind == 2:
            f = m.pick("RANK()", "DENSE_RANK()", f"SUM({column})", f"COUNT({column})")
            w = f"{f} OVER (ORDER BY {column} {m.pick('', 'DESC')})"
            name = f"w{len(names)}"
            ours += f"\n|> EXTEND {w} AS {name}"
            sql = f"SELECT *, {w} AS {name} FROM ({sql})"
            names = names + [name]
        elif kind == 3:
            f = m.pick("LAG", "LEAD")
            w = f"{f}({column}, {m.r.randint(1, 2)}) OVER (ORDER BY {all_columns})"
            name = f"w{len(names)}"
            ours += f"\n|> EXTEND {w} AS {name}"
            sql = f"SELECT *, {w} AS {name} FROM ({sql})"
            names = names + [name]
        else:
            key = m.pick(*names)
            ours += (f"\n|> AGGREGATE COUNT(*) AS c, SUM({column}) AS s, MAX({column}) AS x "
                     f"GROUP BY {key} AS g")
            sql = (f"SELECT {key} AS g, COUNT(*) AS c, SUM({column}) AS s, MAX({column}) AS x "
                   f"FROM ({sql}) GROUP BY 1")
            names, first = ["g", "c", "s", "x"], 1
    order = ", ".join(str(i + 1) for i in range(len(names)))
    ours += f"\n|> ORDER BY {order}"
    return ours, f"{sql} ORDER BY {order}", names, [], core


def fix_empty(row, aggs):
    """SQLite's SUM over nothing is NULL; a count of nothing is 0. A sum whose weights cancel out
    is NULL with us, as the mean would be."""
    first = len(row) - len(aggs)
    for i, (a, _) in enumerate(aggs):
        if row[first + i] is None and a.startswith("COUNT"):
            row[first + i] = 0
    return row


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    db = load()
    m = Maker(seed)
    made = 0
    while made < count:
        ours, sql, names, aggs, core = make_query(m)
        if cancels(db, core, m.sums):
            continue
        try:
            rows = [fix_empty(list(r), aggs) for r in db.execute(sql)]
        except sqlite3.OperationalError:
            continue
        print(f"# seed {seed}, query {made}\n{ours}\n----\n{','.join(names)}")
        for row in rows:
            print(",".join(csv_cell(v) for v in row))
        print()
        made += 1


if __name__ == "__main__":
    main()
