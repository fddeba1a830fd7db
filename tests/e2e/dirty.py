#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file of registrations as sources send it, with faults of many kinds, and what is to be said of
each: the oracle knows the line and the kind of every fault, and the row as it should have been.

    tests/e2e/dirty.py PANJI [--rows 1000000] [--seed 1]

imports a clean file and its dirty twin with on_error=skip, checks that every fault was found and
told as what it is, and prints both times. Each row of the dirty file has one fault or none."""

import argparse
import collections
import csv
import io
import random
import re
import sys
import time

BLOCKS = ["Chitarpur", "दुलमी", "गोला", "3172", "Patratu", "रामगढ़"]
SECTORS = ["कृषि", "Construction", "घरेलू कामगार", "Apparel", "9", "Mining"]
HEAD = ["date", "district", "block", "panchayat", "sector", "gender", "age", "category", "channel",
        "centre", "count"]

# A kind of fault: which column becomes what, and what is said of it.
COLUMN = {
    "no such day": ("date", ["31-02-2021", "2021-11-31", "30/02/2021"], r"date: no such date"),
    "no such month": ("date", ["2021-13-01", "01-14-2021"], r"date: .*no month 1[34]"),
    "no date": ("date", ["कल", "yesterday", "Nov 2021", "44520"], r"date: .* is not a date"),
    "no date given": ("date", [""], r"date: date is empty"),
    "in the future": ("date", ["2099-01-01"], r"date: .*lies in the future"),
    "long ago": ("date", ["0021-11-20", "1921-11-20"], r"date: .*before 1970"),
    "unknown district": ("district", ["Ramgadh", "रामगढ", "6070"], r"district: no district "),
    "no district given": ("district", [""], r"district: district is empty"),
    "unknown block": ("block", ["Golla", "गोला प्रखंड", "Mandoo"], r"block: no block "),
    "block elsewhere": ("block", ["3104", "Sikaripara"], r"block: block .* does not lie in"),
    "panchayat elsewhere": ("panchayat", ["900033x", "Gola panchayat 99"],
                            r"panchayat: no panchayat "),
    "unknown sector": ("sector", ["उत्पादन", "Farmwork", "31"], r"sector: .* is no sector"),
    "unknown gender": ("gender", ["X", "N.A.", "पु/म"], r"gender: .* is no gender"),
    "age in words": ("age", ["thirty", "तीस", "3O"], r"age: age must be a whole number"),
    "age out of range": ("age", ["200", "-4"], r"age: age must be between"),
    "unknown category": ("category", ["XYZ", "EBC-II"], r"category: .* is no category"),
    "unknown channel": ("channel", ["FAX", "डाक"], r"channel: .* is no channel"),
    "count in words": ("count", ["many", "कई", "1.5x"], r"count: "),
    "nothing counted": ("count", ["0"], r"count: count is 0"),
    "taken away": ("count", ["-3"], r"count: count is negative"),
    "too many counted": ("count", ["10000001"], r"count: count is larger than"),
    "centre too long": ("centre", ["C" * 257, "क" * 90], r"centre: centre is longer than"),
}
ROW = {
    "fields missing": (lambda f: f[:-2], r": the row has 9 fields"),
    "fields too many": (lambda f: f + ["x"], r": the row has 12 fields"),
    "text behind a quote": (lambda f: f[:9] + ['"CSC"1'] + f[10:],
                            r"centre: text stands behind the closing quote"),
    "bad bytes": (lambda f: f[:9] + ["CSC \udcff\udcfe"] + f[10:],
                  r"centre: the text is not valid UTF-8"),
}
KINDS = sorted(COLUMN) + sorted(ROW)


class Dirty:
    """The two files, and the oracle: kinds by line, good rows by line."""

    def __init__(self, rows, seed, share=0.02):
        rng = random.Random(seed)
        self.rows, self.kind, self.good = rows, {}, {}
        clean, dirty = [",".join(HEAD)], [",".join(HEAD)]
        for i in range(rows):
            row = self.clean_row(rng, i)
            clean.append(",".join(row))
            kind = rng.choice(KINDS) if rng.random() < share or i < len(KINDS) else None
            if i < len(KINDS):
                kind = KINDS[i]  # each is there at least once
            if kind:
                self.kind[i + 2], self.good[i + 2] = kind, row
                row = self.spoil(rng, row, kind)
            dirty.append(",".join(row))
        self.clean = ("\n".join(clean) + "\n").encode()
        self.dirty = ("\n".join(dirty) + "\n").encode("utf-8", "surrogateescape")
        self.counts = collections.Counter(self.kind.values())

    @staticmethod
    def clean_row(rng, i):
        block = rng.randrange(len(BLOCKS))
        panchayat = rng.choice(["", "Gola panchayat 10", "900034"]) if block == 2 else ""
        return [f"2021-{9 + i % 3:02d}-{1 + i % 28:02d}", rng.choice(["607", "रामगढ़", "Ramgarh"]),
                BLOCKS[block], panchayat, rng.choice(SECTORS), rng.choice(["F", "M", "महिला"]),
                str(rng.randrange(16, 60)), rng.choice(["SC", "OBC", "सामान्य"]),
                rng.choice(["CSC", "SELF", "प्रज्ञा केंद्र"]), f"CSC {rng.randrange(40)}",
                str(rng.randrange(1, 4))]

    @staticmethod
    def spoil(rng, row, kind):
        row = list(row)
        if kind in ROW:
            return ROW[kind][0](row)
        column, values, _ = COLUMN[kind]
        row[HEAD.index(column)] = rng.choice(values)
        return row

    def check(self, rejects):
        """Each fault is told once, on its line, as what it is. Gives how many of each kind."""
        found = collections.Counter()
        table = list(csv.reader(io.StringIO(rejects, newline="")))
        if table[0] != ["panji_reason"] + HEAD:
            raise AssertionError(f"the columns of the rejects: {table[0]}")
        for row in table[1:]:
            line = int(re.match(r"line (\d+)", row[0]).group(1))
            kind = self.kind.pop(line, None)
            pattern = (COLUMN.get(kind) or ROW.get(kind) or ("no fault",))[-1]
            if kind is None or not re.search(pattern, row[0]):
                raise AssertionError(f"line {line}, {kind}: {row[0]}")
            found[kind] += 1
        if self.kind or found != self.counts:
            raise AssertionError(f"not found: {sorted(self.kind.items())[:5]}")
        return found

    def mend(self, rejects):
        """The rejects with every row as it should have been; the reasons stay."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        for n, row in enumerate(csv.reader(io.StringIO(rejects, newline=""))):
            line = int(re.match(r"line (\d+)", row[0]).group(1)) if n else None
            writer.writerow(row[:1] + self.good[line] if n else row)
        return out.getvalue()


def main():
    import harness
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("panji")
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    world = harness.World(args.panji)
    try:
        files = Dirty(args.rows, args.seed)
        with world.small() as s:
            spent = {}
            for name, body in (("clean", files.clean), ("dirty", files.dirty)):
                start = time.monotonic()
                a = s.post_batch(body, key=name, on_error="skip").expect(201).json()
                spent[name] = time.monotonic() - start
                print(f"{name}: {a['accepted']} rows taken in, {a['rejected']} left out, "
                      f"{spent[name]:.2f} s")
            start = time.monotonic()
            found = files.check(s.get("/v1/batches/dirty/rejects.csv").expect(200).text)
            print(f"rejects: fetched and checked in {time.monotonic() - start:.2f} s")
        for kind in KINDS:
            print(f"{found[kind]:8d} {kind}")
        print(f"{len(KINDS)} kinds, {sum(found.values())} faults, each told as what it is; "
              f"dirty took {spent['dirty'] / spent['clean']:.2f} times as long as clean")
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
