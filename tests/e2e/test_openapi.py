# SPDX-License-Identifier: MIT
"""The description for programs: a good document, and the server answers as it says."""

import os
import re
import subprocess
import time

from harness import ROOT, Failure, Server, eq, yes

CHECK = os.path.join(ROOT, "tests", "openapi", "check.mjs")


def test_answers_are_as_described(world):
    """openapi.json is valid, and each operation, parameter and format answers as it says"""
    with Server(world, world.demo_copy(), plugins=world.plugins_copy()) as s:
        p = subprocess.run(["node", CHECK, s.url], capture_output=True, encoding="utf-8",
                           env=world.env, timeout=120 * world.slow)
        last = re.search(r"^(\d+) passed, (\d+) failed$", p.stdout, re.M)
        if p.returncode or not last:
            raise Failure(f"{p.stdout[-4000:]}{p.stderr[-2000:]}")
        yes(int(last.group(1)) > 500, f"only {last.group(1)} checks")


def test_the_tag_follows_the_plugins(world):
    """openapi.json is 304 until a plugin changes, and then has its reports"""
    plugins = world.plugins_copy()
    with Server(world, world.small_copy(), plugins=plugins) as s:
        tag, same = "", None
        until = time.monotonic() + 30 * world.slow
        while (same is None or same.status != 304) and time.monotonic() < until:
            tag = s.get("/openapi.json").expect(200).headers["ETag"]  # alerts may still be judged
            same = s.get("/openapi.json", headers={"If-None-Match": tag})
        eq(same.status, 304, "unchanged")
        with open(os.path.join(plugins, "more.lua"), "w", encoding="utf-8") as f:
            f.write('plugin { name = "more", version = "1.0.0", api = 1 }\n'
                    'report "all_of_it" { title = "All",\n'
                    'query = [[FROM registrations |> AGGREGATE COUNT(*) AS n]] }\n')
        s.request("POST", "/v1/plugins/reload").expect(200)
        other = s.get("/openapi.json", headers={"If-None-Match": tag})
        yes("/v1/reports/more/all_of_it" in other.expect(200).json()["paths"], "the new report")
