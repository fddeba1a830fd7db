#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The 21 questions asked of a data directory here, and of a ClickHouse that it was moved to, on the
same machine in turn: every answer compared to the byte, medians side by side.

    scripts/bench/remote.py PANJI [--rows N] [--runs N] [--shards N] [--current] [--keep DIR]

The ClickHouse is Debian's 18.16, one node or several; with --current it is that of chdb, behind
scripts/bench/chdb-http.mjs, which answers one statement at a time."""

import argparse
import contextlib
import filecmp
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "e2e"))
sys.dont_write_bytecode = True
import clickhouse  # noqa: E402


@contextlib.contextmanager
def current(folder):
    with subprocess.Popen(["node", os.path.join(HERE, "chdb-http.mjs"), folder], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield [process.stdout.readline().strip()]
        process.stdin.close()


@contextlib.contextmanager
def debian(shards):
    with clickhouse.nodes(shards) as nodes:
        yield [node.url for node in nodes]


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def ask(options, out, *engine):
    os.makedirs(out, exist_ok=True)
    text = run(options.panji, "bench", "questions", "--data", options.keep, "--file",
               os.path.join(HERE, "questions.txt"), "--out", out, "--runs", str(options.runs + 1),
               *engine)
    asked = [json.loads(line) for line in text.splitlines()]
    failed = [f"{one['id']}: {one['error']}" for one in asked if "error" in one]
    if failed:
        sys.exit("\n".join(failed))
    return {one["id"]: statistics.median(one["ms"][1:]) for one in asked}


def mean(times, letter):
    logs = [math.log(ms) for name, ms in times.items() if name.startswith(letter)]
    return math.exp(sum(logs) / len(logs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("panji")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--current", action="store_true")
    parser.add_argument("--keep", metavar="DIR", help="a country that is made there, or used again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="panji-remote-") as folder:
        options.keep = options.keep or os.path.join(folder, "country")
        if not os.path.exists(os.path.join(options.keep, "panji.db")):
            run(options.panji, "gen", "--rows", str(options.rows), "--data", options.keep)
        with (current(folder) if options.current else debian(options.shards)) as urls:
            sys.exit(compare(options, folder, urls))


def compare(options, folder, urls):
    there = ["--engine", "clickhouse", "--url", urls[0]]
    if len(urls) > 1:
        there += ["--cluster", clickhouse.CLUSTER]
        for url in urls:
            run(options.panji, "export", "--data", options.keep, *there[:3], url, *there[4:],
                "--tables")
    began = time.monotonic()
    moved = run(options.panji, "export", "--data", options.keep, *there).strip()
    print(f"{moved}: {time.monotonic() - began:.1f} s\n")
    outs = [os.path.join(folder, name) for name in ("here", "there", "again")]
    here, remote = ask(options, outs[0]), ask(options, outs[1], *there)
    again = ask(options, outs[2])  # so that a machine that grows slower on the way shows in both
    print("| question | here, ms | ClickHouse, ms | times | equal |\n|---|---|---|---|---|")
    differ = 0
    for name, ms in remote.items():
        mine = statistics.median((here[name], again[name]))
        here[name] = mine
        equal = filecmp.cmp(os.path.join(outs[0], name + ".csv"),
                            os.path.join(outs[1], name + ".csv"), shallow=False)
        differ += not equal
        print(f"| {name} | {mine:.3f} | {ms:.1f} | {ms / mine:.0f} | {'yes' if equal else 'NO'} |")
    for letter in "CA":
        mine, theirs = mean(here, letter), mean(remote, letter)
        print(f"| geometric mean {letter} | {mine:.3f} | {theirs:.1f} | {theirs / mine:.0f} | |")
    return 1 if differ else 0


if __name__ == "__main__":
    main()
