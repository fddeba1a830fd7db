# SPDX-License-Identifier: MIT
"""The configuration file: what it sets, and how its mistakes are told."""

import os
import signal
import time

from harness import PLUGINS, Server, eq, has, yes

DAYS = "date,state,district\n2021-03-31,20,607\n2021-06-30,20,607\n2021-07-01,20,607\n"


def config(world, text, name="panji.lua"):
    return world.file(name, text)


def test_check_config_prints_what_holds(world):
    """serve --check-config prints the effective settings, flags first, and serves nothing"""
    path = config(world, 'listen = "127.0.0.1:1"\ndata = "there"\nworkers = 3\n')
    done = world.run("serve", "--check-config", "--config", path, "--listen", "127.0.0.1:2",
                     "--plugins", PLUGINS).expect(0)
    has(done.out, 'listen = "127.0.0.1:2"', "workers = 3", 'timezone = "Asia/Kolkata"',
        "fiscal_year_start_month = 4", f'data = "{os.path.dirname(path)}/there"')
    has(done.err, "good")
    again = world.run("serve", "--check-config", "--config", config(world, done.out, "again.lua"))
    eq(again.expect(0).out, done.out, "what is printed, read again")


def test_mistakes_all_at_once(world):
    """every mistake with file, line, caret and suggestion; exit code 1"""
    path = config(world, 'lisen = "127.0.0.1:1"\nworkers = "two"\ntimezone = "Asia/Kolkatta"\n'
                  'tls = { cert = "a", key = "b" }\nengine = "clickhouse"\n'
                  'suppression = { public = 2 }\n')
    for args in (("--check-config",), ()):
        done = world.run("serve", "--config", path, *args).expect(1)
        has(done.err, f"{path}:1:1:", 'did you mean "listen"?', "^^^^^", f"{path}:2:1:",
            'did you mean "Asia/Kolkata"', "not there yet", f"{path}:5:1:", f"{path}:6:17:",
            "mistakes")
    world.run("serve", "--check-config", "--config", path + ".none").expect(1)
    world.run("serve", "--config").expect(2)


def test_no_password_is_shown(world):
    """a password written into the file is refused and not repeated"""
    path = config(world, 'notifiers = { a = { type = "smtp", password = "hunter2" } }\n')
    done = world.run("serve", "--check-config", "--config", path).expect(1)
    has(done.err, 'unknown field "password"', "password_file")
    yes("hunter2" not in done.err + done.out, "the password is not shown")


def test_the_file_in_the_data_directory(world):
    """panji.lua in the data directory holds for the server and for commands on the directory"""
    data = world.small_copy()
    with open(os.path.join(data, "panji.lua"), "w", encoding="utf-8") as f:
        f.write('fiscal_year_start_month = 7\ntimezone = "UTC"\n')
    world.run("import", world.file("days.csv", DAYS), "--data", data).expect(0)
    query = ("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY FISCAL_LABEL(date) AS year, "
             "EXTRACT(FISCAL_QUARTER FROM date) AS q |> ORDER BY year, q")
    want = [{"year": "2020-21", "q": "3", "n": "1"}, {"year": "2020-21", "q": "4", "n": "1"},
            {"year": "2021-22", "q": "1", "n": "1"}]
    received = "FROM batches |> SELECT received"
    done = world.run("query", query, "--data", data, "--format", "csv").expect(0)
    eq(done.table(), want, "quarters from the directory")
    with Server(world, data) as s:
        got = s.get("/v1/query.csv", q=query).expect(200)
        eq(got.table(), want, "quarters from the server")
        has(s.get("/v1/query.csv", q=received).expect(200).text, "+00:00")
        calendar = "FROM calendar |> WHERE date = '2021-07-01' |> SELECT fiscal_year"
        eq(s.get("/v1/query.csv", q=calendar).table(), [{"fiscal_year": "2021-22"}], "calendar")


def test_memory_is_bounded(world):
    """memory_limit refuses what would take more, and the server goes on"""
    data = world.small_copy()
    path = config(world, 'memory_limit = "64MiB"\n')
    with Server(world, data, args=("--config", path)) as s:
        large = ("FROM calendar |> SELECT date |> CROSS JOIN (FROM calendar |> SELECT date AS d) "
                 "|> CROSS JOIN (FROM calendar |> SELECT date AS e |> LIMIT 20) "
                 "|> ORDER BY d, e, date |> LIMIT 3")
        got = s.get("/v1/query", q=large)
        yes(got.status in (422, 503), f"refused, not answered ({got.status}: {got.text[:200]})")
        s.get("/v1/query", q="FROM calendar |> AGGREGATE COUNT(*) AS n").expect(200)


def test_sighup_reads_it_again(world):
    """SIGHUP takes what can change; mistakes leave the server as it was"""
    data = world.small_copy()
    path = config(world, "workers = 2\n")
    with Server(world, data, args=("--config", path)) as s:
        for text, part in (("workers = 3\n", "workers has changed"),
                           ("wrkers = 3\n", "unknown setting")):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            os.kill(s.process.pid, signal.SIGHUP)
            until = time.time() + 10
            while part not in s.log() and time.time() < until:
                time.sleep(0.05)
            has(s.log(), part, what="the log")
        s.get("/healthz").expect(200)
