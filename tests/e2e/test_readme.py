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
