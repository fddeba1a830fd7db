# SPDX-License-Identifier: MIT
"""What the README tells a newcomer to type works as typed."""

import os
import re
import subprocess

from harness import ROOT, Failure, Server, eq, yes

TYPED = ("curl ", "printf ", "build/panji ")


def commands():
    """The commands of the README's blocks, each as one line."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S):
        block = re.sub(r"\\\n\s*", "", block)
        block = re.sub(r"\|\n\s*", "| ", block)
        for line in block.splitlines():
            if line.startswith(TYPED):
                yield line


def test_commands(world):
    """every curl and panji line of the README gives an answer, none an error"""
    lines = [line for line in commands() if "serve" not in line]
    yes(len(lines) >= 5, f"the README has {len(lines)} commands")
    with Server(world, world.demo_copy()) as s:
        for line in lines:
            typed = line.replace("localhost:8090", f"127.0.0.1:{s.port}")
            typed = typed.replace("127.0.0.1:8090", f"127.0.0.1:{s.port}")
            typed = typed.replace("build/panji", world.panji).replace("build/demo", s.data)
            p = subprocess.run(["bash", "-c", "set -o pipefail; " + typed], capture_output=True,
                               encoding="utf-8", cwd=ROOT, env=world.env,
                               timeout=60 * world.slow)
            if p.returncode or not p.stdout.strip() or "urn:panji:error" in p.stdout:
                raise Failure(f"{line}\ncode {p.returncode}: {p.stdout[:500]}{p.stderr[:500]}")
        sent = s.get("/v1/batches/t1?source=test").json()
        eq((sent["registrations"], sent["reason"]), (5, "only tried"), "the batch of the tour")
        eq(s.count("source = 'test'"), 0, "registrations that the tour leaves behind")


def tutorial():
    """The plugin that plugins/README.md leads to: its declarations, the later of one name, and the
    fields that it adds to the report."""
    with open(os.path.join(ROOT, "plugins", "README.md"), encoding="utf-8") as f:
        blocks = re.findall(r"^```lua\n(.*?)^```", f.read(), re.M | re.S)
    parts, fields = {}, ""
    for block in blocks:
        if block.startswith("  columns") or block.startswith("  summary"):
            fields += block
        elif not block.startswith(" "):
            parts[re.match(r'\w+(?: "[^"]*")?', block).group()] = block
    report = parts['report "by_block"']
    parts['report "by_block"'] = report[:report.rindex("}")] + fields + "}\n"
    return "".join(parts.values())


def test_tutorial(world):
    """what the tutorial of plugins leads to is good, its example comes true, its report answers"""
    plugins = world.path("tutorial")
    os.makedirs(plugins)
    path = os.path.join(plugins, "mine.lua")
    with open(path, "w", encoding="utf-8") as f:
        f.write(tutorial())
    data = world.demo_copy()
    checked = world.run("plugin", "check", path, "--data", data).expect(0)
    yes("mine 1.0.0: good" in checked.out and "tests    1: all came true" in checked.out,
        checked.out)
    with Server(world, data, plugins=plugins) as s:
        body = s.get("/v1/reports/mine/by_block.json?district=607").expect(200).json()
        eq(body["data"][-1]["done"], 42478, "the district")
        eq(body["summary"], "Ramgarh: 42,478 registrations", "the sentence")
        sets = {r["set"]: r for r in s.get("/v1/targets").expect(200).rows()}
        eq((sets["ramgarh_2022"]["target"], sets["ramgarh_sectors_2022"]["target"]),
           (120000, 80000), "the targets")
        sectors = s.get("/v1/targets/mine/ramgarh_sectors_2022").expect(200).rows()
        eq(sum(r["target"] for r in sectors if r["sector"] == "Agriculture"), 60000, "agriculture")
