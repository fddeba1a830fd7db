# SPDX-License-Identifier: MIT
"""`panji shell`, on a pipe and on a terminal of its own; --format-query; EXPLAIN ANALYZE."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import stat
import subprocess
import termios
import time

from harness import Failure, Server, check_sanitizers, eq, has, yes

ONE = "FROM registrations |> AGGREGATE COUNT(*) AS n"
# A hundred thousand rows, for each a frame of thirty thousand: nobody waits for it.
SLOW = ("FROM calendar AS a |> CROSS JOIN calendar AS b |> EXTEND SUM(1) OVER (ORDER BY b.date "
        "ROWS BETWEEN 30000 PRECEDING AND 1 FOLLOWING) AS s;")


class Terminal:
    """A shell on a pseudo-terminal."""

    def __init__(self, world, *args, env=None):
        self.world = world
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [world.panji, "shell", *args], stdin=slave, stdout=slave, stderr=slave, close_fds=True,
            start_new_session=True, env={**world.env, "TERM": "vt100", **(env or {})},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def until(self, mark, seconds=20):
        """Reads until the mark is there; gives what came before and it."""
        deadline = time.monotonic() + seconds * self.world.slow
        while mark not in self.seen:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.master], [], [], left)[0]
            piece = b""
            if ready:
                with contextlib.suppress(OSError):
                    piece = os.read(self.master, 65536)
            if not piece:
                raise Failure(f"{mark!r} did not come; there is {self.seen[-2000:]!r}")
            self.seen += piece.decode("utf-8", "replace")
        at = self.seen.index(mark) + len(mark)
        text, self.seen = self.seen[:at], self.seen[at:]
        check_sanitizers(text)
        return text

    def ask(self, text, mark):
        self.type(text + "\r")
        return self.until(mark)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def ended(self):
        return self.process.wait(timeout=30 * self.world.slow)


@contextlib.contextmanager
def terminal(world, *args, **options):
    t = Terminal(world, *args, **options)
    try:
        t.until("panji> ")
        yield t
    finally:
        t.close()


def test_pipe(world):
    """On a pipe the shell reads queries, prints answers, and ends with the first failure's code"""
    text = f"{ONE};\nSELECT 1 AS a; SELECT 2\n  AS b\n\n\\format csv\nSELECT 3 AS c"
    done = world.run("shell", "--data", world.demo_data, "--format", "csv", input=text).expect(0)
    eq(done.out, "n\n308478\na\n1\nb\n2\nc\n3\n", "answers")
    eq(done.err, "", "nothing else is told")
    done = world.run("shell", "--data", world.demo_data, "--format", "csv",
                     input="SELECT x;\nSELECT 1 AS a;\n\\nonsense\n").expect(1)
    has(done.err, "Unrecognized name: x", "^", "there is no command \\nonsense")
    eq(done.out, "a\n1\n", "what comes behind a failure is answered")
    world.run("shell", "--data", world.path("nowhere"), input="SELECT 1").expect(1)
    world.run("shell", "--format", "xml", input="").expect(2)


def test_pipe_settings(world):
    """Parameters, language and layout in the shell"""
    text = ("\\param d=607\n\\param\n\\lang hi\nFROM registrations |> WHERE district = @d "
            "|> AGGREGATE COUNT(*) AS n GROUP BY district;\n\\param d\n\\layout from t|>limit 1\n"
            "\\describe sectors\n\\explain SELECT 1\nexit\nSELECT 9;\n")
    done = world.run("shell", "--data", world.demo_data, "--format", "csv", input=text).expect(0)
    has(done.err, "d=607")
    has(done.out, "रामगढ़,42478", "FROM t\n|> LIMIT 1\n", "aliases,STRING", "one row")
    yes("9" not in done.out.split("one row")[1], "what comes behind exit is not answered")


