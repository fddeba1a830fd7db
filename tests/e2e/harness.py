# SPDX-License-Identifier: MIT
"""What the end-to-end tests stand on: real servers on free ports, each with a data directory of its
own, requests as a client makes them, and the command line as a user types it."""

import contextlib
import csv
import http.client
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")
PLUGINS = os.path.join(ROOT, "plugins")
SANITIZERS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:")


class Failure(Exception):
    """What a test has to say when something is not as it should be."""


class Skip(Exception):
    """Why a test cannot be tried on this machine."""


# ------------------------------------------------------------------------------------ comparing


def eq(got, want, what):
    if got != want:
        raise Failure(f"{what}: expected {want!r}, got {got!r}")


def yes(truth, what):
    if not truth:
        raise Failure(what)


def has(text, *parts, what="the answer"):
    """Every part stands in the text, whatever the case."""
    low = text.lower()
    for part in parts:
        if part.lower() not in low:
            raise Failure(f"{what} does not say {part!r}: {shortened(text)}")


def shortened(text, limit=700):
    return text if len(text) <= limit else text[:limit] + f"... ({len(text)} characters)"


# ------------------------------------------------------------------------------------- answers


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError as e:
            raise Failure(f"not JSON ({e}), status {self.status}: {shortened(self.text)}") from e

    def rows(self):
        """The rows of a JSON answer, as dictionaries."""
        return self.json()["data"]

    def table(self):
        """The rows of a CSV answer, as dictionaries of strings."""
        return list(csv.DictReader(io.StringIO(self.text)))

    def expect(self, status):
        if self.status != status:
            raise Failure(f"expected status {status}, got {self.status}: {shortened(self.text)}")
        return self

    def problem(self, status):
        """An RFC 9457 problem with this status; gives its members."""
        self.expect(status)
        kind = self.headers.get("Content-Type", "")
        yes(kind.startswith("application/problem+json"), f"the type of a problem is {kind!r}")
        problem = self.json()
        eq(problem.get("status"), status, "status in the problem")
        for member in ("title", "detail", "code"):
            yes(problem.get(member), f"the problem has no {member!r}: {shortened(self.text)}")
        return problem


class Done:
    """A command that has run."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def expect(self, code):
        if self.code != code:
            raise Failure(f"expected exit code {code}, got {self.code}\n{shortened(self.err)}"
                          f"\n{shortened(self.out)}")
        return self

    def table(self):
        return list(csv.DictReader(io.StringIO(self.out)))

    def rows(self):
        return json.loads(self.out)["data"]


def check_sanitizers(text):
    for mark in SANITIZERS:
        if mark in text:
            at = text.index(mark)
            raise Failure("a sanitizer reports:\n" + text[max(0, at - 200):at + 3000])


# ------------------------------------------------------------------------------------- servers


def wait_for(what, look, seconds):
    """Looks until it finds something, and gives that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise Failure(f"{what}: not within {seconds:.0f} s")


def free_port():
    """Outside the range from which the kernel gives ports to clients: nobody takes it meanwhile."""
    while True:
        with socket.socket() as s:
            with contextlib.suppress(OSError):
                port = random.SystemRandom().randrange(10240, 32000)
                s.bind(("127.0.0.1", port))
                return port


