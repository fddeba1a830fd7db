#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients that listen to events: tests/e2e/listeners.py PANJI [CLIENTS] [ROUNDS]

Opens so many streams (5,000) of a server with a few places, imports a batch ROUNDS times, and
prints how long after the import was acknowledged each client was told of it. Exits with 1 when one
was not told within a second, or not at all."""

import os
import resource
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import harness  # noqa: E402

ROW = "date,district,block,sector,count\n2021-11-20,607,Gola,Agriculture,1\n"
WITHIN_S = 1.0


class Listeners:
    def __init__(self, port, clients):
        self.poll, self.at = select.epoll(), {}
        for _ in range(clients):
            c = socket.create_connection(("127.0.0.1", port), timeout=60)
            c.sendall(b"GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
            self.at[c.fileno()] = c
        for fd, c in self.at.items():
            got = b""
            while b"event: snapshot" not in got:
                piece = c.recv(4096)
                if not piece:
                    raise harness.Failure(f"a stream ended: {got!r}")
                got += piece
            c.setblocking(False)
            self.poll.register(fd, select.EPOLLIN)

    def told(self, registrations, until):
        """When each client was told of so many registrations."""
        mark, when, seen = f'"registrations":{registrations},'.encode(), {}, {}
        while len(when) < len(self.at) and time.monotonic() < until:
            for fd, _ in self.poll.poll(0.1):
                piece = self.at[fd].recv(65536)
                if not piece:
                    raise harness.Failure("a stream ended")
                seen[fd] = seen.get(fd, b"") + piece
                if fd not in when and mark in seen[fd]:
                    when[fd] = time.monotonic()
        return list(when.values())


def run(world, clients, rounds):
    """The times in seconds until each client was told, a list a round."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, clients * 2 + 500)), hard))
    out = []
    with world.small() as server:
        listeners = Listeners(server.port, clients)
        for i in range(rounds):
            server.post_batch(ROW, key=f"b{i}").expect(201)
            start = time.monotonic()
            when = listeners.told(i + 1, start + 60 * world.slow)
            if len(when) < clients:
                raise harness.Failure(f"{clients - len(when)} clients were not told")
            out.append(sorted(t - start for t in when))
    return out


def main():
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    world = harness.World(sys.argv[1])
    late = False
    try:
        for times in run(world, clients, rounds):
            print(f"{clients} clients told: 50 % within {times[len(times) // 2] * 1000:.0f} ms, "
                  f"all within {times[-1] * 1000:.0f} ms", flush=True)
            late = late or times[-1] > WITHIN_S
    finally:
        world.close()
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