def test_pipe_options(world):
    """The shell takes the tables, borders and formats of `panji query`, and offers no other"""
    own = world.path("own.csv")
    with open(own, "w", encoding="utf-8") as f:
        f.write("name,n\na,1\nb,2\n")
    shell = ["shell", "--data", world.demo_data, "--format", "csv"]
    text = f"FROM own |> AGGREGATE SUM(n) AS n;\n{ONE};\n\\describe own\n"
    done = world.run(*shell, "--table", f"own={own}", "--borders", "2021-11-01",
                     input=text).expect(0)
    has(done.out, "n\n3\nn\n308478\n", "name,STRING")
    world.run(*shell, "--table", "own=nowhere.csv", input="SELECT 1").expect(1)
    world.run(*shell, "--table", "own=-", input="SELECT 1").expect(2)
    has(world.run(*shell, "--borders", "someday", input=ONE).expect(1).err, "borders")
    yes("xlsx" not in world.run("shell", "--help").expect(0).out, "only formats that it prints")
    world.run("shell", "--format", "xlsx", input="").expect(2)


def test_terminal(world):
    """On a terminal: prompts, several lines, completion, history, Ctrl-C drops a line"""
    history = world.path("history")
    env = {"PANJI_HISTORY": history}
    with terminal(world, "--data", world.demo_data, env=env) as t:
        modes = termios.tcgetattr(t.master)[3]
        eq(modes & (termios.ICANON | termios.ISIG), 0, "with the prompt the keys are the shell's")
        t.type("FROM registr\t")
        t.until("ations ")
        t.type("|> AGGR\t")
        t.until("EGATE ")
        t.ask("COUNT(*) AS n", "...> ")
        has(t.ask(";", "panji> "), "3,08,478", "ms)")
        t.type("SELECT 'half a")
        t.type("\x03")
        t.until("^C")
        t.until("panji> ")
        has(t.ask("SELECT 41 + 1 AS whole;", "panji> "), "42")
        has(t.ask("SELECT nothing;", "panji> "), "Unrecognized name: nothing", "^^^^^^^")
        t.type("FROM registrations |> WHERE block = 'Gol\t")
        t.until("a")
        t.type("\t")
        t.until("Gola panchayat 2")  # several go on from here: they are listed
        t.type("\x03")
        t.until("^C")
        t.until("panji> ")
        t.type("\x1b[A\x1b[A\r")  # the one before the last
        has(t.until("panji> "), "42")
        t.type("\\q\r")
        eq(t.ended(), 0, "exit code")
    eq(stat.S_IMODE(os.stat(history).st_mode), 0o600, "mode of the history")
    with terminal(world, "--data", world.demo_data, env=env) as t:
        t.type("\x1b[A\x1b[A\x1b[A\r")  # of the last time
        t.until("panji> ")
        t.type("\x04")
        eq(t.ended(), 0, "exit code at the end of input")


def test_terminal_tables_of_planners(world):
    """On a terminal: Tab completes uploaded tables, those that come later too, and their columns"""
    data = world.demo_copy()
    with Server(world, data) as s:
        csv = {"Content-Type": "text/csv"}
        s.request("PUT", "/v1/tables/foundries", "block,furnaces\nGola,3\n", csv).expect(201)
        with terminal(world, "--server", s.url, env={"PANJI_HISTORY": ""}) as t:
            t.type("FROM found\t")
            t.until("ries ")
            t.type("|> WHERE furn\t")
            t.until("aces ")
            has(t.ask("= 3;", "panji> "), "Gola")
            s.request("PUT", "/v1/tables/officers", "block,telephone\nGola,1\n", csv).expect(201)
            time.sleep(5.1)
            t.type("FROM offic\t")
            t.until("ers ")
            has(t.ask("|> SELECT block;", "panji> "), "Gola")


FUNCTIONS = """plugin { name = "own", version = "1.0.0", api = 1 }
fn "per_lakh_of" { args = { "n", "of:INT64" }, returns = "FLOAT64", expr = "100000.0 * n / `of`" }
fn "codes_from" { args = { "code:INT64" }, returns = "TABLE",
  query = [[ FROM input |> WHERE code >= @code ]] }
"""


