# SPDX-License-Identifier: MIT
"""Encrypted connections: by Panji itself, and by nginx in front of it."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

from harness import ROOT, Skip, eq, free_port, has, yes

ROW = "date,district,block,sector,count\n2021-11-20,607,Gola,Agriculture,5\n"


def certificate(world, name, folder=None):
    """A certificate of its own for `localhost`; the files of it and of its key."""
    folder = folder or world.path("tls")
    os.makedirs(folder, exist_ok=True)
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    for path in (cert, key):
        with contextlib.suppress(OSError):
            os.unlink(path)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key + ".new", "-out",
                    cert + ".new"], check=True, capture_output=True)
    os.rename(key + ".new", key)
    os.rename(cert + ".new", cert)
    return cert, key


class Sealed:
    """Asks a server over TLS."""

    def __init__(self, port, cert, slow):
        self.port, self.cert, self.slow = port, cert, slow

    def context(self):
        return ssl.create_default_context(cafile=self.cert)

    def ask(self, path, method="GET", body=None, headers=None, context=None):
        c = http.client.HTTPSConnection("localhost", self.port, timeout=60 * self.slow,
                                        context=context or self.context())
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, dict(r.headers), r.read()
        finally:
            c.close()


def sealed_server(world):
    cert, key = certificate(world, "first")
    config = world.file("panji.lua", f'tls = {{ cert = "{cert}", key = "{key}" }}\n')
    server = world.small(args=["--config", config])
    return server, Sealed(server.port, cert, world.slow)


def start(server, client):
    """As Server.start, which asks without TLS."""
    server.spawn()
    end = time.monotonic() + 30 * server.world.slow
    while time.monotonic() < end:
        yes(server.process.poll() is None, server.log())
        with contextlib.suppress(OSError):
            if client.ask("/readyz")[0] == 200:
                return
        time.sleep(0.05)
    yes(False, f"not ready in time: {server.log()}")


def test_panji_encrypts(world):
    """reports, imports, events and a large answer over TLS; nothing without it, nothing old"""
    server, client = sealed_server(world)
    start(server, client)
    try:
        status, headers, body = client.ask("/v1/registrations?source=x", "POST", ROW,
                                           {"Content-Type": "text/csv"})
        eq(status, 201, body)
        status, headers, body = client.ask("/v1/query.csv?q=FROM+registrations+|%3E+AGGREGATE+"
                                           "COUNT(*)+AS+n")
        eq((status, body), (200, b"n\n5\n"), "answer")
        yes("Strict-Transport-Security" not in headers, "a browser is not bound by itself")
        large = ("FROM+places+AS+a+|%3E+CROSS+JOIN+places+AS+b+|%3E+CROSS+JOIN+places+AS+c")
        status, _, body = client.ask("/v1/query.ndjson?q=" + large)
        eq((status, body.count(b"\n")), (200, 19 ** 3), "a large answer")
        yes(not server.raw(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP"),
            "nothing without TLS")
        old = client.context()
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
        eq(client.ask("/healthz", context=old)[0], 200, "TLS 1.2")
        older = ssl.create_default_context(cafile=client.cert)
        older.set_ciphers("DEFAULT@SECLEVEL=0")
        older.minimum_version = older.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            client.ask("/healthz", context=older)
            yes(False, "TLS 1.1 is spoken")
        except OSError:
            pass
        with socket.create_connection(("127.0.0.1", server.port), timeout=20 * world.slow) as c:
            with client.context().wrap_socket(c, server_hostname="localhost") as s:
                s.sendall(b"GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
                got = b""
                while b"event: snapshot" not in got:
                    piece = s.recv(4096)
                    yes(piece, f"events over TLS: {got!r}")
                    got += piece
    finally:
        eq(server.stop(), 0, "exit code")


def test_the_command_line_over_tls(world):
    """--ca names whom to trust; commands on the directory find the server by themselves"""
    server, client = sealed_server(world)
    start(server, client)
    try:
        query = "FROM places |> AGGREGATE COUNT(*) AS n"
        url = f"https://localhost:{server.port}"
        done = world.run("query", query, "--server", url, "--ca", client.cert, "--format", "csv")
        eq(done.expect(0).out, "n\n19\n", "answer")
        done = world.run("query", query, "--server", url, "--format", "csv",
                         env={"PANJI_CA": client.cert})
        eq(done.expect(0).out, "n\n19\n", "answer")
        refused = world.run("query", query, "--server", url)
        has(refused.expect(3).err, "certificate")
        world.run("import", world.file("a.csv", ROW), "--data", server.data).expect(0)
        eq(world.run("query", query, "--data", server.data, "--format", "csv").expect(0).out,
           "n\n19\n", "answer")
    finally:
        eq(server.stop(), 0, "exit code")


def shown(server):
    """The subject of the certificate that is shown."""
    with socket.create_connection(("127.0.0.1", server.port)) as c:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(c) as s:
            der = s.getpeercert(binary_form=True)
    return b"first" if b"first" in der else b"second" if b"second" in der else der


def test_a_certificate_is_renewed(world):
    """a new certificate is shown when its files change, and on SIGHUP; a broken one is not"""
    server, client = sealed_server(world)
    start(server, client)
    try:
        kept = http.client.HTTPSConnection("localhost", server.port, context=client.context())
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        eq(shown(server), b"first", "at first")
        certificate(world, "second", os.path.dirname(client.cert))
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 60 * world.slow
        while shown(server) != b"second":
            yes(time.monotonic() < end, server.log())
            time.sleep(0.1)
        kept.request("GET", "/healthz")  # what was open goes on
        eq(kept.getresponse().status, 200, "a connection from before")
        kept.close()
        with open(client.cert, "w", encoding="utf-8") as f:
            f.write("nonsense")
        while "the certificate that is shown stays" not in server.log():
            yes(time.monotonic() < end, server.log())
            time.sleep(0.1)
        eq(shown(server), b"second", "after nonsense")
        certificate(world, "first", os.path.dirname(client.cert))  # without any signal
        while shown(server) != b"first":
            yes(time.monotonic() < end, server.log())
            time.sleep(0.1)
    finally:
        eq(server.stop(), 0, "exit code")


def test_a_key_of_another_certificate(world):
    """a key that does not belong to the certificate is refused at the start"""
    cert, _ = certificate(world, "first")
    _, key = certificate(world, "second")
    config = world.file("panji.lua", f'tls = {{ cert = "{cert}", key = "{key}" }}\n')
    done = world.run("serve", "--config", config, "--data", world.small_copy(), "--listen",
                     "127.0.0.1:0")
    has(done.expect(1).err, "is not that of the first certificate")


# ---- nginx ----


def nginx_config(world, listen, port, cert, key):
    """scripts/nginx.conf with ports and files of the test, inside what nginx needs around it."""
    with open(os.path.join(ROOT, "scripts", "nginx.conf"), encoding="utf-8") as f:
        text = f.read()
    for old, new in (("127.0.0.1:8090", f"127.0.0.1:{port}"), ("listen 443", f"listen {listen}"),
                     ("/etc/ssl/panji/cert.pem", cert), ("/etc/ssl/panji/key.pem", key)):
        yes(old in text, f"the sample has {old}")
        text = text.replace(old, new)
    tmp = world.path("nginx")
    os.makedirs(tmp)
    paths = "".join(f"{kind}_temp_path {tmp}/{kind};\n" for kind in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return tmp, world.file("nginx.conf", f"daemon off;\nerror_log {tmp}/error.log;\n"
                           f"pid {tmp}/pid;\nevents {{}}\n"
                           f"http {{\naccess_log off;\n{paths}{text}}}\n")


def test_nginx_in_front(world):
    """the sample for nginx: answers, a large import, events at once, clients told apart"""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(nginx):
        raise Skip("there is no nginx: scripts/setup installs it")
    cert, key = certificate(world, "proxy")
    config = world.file("panji.lua", 'trusted_proxies = { "127.0.0.1" }\n'
                        'guard = { connections_per_client = 2 }\n')
    with world.small(args=["--config", config]) as s:
        listen = free_port()
        tmp, path = nginx_config(world, listen, s.port, cert, key)
        proxy = subprocess.Popen([nginx, "-c", path, "-p", tmp], stderr=subprocess.DEVNULL)
        client = Sealed(listen, cert, world.slow)
        try:
            end = time.monotonic() + 30 * world.slow
            while True:
                with contextlib.suppress(OSError):
                    if client.ask("/readyz")[0] == 200:
                        break
                yes(time.monotonic() < end and proxy.poll() is None, "nginx does not start")
                time.sleep(0.05)
            events = http.client.HTTPSConnection("localhost", listen, timeout=60 * world.slow,
                                                 context=client.context())
            events.request("GET", "/v1/events")
            stream = events.getresponse()
            while not stream.readline().startswith(b"event: snapshot"):
                pass
            rows = ROW + "2021-11-20,607,Gola,Agriculture,1\n" * 100000
            status, _, body = client.ask("/v1/registrations?source=x", "POST", rows,
                                         {"Content-Type": "text/csv"})
            eq((status, json.loads(body)["registrations"]), (201, 100005), body)
            while True:  # told while the stream goes on, so not kept back
                line = stream.readline()
                yes(line, "the stream ended")
                if b'"registrations":100005' in line:
                    break
            events.close()
            many = [client.ask("/healthz")[0] for _ in range(5)]
            eq(many, [200] * 5, "the proxy may have more connections than one client")
            status, headers, _ = client.ask("/v1/places", headers={"Accept-Encoding": "gzip"})
            eq(status, 200, "answer")
            status, again, _ = client.ask("/v1/places", headers={
                "Accept-Encoding": "gzip", "If-None-Match": headers["ETag"]})
            eq(status, 304, "tags get through")
        finally:
            proxy.terminate()
            proxy.wait()
