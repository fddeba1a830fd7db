# SPDX-License-Identifier: MIT
"""A server as a service: installed, started, watched, stopped, and what it leaves when it dies."""

import contextlib
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from harness import ROOT, Failure, Server, eq, has, yes


def wait_until(world, what, true):
    until = time.monotonic() + 30 * world.slow
    while not true():
        if time.monotonic() > until:
            raise Failure(f"{what}: not in time")
        time.sleep(0.02)


# ------------------------------------------------------------------------------------- signals


def test_second_signal_ends_at_once(world):
    """the first SIGTERM waits for who is still served, the second does not: exit code 3"""
    s = world.small().start()
    with socket.create_connection(("127.0.0.1", s.port)) as slow:
        slow.sendall(b"POST /v1/registrations?source=x HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 100000\r\n\r\ndate,district\n")
        s.get("/healthz").expect(200)  # the server has read what came before it
        s.process.send_signal(signal.SIGTERM)
        wait_until(world, "the stop", lambda: "stopping" in s.log())
        yes(s.process.poll() is None, "it waits for the upload")
        s.process.send_signal(signal.SIGTERM)
        eq(s.process.wait(timeout=30 * world.slow), 3, "exit code")
    has(s.log(), "second time", what="the log")
    with Server(world, s.data) as again:
        eq(again.count(), 0, "nothing of the upload")


def test_service_manager_is_told(world):
    """systemd hears READY, WATCHDOG, STATUS of a reload and STOPPING (sd_notify)"""
    path = os.path.join("/tmp", f"panji-{os.getpid()}-{time.monotonic_ns()}")
    heard = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, contextlib.ExitStack() as st:
        manager.bind(path)
        st.callback(os.unlink, path)
        manager.settimeout(30 * world.slow)

        def hear(part):
            while not heard or part not in heard[-1]:
                heard.append(manager.recv(4096).decode())
        s = world.small()
        env, s.world.env = s.world.env, {**world.env, "NOTIFY_SOCKET": path,
                                         "WATCHDOG_USEC": "200000"}
        try:
            s.start()
        finally:
            s.world.env = env
        hear("READY=1")
        hear("WATCHDOG=1")
        s.process.send_signal(signal.SIGHUP)
        hear("STATUS=reading")
        hear("STATUS=serving")
        s.process.send_signal(signal.SIGTERM)
        hear("STOPPING=1")
        eq(s.process.wait(timeout=30 * world.slow), 0, "exit code")


def test_crash_leaves_a_report(world):
    """a fault: dead by the signal, a report with the log and no data, told at the next start"""
    with open(world.panji, "rb") as f:
        sanitized = b"__asan_init" in f.read()
    fault = signal.SIGABRT if sanitized else signal.SIGSEGV
    s = world.small().start()
    s.post_batch("date,district,centre\n2021-11-20,607,Sita Devi\n").expect(201)
    s.query("FROM registrations |> WHERE centre = 'Sita Devi' |> AGGREGATE COUNT(*) AS n")
    s.process.send_signal(fault)
    eq(s.process.wait(timeout=30 * world.slow), -fault, "it dies by the signal")
    with open(os.path.join(s.data, "crash.txt"), encoding="utf-8") as f:
        report = f.read()
    has(report, "crashed: " + fault.name, "running", "panji(", "listening on", what="the report")
    has(s.log(), "crashed: " + fault.name, what="standard error")
    yes("Sita" not in report, report)
    with Server(world, s.data) as again:
        eq(again.count(), 1, "what was acknowledged")
        has(again.log(), "the server before this one died", "crash.txt.before", what="the log")
    with Server(world, s.data) as again:
        yes("before this one died" not in again.log(), "told once")


# --------------------------------------------------------------------------------- installation


def run(*args, **options):
    p = subprocess.run(args, capture_output=True, encoding="utf-8", timeout=300, check=False,
                       **options)
    if p.returncode:
        raise Failure(f"{args}: {p.returncode}\n{p.stdout[-2000:]}{p.stderr[-2000:]}")
    return p.stdout