class Server:
    def __init__(self, world, data, plugins=PLUGINS, args=(), port=None):
        self.world, self.data, self.plugins, self.args = world, data, plugins, list(args)
        self.port = port or free_port()
        self.process = None
        self.log_path = tempfile.mktemp(prefix="log-", dir=world.tmp)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def log(self):
        with open(self.log_path, "rb") as f:
            return f.read().decode("utf-8", "replace")

    def spawn(self):
        """Starts the process without waiting for an answer."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.world.panji, "serve", "--data", self.data, "--listen",
                 f"127.0.0.1:{self.port}", "--plugins", self.plugins, *self.args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.world.env)

    def start(self):
        self.spawn()
        deadline = time.monotonic() + 30 * self.world.slow
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"the server ended with {self.process.returncode}:\n{self.log()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/readyz").status == 200:
                    return self
            time.sleep(0.02)
        self.kill()
        raise Failure(f"the server was not ready in time:\n{self.log()}")

    def connect(self, timeout=None):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout or 60 * self.world.slow)

    def request(self, method, path, body=None, headers=None, query=None):
        if query:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(query)
        if isinstance(body, str):
            body = body.encode()
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            r = connection.getresponse()
            return Answer(r.status, r.headers, r.read())
        except (OSError, http.client.HTTPException):
            self.check_alive()
            raise
        finally:
            connection.close()

    def check_alive(self):
        """Fails with the log when the server has died by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(timeout=0.5)
            if code not in (0, -signal.SIGKILL, -signal.SIGTERM):
                raise Failure(f"the server died ({code}):\n{shortened(self.log()[-4000:], 4000)}")

    def get(self, path, headers=None, **query):
        return self.request("GET", path, headers=headers, query=query)

    def query(self, text, headers=None, **query):
        return self.request("GET", "/v1/query", headers=headers, query={"q": text, **query})

    def count(self, where="TRUE"):
        """How many registrations there are where this holds."""
        rows = self.query(f"FROM registrations |> WHERE {where} |> AGGREGATE COUNT(*) AS n")
        return rows.expect(200).rows()[0]["n"]

    def post_batch(self, body, key=None, headers=None, **query):
        head = {"Content-Type": "text/csv", **(headers or {})}
        if key:
            head["Idempotency-Key"] = key
        return self.request("POST", "/v1/registrations", body, head, query)

    def raw(self, data, timeout=8, half_close=False):
        """Bytes sent as they are; all that comes back until the server closes or is silent."""
        got = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            with contextlib.suppress(OSError):
                s.sendall(data)
                if half_close:
                    s.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while piece := s.recv(65536):
                    got += piece
        return got

    def kill(self):
        """As kill -9 does; the data directory stays as it is."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        check_sanitizers(self.log())

    def stop(self, how=signal.SIGTERM):
        """Asks it to stop; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(timeout=30 * self.world.slow)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure(f"the server did not stop in time:\n{self.log()}") from None
        check_sanitizers(self.log())
        return code

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if self.process.poll() is not None and kind is None:
            code = self.process.returncode
            if code not in (0, -signal.SIGKILL, -signal.SIGTERM):
                raise Failure(f"the server ended with {code}:\n{self.log()}")
            return
        if kind is None:
            eq(self.stop(), 0, "exit code of the stopped server")
        else:
            with contextlib.suppress(Failure):
                self.stop()


# --------------------------------------------------------------------------------------- world


class World:
    """The program under test and a temporary place for everything that it writes."""

    def __init__(self, panji):
        self.panji = os.path.abspath(panji)
        self.tmp = tempfile.mkdtemp(prefix="panji-e2e-")
        with open(self.panji, "rb") as f:
            program = f.read()
        sanitized = b"__asan_init" in program or b"__tsan_init" in program
        self.slow = float(os.environ.get("E2E_SLOW", "6" if sanitized else "1"))
        self.env = {**os.environ, "LC_ALL": "C.UTF-8"}
        self.env.pop("PANJI_SERVER", None)
        self._numbers = 0
        self._demo_data = self._demo_server = self._small_data = self._demo_failure = None

    def path(self, name):
        """A name not used before, in the temporary place."""
        self._numbers += 1
        return os.path.join(self.tmp, f"{self._numbers:03d}-{name}")

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *args, input=None, env=None):
        """The command line; text in, text out."""
        p = subprocess.run([self.panji, *map(str, args)], input=input, capture_output=True,
                           encoding="utf-8", errors="replace", timeout=120 * self.slow,
                           env={**self.env, **(env or {})})
        check_sanitizers(p.stderr)
        return Done(p.returncode, p.stdout, p.stderr)

    # ---- data directories

    @property
    def demo_data(self):
        """The demonstration data, built once; not to be changed."""
        if self._demo_failure:
            raise Failure(self._demo_failure)
        if not self._demo_data:
            out = os.path.join(self.tmp, "demo")
            p = subprocess.run([os.path.join(ROOT, "scripts", "demo"), out, self.panji],
                               capture_output=True, text=True, timeout=120 * self.slow,
                               env=self.env)
            if p.returncode:
                self._demo_failure = f"scripts/demo failed:\n{p.stderr}"
                raise Failure(self._demo_failure)
            self._demo_data = out
        return self._demo_data

    @property
    def demo(self):
        """A server of the demonstration data, shared by tests that only read."""
        if not self._demo_server:
            self._demo_server = Server(self, self.demo_copy()).start()
        return self._demo_server

    def demo_copy(self):
        copy = self.path("demo")
        shutil.copytree(self.demo_data, copy)
        return copy

    def small_copy(self):
        """A data directory with a few places and no registrations."""
        if not self._small_data:
            data = self.path("small")
            self.run("places", "import", os.path.join(DATA, "places.csv"), "--data",
                     data).expect(0)
            self._small_data = data
        copy = self.path("small")
        shutil.copytree(self._small_data, copy)
        return copy

    def small(self, **options):
        """A server of its own over a few places: `with world.small() as server:`."""
        return Server(self, self.small_copy(), **options)

    def plugins_copy(self):
        copy = self.path("plugins")
        shutil.copytree(PLUGINS, copy, ignore=shutil.ignore_patterns("dashboard"))
        return copy

    def close(self):
        try:
            if self._demo_server:
                eq(self._demo_server.stop(), 0, "exit code of the demonstration server")
        finally:
            shutil.rmtree(self.tmp, ignore_errors=True)
