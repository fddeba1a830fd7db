# SPDX-License-Identifier: MIT
"""The examples of core/net/REFERENCE.md: a block with a command, then a block with its answer."""

import os
import re
import subprocess

from harness import ROOT, Failure, Server, yes

PAGE = "core/net/REFERENCE.md"


def examples():
    """(command, answer) of each example, in order."""
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as f:
        blocks = re.findall(r"^```\n(.*?)^```", f.read(), re.M | re.S)
    yes(len(blocks) % 2 == 0, f"{PAGE} has {len(blocks)} blocks: each command wants an answer")
    for command, answer in zip(blocks[::2], blocks[1::2]):
        yes("curl " in command, f"{PAGE}: a block that is no command: {command}")
        yes("curl " not in answer, f"{PAGE}: a block that is no answer: {answer}")
        yield command, answer


def fits(answer, got):
    """Whether `got` is the answer; '...' in it stands for anything, white space does not count."""
    parts = [re.escape("".join(part.split())) for part in answer.split("...")]
    return re.fullmatch(".*".join(parts), "".join(got.split()), re.S) is not None


def test_http_reference(world):
    """every example of the HTTP reference gives the answer that stands there"""
    pairs = list(examples())
    yes(len(pairs) >= 20, f"{PAGE} has {len(pairs)} examples")
    with Server(world, world.demo_copy(), plugins=world.plugins_copy()) as s:
        for command, answer in pairs:
            typed = command.replace("localhost:8090", f"127.0.0.1:{s.port}")
            typed = typed.replace("build/demo", s.data)
            p = subprocess.run(["bash", "-c", "set -o pipefail; " + typed], capture_output=True,
                               encoding="utf-8", cwd=ROOT, env=world.env,
                               timeout=60 * world.slow)
            if p.returncode or not fits(answer, p.stdout):
                raise Failure(f"{command}expected {answer}got {p.stdout[:1000]}{p.stderr[:500]}")