def make(world, target, dest):
    program = os.path.relpath(world.panji, ROOT)
    env = {k: v for k, v in world.env.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    # What is built is installed as it is: the pages, too, whatever their age.
    pages = os.path.join("build", "dashboard", "index.html")
    old = ["-o", pages] if os.path.exists(os.path.join(ROOT, pages)) else []
    return run("make", "--no-print-directory", "-o", program, *old, target, f"DESTDIR={dest}",
               f"BUILD={os.path.dirname(program)}", cwd=ROOT, env=env)


def files(folder):
    return sorted(f for f in glob.glob(folder + "/**", recursive=True) if os.path.isfile(f))


def test_install_and_run_from_there(world):
    """make install: what runs from there has its plugins; make uninstall takes it away"""
    dest = world.path("dest")
    make(world, "install", dest)
    usr = os.path.join(dest, "usr/local")
    elsewhere = world.path("elsewhere")
    os.mkdir(elsewhere)
    port_file = os.path.join(elsewhere, "data", "server.json")
    config = world.file("panji.lua", 'listen = "127.0.0.1:0"\n')
    with open(os.path.join(dest, "etc/panji/panji.lua"), encoding="utf-8") as f:
        has(f.read(), 'listen = "127.0.0.1:8090"')
    run(os.path.join(usr, "bin/panji"), "serve", "--check-config", "--config",
        os.path.join(dest, "etc/panji/panji.lua"), cwd=elsewhere, env=world.env)
    with subprocess.Popen([os.path.join(usr, "bin/panji"), "serve", "--config", config, "--data",
                           "data"], cwd=elsewhere, env=world.env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        try:
            wait_until(world, "the server", lambda: os.path.exists(port_file))
            told = run("curl", "-sf", json_of(port_file)["url"] + "/v1/plugins")
            has(told, '"name":"drive"', os.path.join(dest, "usr/local"), "/share/panji/plugins")
        finally:
            p.terminate()
            eq(p.wait(timeout=30 * world.slow), 0, "exit code")
    check_unit(world, usr)
    check_page(usr)
    check_completion(usr)
    make(world, "uninstall", dest)
    eq(files(dest), [os.path.join(dest, "etc/panji/panji.lua")], "what stays")


def json_of(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def check_unit(world, usr):
    """systemd has nothing to say about the unit, and finds it well enclosed."""
    if shutil.which("systemd-analyze") is None:
        raise Failure("systemd-analyze is not installed: scripts/setup")
    with open(os.path.join(usr, "lib/systemd/system/panji.service"), encoding="utf-8") as f:
        text = f.read()
    yes("@" not in re.sub(r"^#.*|@system-service|@privileged", "", text, flags=re.M),
        "nothing is left to be replaced")
    has(text, "ExecStart=/usr/local/bin/panji serve --config /etc/panji/panji.lua")
    folder = world.path("unit")
    os.mkdir(folder)
    unit = os.path.join(folder, "panji.service")
    with open(unit, "w", encoding="utf-8") as f:
        f.write(text.replace("/usr/local/bin/panji", os.path.join(usr, "bin/panji")))
    p = subprocess.run(["systemd-analyze", "--man=no", "verify", unit], capture_output=True,
                       encoding="utf-8", timeout=60, check=False)
    mine = [line for line in p.stderr.splitlines() if "panji" in line]
    eq(mine, [], "what systemd-analyze verify says of it")
    told = run("systemd-analyze", "security", "--offline=yes", "--threshold=20", unit)
    has(told, "Overall exposure level")


def check_page(usr):
    page = os.path.join(usr, "share/man/man1/panji.1")
    if shutil.which("mandoc") is None:
        raise Failure("mandoc is not installed: scripts/setup")
    eq(run("mandoc", "-T", "lint", "-W", "warning", page), "", "what mandoc says of the page")
    text = run("mandoc", "-T", "ascii", page)
    text = re.sub(r".\x08", "", text)
    has(text, "--check-config", "EXIT STATUS", "panji import day.csv", what="the page")


def check_completion(usr):
    script = os.path.join(usr, "share/bash-completion/completions/panji")
    ask = ('source "$1"; COMP_WORDS=(panji "${@:2}"); COMP_CWORD=$(($# - 1)); _panji; '
           'echo "${COMPREPLY[@]}"')

    def complete(*words):
        return run("bash", "-c", ask, "bash", script, *words).split()
    eq(complete("imp"), ["import"], "a command")
    eq(complete("import", "--on-e"), ["--on-error"], "an option")
    eq(complete("import", "--on-error", ""), ["reject", "skip"], "its values")
