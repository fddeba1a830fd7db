# SPDX-License-Identifier: MIT
"""Those whom alerts are told to: a web hook that can fail in several ways, a mail server, and the
real Alertmanager."""

import asyncio
import contextlib
import email
import email.policy
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

try:
    from aiosmtpd.controller import Controller
except ModuleNotFoundError:  # a Python beside the system's does not see the system's packages
    sys.path.append("/usr/lib/python3/dist-packages")
    from aiosmtpd.controller import Controller

from harness import Failure, free_port, wait_for


class Hook:
    """A web hook. `ways` are what becomes of the next requests: 200, 500, "hang", "close"; when
    they are used up, 200. It remembers what it took in with a 200."""

    def __init__(self):
        self.taken, self.seen, self.ways = [], [], []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                way = hook.ways.pop(0) if hook.ways else 200
                hook.seen.append((self.headers["X-Panji-Id"], body))
                if way == "hang":
                    time.sleep(30)
                if way in ("hang", "close"):
                    self.connection.close()
                    return
                if way == 200:
                    hook.taken.append((self.headers["X-Panji-Id"],
                                       self.headers["X-Panji-Signature"], body))
                with contextlib.suppress(OSError):
                    self.send_response(way)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def alerts(self):
        """What was told, in order: (status, alertname, block)."""
        return [(a["status"], a["labels"]["alertname"], a["labels"].get("block"))
                for _, _, body in self.taken for a in json.loads(body)["alerts"]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mail:
    """A mail server (aiosmtpd). `refuse` are answers to the next messages."""

    def __init__(self, tls=None):
        self.taken, self.refuse, self.tls = [], [], tls
        mail = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                if mail.refuse:
                    return mail.refuse.pop(0)
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                mail.taken.append((envelope.rcpt_tos, message))
                return "250 taken"

        self.controller = Controller(Handler(), hostname="127.0.0.1", port=free_port(),
                                     loop=asyncio.new_event_loop(), ssl_context=tls)
        self.controller.start()

    @property
    def url(self):
        return f"smtp{'s' if self.tls else ''}://127.0.0.1:{self.controller.port}"

    def close(self):
        self.controller.stop()


class Alertmanager:
    """The real one, with the configuration that stands in the documentation."""

    def __init__(self, world, config):
        self.world, self.config, self.port, self.process = world, config, free_port(), None
        self.storage = world.path("alertmanager")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        program = shutil.which("prometheus-alertmanager")
        if program is None:
            raise Failure("prometheus-alertmanager is not installed: scripts/setup")
        with open(os.devnull, "wb") as null:
            self.process = subprocess.Popen(
                [program, f"--config.file={self.config}", f"--storage.path={self.storage}",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
                stdout=null, stderr=null)
        wait_for("Alertmanager", self.is_ready, 30)
        return self

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as r:
            return r.read()

    def is_ready(self):
        with contextlib.suppress(urllib.error.URLError, OSError):
            self.get("/-/ready")
            return True
        return False

    def alerts(self):
        """By alertname and block: the alert, as its API tells it."""
        return {(a["labels"]["alertname"], a["labels"].get("block")): a
                for a in json.loads(self.get("/api/v2/alerts"))}

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None
