# SPDX-License-Identifier: MIT
"""ClickHouse as Debian has it (18.16): one node, or two shards with a cluster of both, each a
process of its own without privileges, on loopback, in a temporary folder, on ports that nobody
takes in between."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import Failure, Skip, free_port

CLUSTER = "two"
DATABASE = "panji"
START_SECONDS = 60
USERS = """<yandex>
  <profiles><default><max_memory_usage>{memory}</max_memory_usage></default>
            <reader><readonly>2</readonly></reader></profiles>
  <users>
    <default><password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile><quota>default</quota></default>
    <office><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile><quota>default</quota></office>
    <reader><password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>reader</profile><quota>default</quota></reader>
  </users>
  <quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors>
    <result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time>
  </interval></default></quotas>
</yandex>
"""
CONFIG = """<yandex>
  <logger><level>error</level><log>{path}/log</log><errorlog>{path}/errors</errorlog></logger>
  <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port>
  <interserver_http_port>{inter}</interserver_http_port>
  <interserver_http_host>127.0.0.1</interserver_http_host>
  <listen_host>127.0.0.1</listen_host>
  <max_concurrent_queries>50</max_concurrent_queries>
  <mark_cache_size>67108864</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size>
  <path>{path}/data/</path><tmp_path>{path}/tmp/</tmp_path>
  <users_config>{path}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <remote_servers><{cluster}>{shards}</{cluster}></remote_servers>
  <timezone>Asia/Kolkata</timezone>
</yandex>
"""
SHARD = "<shard><replica><host>127.0.0.1</host><port>{tcp}</port></replica></shard>"


def program():
    """The server's; a Skip where this system has none."""
    for path in ("/usr/sbin/clickhouse-server", shutil.which("clickhouse-server")):
        if path and os.access(path, os.X_OK):
            return path
    raise Skip("clickhouse-server cannot be had here: scripts/setup installs it on Debian 12")


class Node:
    """One server. `kill` and `start` may take turns: what it stored stays."""

    password = "se'cret \\ पंजी"

    def __init__(self):
        self.program = program()
        self.path = tempfile.mkdtemp(prefix="panji-clickhouse-")
        self.http, self.tcp, self.inter = free_port(), free_port(), free_port()
        self.process = None
        self.memory = 4 << 30

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http}"

    def write(self, name, text):
        with open(os.path.join(self.path, name), "w", encoding="utf-8") as f:
            f.write(text)

    def configure(self, nodes):
        shards = "".join(SHARD.format(tcp=node.tcp) for node in nodes)
        self.write("config.xml", CONFIG.format(path=self.path, http=self.http, tcp=self.tcp,
                                               inter=self.inter, cluster=CLUSTER, shards=shards))
        self.write("users.xml", USERS.format(memory=self.memory, password=self.password))
        for name in ("data", "tmp"):
            os.makedirs(os.path.join(self.path, name), exist_ok=True)

    def unprivileged(self):
        """As root, the process becomes nobody, who is given the folder."""
        if os.getuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        for folder, folders, files in os.walk(self.path):
            for name in [".", *folders, *files]:
                os.chown(os.path.join(folder, name), nobody.pw_uid, nobody.pw_gid)
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def spawn(self):
        self.process = subprocess.Popen(
            [self.program, f"--config-file={self.path}/config.xml"], cwd=self.path,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **self.unprivileged())

    def wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"clickhouse-server ended with {self.process.returncode}: "
                              f"{self.errors()}")
            with contextlib.suppress(urllib.error.URLError, OSError):
                if self.ask("SELECT 1") == "1\n":
                    return self
            time.sleep(0.05)
        raise Failure(f"clickhouse-server was not ready in time: {self.errors()}")

    def start(self):
        self.spawn()
        return self.wait()

    def errors(self):
        with contextlib.suppress(OSError), \
                open(os.path.join(self.path, "errors"), encoding="utf-8") as f:
            return f.read()[-2000:]
        return ""

    def ask(self, sql, **settings):
        url = f"{self.url}/?{urllib.parse.urlencode(settings)}"
        with urllib.request.urlopen(url, sql.encode(), timeout=60) as answer:
            return answer.read().decode()

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        self.kill()
        shutil.rmtree(self.path, ignore_errors=True)


@contextlib.contextmanager
def nodes(n):
    """So many nodes, started, all shards of the cluster CLUSTER."""
    made = []
    try:
        made += [Node() for _ in range(n)]
        for node in made:
            node.configure(made)
            node.spawn()
        for node in made:
            node.wait()
            node.ask(f"CREATE DATABASE {DATABASE}")
        yield made
    finally:
        for node in made:
            node.close()


@contextlib.contextmanager
def node():
    with nodes(1) as (one,):
        yield one
