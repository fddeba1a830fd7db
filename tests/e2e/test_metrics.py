# SPDX-License-Identifier: MIT
"""Numbers for Prometheus: their form, a Prometheus that scrapes them, the samples that use them."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

from harness import ROOT, Failure, Server, eq, free_port, has, yes

SCRIPTS = os.path.join(ROOT, "scripts")


def promtool(*args, text=None):
    if shutil.which("promtool") is None:
        raise Failure("promtool is not installed: scripts/setup")
    p = subprocess.run(["promtool", *args], input=text, capture_output=True, encoding="utf-8",
                       timeout=60, check=False)
    if p.returncode:
        raise Failure(f"promtool {args}: {p.stdout}{p.stderr}")


def settled(world, server, part):
    """/metrics, once it has this: the drive's own numbers come a scrape later."""
    until = time.monotonic() + 30 * world.slow
    text = ""
    while part not in text and time.monotonic() < until:
        text = server.get("/metrics").expect(200).text
    has(text, part, what="/metrics")
    return text


def names_of(text):
    return set(re.findall(r"^# TYPE (\S+)", text, re.M))


def test_promtool_has_nothing_to_say(world):
    """promtool check metrics: no fault, with requests of every kind behind it"""
    with Server(world, world.demo_copy()) as s:
        s.get("/v1/reports/drive/state_overview", state=6).expect(200)
        s.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender").expect(200)
        s.get("/v1/nowhere").expect(404)
        text = settled(world, s, "panji_drive_percent_of_target{")
        promtool("check", "metrics", text=text)
        has(text, 'panji_engine_seconds_count{engine="scan"}', 'panji_pool_waiting{pool="import"}',
            'panji_drive_registrations{district_code="607",district="Ramgarh",state="Jharkhand"} '
            '42478', 'panji_memory_bytes{room="data"}', "panji_snapshot_age_seconds",
            "process_resident_memory_bytes", "panji_store_merging", what="/metrics")
        series = [line for line in text.splitlines() if line.startswith("panji_drive_")]
        yes(len(series) < 3000, f"{len(series)} series of the drive")


def test_the_drive_can_be_left_out(world):
    """metrics = { drive = "off" } leaves the drive's own numbers out"""
    path = world.file("panji.lua", 'metrics = { drive = "off" }\n')
    with Server(world, world.small_copy(), args=("--config", path)) as s:
        s.post_batch("date,district\n2021-11-20,607\n").expect(201)
        for _ in range(3):
            yes("panji_drive_" not in s.get("/metrics").expect(200).text, "none of the drive")


def ask_prometheus(port, path, **query):
    url = f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)["data"]


def expressions():
    """Those of the sample dashboard."""
    with open(os.path.join(SCRIPTS, "grafana.json"), encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    return [t["expr"] for p in panels for t in p["targets"] if "expr" in t]


def wait_for_scrape(world, port, process):
    until = time.monotonic() + 60 * world.slow
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Failure(f"Prometheus ended with {process.returncode}")
        try:
            found = ask_prometheus(port, "/api/v1/query",
                                   query="panji_drive_percent_of_target and on() up == 1")
            if found["result"]:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise Failure("Prometheus has scraped nothing")


def test_prometheus_scrapes_it(world):
    """a Prometheus with the sample files scrapes it; rules and dashboard find all they ask"""
    program = shutil.which("prometheus")
    if program is None:
        raise Failure("prometheus is not installed: scripts/setup")
    promtool("check", "rules", os.path.join(SCRIPTS, "prometheus_rules.yml"))
    folder = world.path("prometheus")
    os.mkdir(folder)
    shutil.copy(os.path.join(SCRIPTS, "prometheus_rules.yml"), folder)
    with Server(world, world.demo_copy()) as s:
        with open(os.path.join(SCRIPTS, "prometheus.yml"), encoding="utf-8") as f:
            text = f.read().replace("127.0.0.1:8090", f"127.0.0.1:{s.port}")
        text = text.replace("scrape_interval: 30s", "scrape_interval: 1s")
        config = os.path.join(folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(text)
        promtool("check", "config", config)
        port = free_port()
        with open(os.path.join(folder, "log"), "wb") as log:
            p = subprocess.Popen([program, f"--config.file={config}",
                                  f"--storage.tsdb.path={folder}/data",
                                  f"--web.listen-address=127.0.0.1:{port}"],
                                 stdout=log, stderr=log)
        try:
            s.get("/v1/reports/drive/state_overview", state=6).expect(200)
            wait_for_scrape(world, port, p)
            rules = ask_prometheus(port, "/api/v1/rules")["groups"][0]["rules"]
            known = names_of(s.get("/metrics").text) | {"up"}
            for expression in [r["query"] for r in rules] + expressions():
                ask_prometheus(port, "/api/v1/query", query=expression)
                used = set(re.findall(r"\b(?:panji|process)_\w+|\bup\b", expression))
                used = {re.sub(r"_(bucket|sum|count)$", "", n) for n in used}
                eq(used - known, set(), f"metrics of {expression} that are not there")
        finally:
            p.terminate()
            p.wait()


def targets(dashboard):
    for p in dashboard["panels"]:
        yield from (t for t in p["targets"] if "url" in t)
    for v in dashboard["templating"]["list"]:
        if "infinityQuery" in v.get("query", ""):
            yield v["query"]["infinityQuery"]


def test_sample_dashboard(world):
    """each query of the sample dashboard for Grafana gives the columns that it names"""
    with open(os.path.join(SCRIPTS, "grafana.json"), encoding="utf-8") as f:
        dashboard = json.load(f)
    kinds = {"number": (int, float, type(None)), "string": (str, int, type(None)),
             "timestamp": (str,)}
    values = {"${state}": "6", "${district}": "607", "${__from:date:YYYY-MM-DD}": "2021-08-26",
              "${__to:date:YYYY-MM-DD}": "2021-12-31"}
    seen = 0
    for t in targets(dashboard):
        url = t["url"]
        for name, value in values.items():
            url = url.replace(name, value)
        path, _, query = url.partition("?")
        fields = dict(f.split("=", 1) for f in query.split("&")) if query else {}
        rows = world.demo.get(path, **fields).expect(200).json()[t["root_selector"]]
        yes(rows, f"{url} has no rows")
        for column in t["columns"]:
            for row in rows:
                yes(column["selector"] in row, f"{url} has no {column['selector']}: {row}")
                value = row[column["selector"]]
                yes(isinstance(value, kinds[column["type"]]), f"{column} of {url} is {value!r}")
        seen += 1
    yes(seen >= 8, f"{seen} queries")
