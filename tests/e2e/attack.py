#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A mixed attack beside a client that behaves: tests/e2e/attack.py PANJI [SECONDS]

Attackers of other addresses do all at once what tests/e2e/test_abuse.py tries one by one: slow
headers, slow bodies, readers that stop, uploads that are reset, idle connections, floods of broken
requests, huge headers, costly queries. A client asks twenty questions a second meanwhile, each
timed from when it was due, first without the attack, then with it. Prints the percentiles of both;
exits with 1 when the client was refused or cut, or when the server does not stop cleanly."""

import contextlib
import http.client
import multiprocessing
import os
import random
import socket
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import harness  # noqa: E402
from test_abuse import COSTLY, HOST, IMPORT, LARGE, POST, REFUSED, ROW  # noqa: E402

PER_SECOND = 20
QUESTIONS = ("/v1/reports/drive/block_review.json?district=607",
             "/v1/reports/drive/sector_summary.csv?district=607", "/v1/places?level=district",
             "/healthz", "/v1/query?" + urllib.parse.urlencode({"q": "FROM registrations |> WHERE "
                             "district = 607 |> AGGREGATE COUNT(*) AS n GROUP BY block, gender"}))


def connect(port, source, timeout=5):
    return socket.create_connection(("127.0.0.1", port), timeout=timeout,
                                    source_address=(source, 0))


def request(target):
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


def query(text):
    return POST + f"Content-Length: {len(text)}\r\n\r\n{text}".encode()


class Crowd:
    """Connections that are held, a byte sent to each now and then."""

    def __init__(self, port, source, size, first, drip):
        self.port, self.source, self.size = port, source, size
        self.first, self.drip, self.held = first, drip, []

    def step(self):
        while len(self.held) < self.size:
            c = connect(self.port, self.source)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            c.sendall(self.first)
            c.setblocking(False)
            self.held.append(c)
        alive = []
        for c in self.held:
            try:
                if self.drip:
                    c.send(self.drip)
                    with contextlib.suppress(BlockingIOError):
                        if not c.recv(1):
                            raise OSError
                alive.append(c)
            except OSError:
                c.close()
        self.held = alive
        time.sleep(0.5)


class Flood:
    """One after the other, as fast as it goes; `reset` tears the connection down."""

    def __init__(self, port, source, requests, reset=False, wait=True):
        self.port, self.source, self.requests = port, source, requests
        self.reset, self.wait = reset, wait

    def step(self):
        with connect(self.port, self.source) as c:
            if self.reset:
                c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            c.sendall(random.choice(self.requests))
            if self.wait:
                while c.recv(65536):
                    pass
        time.sleep(0.002)


class Costly(Crowd):
    """Costly queries, always some of them waiting."""

    def __init__(self, port, source):
        super().__init__(port, source, 20, query(COSTLY), b"")

    def step(self):
        for c in self.held:
            with contextlib.suppress(BlockingIOError):
                if c.recv(65536):
                    c.send(self.first)
        super().step()


def attackers(port):
    huge = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100000
    yield Crowd(port, "127.0.0.2", 200, b"GET /healthz HTTP/1.1\r\nX: ", b"a")
    yield Crowd(port, "127.0.0.3", 200, IMPORT + b"Content-Length: 100000\r\n\r\n" + ROW, b"2")
    yield Crowd(port, "127.0.0.4", 100, query(LARGE), b"")
    yield Flood(port, "127.0.0.5", [IMPORT + b"Content-Length: 1000000\r\n\r\n" + ROW * 500],
                reset=True, wait=False)
    yield Crowd(port, "127.0.0.6", 200, b"", b"")
    yield Flood(port, "127.0.0.7", [r for r in REFUSED.values() if len(r) < 5000])
    yield Flood(port, "127.0.0.8", [huge])
    yield Flood(port, "127.0.0.9", [request("/v1/events")], reset=True, wait=False)
    for last in (10, 11, 12):
        yield Costly(port, f"127.0.0.{last}")


def attack(attacker, seed, until):
    random.seed(seed)
    os.nice(5)  # one machine stands for many: the attackers do not take the server's processors
    while time.monotonic() < until:
        try:
            attacker.step()
        except OSError:
            time.sleep(0.01)


class Client:
    """Keeps one connection and asks at fixed times."""

    def __init__(self, port, timeout):
        self.port, self.timeout, self.connection = port, timeout, None
        self.times, self.bad = [], []

    def ask(self, target):
        for again in (True, False):
            self.connection = self.connection or http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=self.timeout)
            try:
                self.connection.request("GET", target)
                answer = self.connection.getresponse()
                answer.read()
                return answer.status
            except OSError as e:
                self.connection.close()
                self.connection = None
                if not again:
                    return e

    def run(self, seconds):
        start = time.monotonic()
        for i in range(int(seconds * PER_SECOND)):
            due = start + i / PER_SECOND
            time.sleep(max(0, due - time.monotonic()))
            status = self.ask(QUESTIONS[i % len(QUESTIONS)])
            self.times.append((time.monotonic() - due) * 1000)
            if status != 200:
                self.bad.append(status)

    def show(self, what):
        times = sorted(self.times)
        at = [times[min(len(times) - 1, int(len(times) * q))] for q in (0.5, 0.9, 0.99)]
        print(f"{what:<18} {len(times):>6} answers   50 % {at[0]:8.1f} ms   90 % {at[1]:8.1f} ms   "
              f"99 % {at[2]:8.1f} ms   most {times[-1]:8.1f} ms", flush=True)
        return at[2]


def run(world, seconds, seed):
    """The client's 99th percentile without and with; what it was not given."""
    with harness.Server(world, world.demo_copy()) as server:
        calm = Client(server.port, 30 * world.slow)
        calm.run(min(seconds / 2, 60))
        before = calm.show("without an attack")
        until = time.monotonic() + seconds
        processes = [multiprocessing.Process(target=attack, args=(a, seed + i, until))
                     for i, a in enumerate(attackers(server.port))]
        for p in processes:
            p.start()
        beset = Client(server.port, 30 * world.slow)
        beset.run(seconds)
        for p in processes:
            p.join()
        after = beset.show("under attack")
        for line in server.get("/metrics").text.splitlines():
            if line.startswith(("panji_http_connections", "panji_http_overload",
                                "panji_http_pushed_out", 'panji_memory_bytes{room="net"')):
                print(line)
        return before, after, calm.bad + beset.bad


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__.splitlines()[0])
    seconds = float(sys.argv[2]) if len(sys.argv) == 3 else 600
    seed = random.randrange(1 << 30)
    print(f"seed {seed}, {seconds:g} s")
    world = harness.World(sys.argv[1])
    try:
        _, _, bad = run(world, seconds, seed)
        for status in sorted(set(map(str, bad))):
            print(f"the client got {status}, {list(map(str, bad)).count(status)} times")
        sys.exit(1 if bad else 0)
    finally:
        world.close()


if __name__ == "__main__":
    main()