def test_terminal_functions_of_plugins(world):
    """On a terminal: Tab completes the functions that plugins define"""
    plugins = world.plugins_copy()
    with open(os.path.join(plugins, "own.lua"), "w", encoding="utf-8") as f:
        f.write(FUNCTIONS)
    with Server(world, world.demo_copy(), plugins=plugins) as s:
        with terminal(world, "--server", s.url, env={"PANJI_HISTORY": ""}) as t:
            t.type("SELECT per_la\t")
            t.until("kh_of")
            has(t.ask("(3, 1000) AS a;", "panji> "), "300")
            t.type("FROM places |> CALL codes_f\t")
            t.until("rom")
            has(t.ask("(900124) |> SELECT code;", "panji> "), "900124")


def test_terminal_cancel(world):
    """Ctrl-C gives up the query that runs, and not the shell"""
    with terminal(world, "--data", world.demo_data, env={"PANJI_HISTORY": ""}) as t:
        t.type(SLOW + "\r")
        t.until("\n")
        time.sleep(0.5 * world.slow)
        start = time.monotonic()
        t.type("\x03")
        has(t.until("panji> "), "cancelled")
        yes(time.monotonic() - start < 5 * world.slow, "it took long to give up")
        has(t.ask("SELECT 6 * 7 AS answer;", "panji> "), "42")


def test_client_gone(world):
    """Queries whose clients have gone are given up: their workers answer others"""
    server = world.demo
    gone = [server.connect() for _ in range(max(2, os.cpu_count()))]
    for connection in gone:
        connection.request("POST", "/v1/query", SLOW.encode(), {"Content-Type": "text/plain"})
    time.sleep(0.5)
    for connection in gone:
        connection.close()
    start = time.monotonic()
    server.query("SELECT 1 AS a").expect(200)
    yes(time.monotonic() - start < 25, "the workers were busy until their time was out")


def test_explain_analyze(world):
    """EXPLAIN ANALYZE tells rows and times, and its answer is never kept"""
    text = f"EXPLAIN ANALYZE {ONE} GROUP BY block"
    answer = world.demo.query(text).expect(200)
    row = answer.rows()[0]
    yes(row["step"] == "cube" and row["rows"] > 0 and row["ms"] > 0, f"the first row is {row}")
    yes("ETag" not in answer.headers, "it has an ETag")
    eq(answer.headers.get("Cache-Control"), "no-store", "Cache-Control")
    has(world.demo.query(text).expect(200).headers.get("Server-Timing"), "run;")


def test_format_query(world):
    """query --format-query lays a query out; from a file and from standard input, too"""
    want = "FROM t\n|> WHERE a = 1 -- why\n|> LIMIT 3\n"
    text = "from t|>where a=1 -- why\n|> limit 3"
    eq(world.run("query", "--format-query", text).expect(0).out, want, "the layout")
    eq(world.run("query", "--format-query", "--file", world.file("q.sql", text)).expect(0).out,
       want, "of a file")
    eq(world.run("query", "--format-query", "--file", "-", input=want).expect(0).out, want,
       "of standard input, laid out already")
    done = world.run("query", "--format-query", "from t;\nfrom u |> wher x").expect(1)
    has(done.err, "line 2, column 11", "WHERE")
    world.run("query").expect(2)
    world.run("query", "SELECT 1", "--file", "x").expect(2)


def test_query_file(world):
    """query --file runs the query of a file"""
    done = world.run("query", "--file", world.file("one.sql", ONE + "\n"), "--data",
                     world.demo_data, "--format", "csv").expect(0)
    eq(done.out, "n\n308478\n", "the answer")
    world.run("query", "--file", world.path("none.sql"), "--data", world.demo_data).expect(3)
