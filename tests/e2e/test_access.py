# SPDX-License-Identifier: MIT
"""Tokens on the command line, and who is let in by a running server."""

import os
import stat

from harness import Server, eq, has, yes


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def make(world, data, *options, env=None):
    return world.run("token", "create", *options, "--data", data, env=env).expect(0).out.strip()


def test_token_command(world):
    """tokens are made, listed and revoked, with and without a server; the local user goes on"""
    data = world.small_copy()
    first = make(world, data, "--role", "admin", "--name", "Collector")
    yes(len(first) == 61 and first.startswith("panji_"), f"a token: {first!r}")
    with Server(world, data) as s:
        eq(s.get("/v1/batches").status, 401, "without a token")
        eq(s.get("/v1/batches", headers=bearer(first)).status, 200, "with it")
        eq(stat.S_IMODE(os.stat(os.path.join(data, "server.json")).st_mode), 0o600, "its mode")
        second = make(world, data, "--role", "planner", "--expires", "90 days")
        listed = world.run("token", "list", "--data", data, "--format", "json").expect(0).rows()
        eq([r["role"] for r in listed if r["state"] == "live"].count("planner"), 1, "the list")
        eq(sorted(r["role"] for r in listed), ["admin", "planner"], "the list")
        yes(first[15:] not in str(listed) and second[15:] not in str(listed), "a secret is listed")
        world.run("query", "SELECT 1 AS one", "--data", data).expect(0)
        refused = world.run("query", "SELECT 1 AS one", "--server", s.url).expect(1)
        has(refused.err, "who asks is not known")
        world.run("query", "SELECT 1 AS one", "--server", s.url, "--token", second).expect(0)
        world.run("query", "SELECT 1 AS one", "--server", s.url,
                  env={"PANJI_TOKEN": second}).expect(0)
        world.run("token", "revoke", second[6:14], "--data", data).expect(0)
        has(world.run("query", "SELECT 1 AS one", "--server", s.url, "--token",
                      second).expect(1).err, "was revoked")
        trail = s.query("FROM audit |> WHERE action LIKE '%token%' |> ORDER BY seq",
                        headers=bearer(first)).rows()
        eq([r["action"] for r in trail], ["create token", "create token", "revoke token"], "trail")
    world.run("query", "SELECT 1 AS one", "--data", data).expect(0)
    world.run("token", "create", "--data", data).expect(2)
    world.run("token", "list", "--role", "admin", "--data", data).expect(2)
    world.run("token", "revoke", "nobody00", "--data", data).expect(1)


def test_public(world):
    """anonymous = "public": reports for everybody, nothing else; other machines reach it"""
    data = world.small_copy()
    config = world.file("public.lua", 'anonymous = "public"\nlisten = "0.0.0.0:0"\n')
    plan = make(world, data, "--role", "planner")
    with Server(world, data, args=("--config", config)) as s:
        s.get("/v1/reports/drive/block_review.csv", district=607).expect(200)
        eq(s.get("/v1/query", q="SELECT 1").status, 403, "a query of the public")
        eq(s.get("/v1/query", q="SELECT 1", headers=bearer(plan)).status, 200, "a planner's")
        eq(s.get("/v1/session").json()["may"], ["look", "see"], "what the public may")
