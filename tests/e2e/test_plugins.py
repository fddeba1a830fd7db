# SPDX-License-Identifier: MIT
"""Plugins: a broken one harms nobody, a changed one is picked up, a hostile one is held."""

import json
import os
import re
import shutil
import subprocess
import threading
import time

from harness import PLUGINS, Failure, Server, eq, has, yes

GOOD = """plugin { name = "mine", version = "1.0.0", api = 1, title = { en = "Mine" } }
report "by_block" {
  title = { en = "Before" },
  params = { { "district", type = "place", level = "district", required = true } },
  query = [[ FROM registrations |> WHERE district = @district
             |> AGGREGATE COUNT(*) AS done GROUP BY block |> ORDER BY done DESC ]],
  columns = { { "block" }, { "done", type = "integer", title = { en = "Registered" } } },
}
"""


def write(directory, name, text):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
        f.write(text)


def mine(world, text):
    """A plugin that stands alone; gives its path."""
    directory = world.path("plugin")
    os.mkdir(directory)
    write(directory, "mine.lua", text)
    return os.path.join(directory, "mine.lua")


def listed(server, name):
    plugins = server.get("/v1/plugins").expect(200).json()["plugins"]
    found = [p for p in plugins if p["name"] == name]
    eq(len(found), 1, f"plugins named {name} in {plugins}")
    return found[0]


def test_typo(world):
    """a plugin with a typo: the server starts, the plugin is broken with file, line and excerpt"""
    plugins = world.plugins_copy()
    write(plugins, "mine.lua", GOOD.replace('title = { en = "Before" }', 'tilte = "Before"'))
    with world.small(plugins=plugins) as s:
        p = listed(s, "mine")
        eq(p["status"], "broken", "status")
        has(str(p), "mine.lua", "3", "tilte", "title")
        eq(listed(s, "drive")["status"], "ok", "the other plugin")
        s.get("/v1/reports/drive/sector_summary.json?district=607").expect(200)
        eq(s.get("/v1/reports/mine/by_block.json?district=607").status, 404, "its report")


def test_check(world):
    """plugin check: exit code 0 for a good one; 1 with every error, caret and suggestion"""
    world.run("plugin", "check", mine(world, GOOD)).expect(0)
    bad = mine(world, GOOD.replace("WHERE district", "WHERE distirct")
               .replace("type = \"integer\"", "type = \"intger\""))
    done = world.run("plugin", "check", bad).expect(1)
    has(done.err + done.out, "distirct", "district", "^", "intger", "integer", "mine.lua")


TEN_MISTAKES = """plugin { name = "mine", version = "1.0.0", api = 1, titel = { en = "Mine" } }
report "one" {
  title = { en = "One" },
  params = { { "district", type = "plce", level = "district" },
             { "as_on", type = "date", defualt = "latest" } },
  query = [[ FROM registratoins |> AGGREGATE COUNT(*) AS done GROUP BY block ]],
}
report "two" {
  title = { en = "Two" },
  params = { { "district", type = "place", level = "distric" } },
  query = [[ FROM registrations |> WHERE distirct = @district
             |> AGGREGATE COUNT(*) AS done GROUP BY block ]],
  columns = { { "block" }, { "done", type = "intger" } },
}
report "three" {
  title = { en = "Three" },
  query = [[ FROM registrations |> WHERE sector = 'Agricultur'
             |> AGGREGATE COUNT(*) AS done GROUP BY block ]],
}
report "four" {
  title = { en = "Four" },
  query = [[ FROM registrations |> AGGREGATE CUONT(*) AS done GROUP BY block ]],
}
repotr "five" { title = { en = "Five" } }
"""


def test_ten_mistakes(world):
    """a file with ten mistakes: each is told with its line, a caret and what was meant"""
    done = world.run("plugin", "check", mine(world, TEN_MISTAKES)).expect(1)
    wanted = [(1, "titel", "title"), (4, "plce", "place"), (5, "defualt", "default"),
              (6, "registratoins", "registrations"), (10, "distric", "district"),
              (11, "distirct", "district"), (13, "intger", "integer"),
              (17, "Agricultur", "Agriculture"), (22, "CUONT", "COUNT"),
              (24, "repotr", "report")]
    messages = re.split(r"(?m)^(?=\S*mine\.lua:)", done.err)[1:]
    for line, wrong, meant in wanted:
        found = [m for m in messages if f"mine.lua:{line}:" in m and wrong in m]
        yes(found, f"line {line}, {wrong}: {done.err}")
        yes(f'"{meant}"' in found[0] and "^" in found[0], f"what was meant: {found[0]}")


def test_syntax_error(world):
    """a Lua syntax error is told with its line"""
    bad = mine(world, GOOD + "report \"x\" {\n")
    has(world.run("plugin", "check", bad).expect(1).err, "mine.lua:10")


def test_shipped_plugins(world):
    """the plugins that come with it are good"""
    for name in sorted(os.listdir(PLUGINS)):
        path = os.path.join(PLUGINS, name)
        if os.path.exists(os.path.join(path, "plugin.lua")) or name.endswith(".lua"):
            world.run("plugin", "check", path).expect(0)


def test_reload(world):
    """a changed file is picked up by a reload; a broken change keeps the last good version"""
    plugins = world.plugins_copy()
    write(plugins, "mine.lua", GOOD)
    with world.small(plugins=plugins) as s:
        def titled(text):
            return text in s.get("/v1/reports").expect(200).text
        yes(titled("Before"), "the title before")
        write(plugins, "mine.lua", GOOD.replace("Before", "After"))
        s.request("POST", "/v1/plugins/reload").expect(200)
        yes(titled("After") and not titled("Before"), "the title after")
        write(plugins, "mine.lua", "this is no Lua")
        s.request("POST", "/v1/plugins/reload")
        p = listed(s, "mine")
        eq(p["status"], "stale", "status")
        has(str(p), "mine.lua")
        s.get("/v1/reports/mine/by_block.json?district=607").expect(200)
        os.remove(os.path.join(plugins, "mine.lua"))
        s.request("POST", "/v1/plugins/reload").expect(200)
        s.get("/v1/reports/mine/by_block.json?district=607").expect(404)


def test_files_are_followed(world):
    """a file that changes, and a folder that comes, are loaded without anybody asking for it"""
    plugins = world.plugins_copy()
    write(plugins, "mine.lua", GOOD)
    with world.small(plugins=plugins) as s:
        def comes(text):
            end = time.monotonic() + 30 * world.slow
            while text not in s.get("/v1/reports").expect(200).text:
                yes(time.monotonic() < end, f"{text} does not come")
                time.sleep(0.1)
        write(plugins, "mine.lua", GOOD.replace("Before", "After"))
        comes("After")
        folder = os.path.join(plugins, "late")
        os.mkdir(folder)
        write(folder, "plugin.lua", GOOD.replace("mine", "late").replace("Before", "Later"))
        comes("Later")
        write(folder, "plugin.lua", GOOD.replace("mine", "late").replace("Before", "Latest"))
        comes("Latest")


def test_broken_folder(world):
    """a folder whose plugin.lua cannot be read goes on serving as it was, its targets, too"""
    plugins = world.plugins_copy()
    path = os.path.join(plugins, "drive", "plugin.lua")
    with open(path, encoding="utf-8") as f:
        good = f.read()
    review = "/v1/reports/drive/block_review.csv?district=607"
    with Server(world, world.demo_copy(), plugins=plugins) as s:
        before = s.get(review).expect(200).body
        for broken in ("x y" + good, good.replace('use "targets"', ""), ""):
            write(os.path.dirname(path), "plugin.lua", broken)
            s.request("POST", "/v1/plugins/reload").expect(200)
            eq(listed(s, "drive")["status"], "stale", "status")
            eq(s.get(review).expect(200).body, before, "the report")
        write(os.path.dirname(path), "plugin.lua", good)
        s.request("POST", "/v1/plugins/reload").expect(200)
        eq(listed(s, "drive")["status"], "ok", "status")


HOSTILE = {
    "os": "os.exit(1)",
    "io": "io.open('/etc/passwd')",
    "load": "load('return 1')()",
    "require": "require('os')",
    "debug": "debug.getregistry()",
    "dofile": "dofile('/etc/passwd')",
    "bytecode": "string.dump(function() end)",
    "collectgarbage": "collectgarbage('stop')",
}
ENDLESS = {
    "a loop": "while true do end",
    "a loop behind pcall": "while true do pcall(function() while true do end end) end",
    "memory": "local t = {} while true do t[#t + 1] = string.rep('x', 1 << 20) end",
    "one huge string": "local s = string.rep('x', 1 << 40)",
    "a slow pattern": "string.find(string.rep('a', 1 << 16), string.rep('a?', 1 << 12) .. 'b')",
    "deep recursion": "local function f() return 1 + f() end f()",
    "a coroutine": "coroutine.wrap(function() while true do end end)()",
}


def test_sandbox(world):
    """os, io, load, require, debug and the like are not there"""
    for name, line in HOSTILE.items():
        done = world.run("plugin", "check", mine(world, GOOD + line + "\n"))
        if done.code != 1 or "mine.lua:9" not in done.err:
            raise Failure(f"{name}: exit code {done.code}: {done.out}{done.err}")


def test_endless(world):
    """endless scripts and memory hogs are stopped, and the server starts without them"""
    plugins = world.plugins_copy()
    for n, (name, line) in enumerate(ENDLESS.items()):
        write(plugins, f"endless{n}.lua", GOOD.replace('"mine"', f'"endless{n}"') + line + "\n")
    start = time.monotonic()
    with world.small(plugins=plugins) as s:
        yes(time.monotonic() - start < 25 * world.slow, "the start took too long")
        for n, name in enumerate(ENDLESS):
            eq(listed(s, f"endless{n}")["status"], "broken", name)
        eq(listed(s, "drive")["status"], "ok", "the other plugin")


GREEDY = GOOD + """report "greedy" { title = { en = "Greedy" }, columns = { { "n" } },
  run = function() local s = "x" while true do s = s .. s end end }
"""


def test_set_aside(world):
    """a script that limits stop three times is set aside and told of; the plugin serves on"""
    plugins = world.plugins_copy()
    write(plugins, "mine.lua", GREEDY)
    with world.small(plugins=plugins) as s:
        def asks():
            return s.get("/v1/reports/mine/greedy.json").status
        yes("set_aside" not in listed(s, "mine"), "nothing is set aside yet")
        eq([asks() for _ in range(4)], [500, 500, 500, 503], "statuses")
        p = s.get("/v1/reports/mine/greedy.json").problem(503)
        has(p["detail"], "mine/greedy", "set aside", "memory")
        has(p["hint"], "reload")
        aside = listed(s, "mine")["set_aside"]
        eq([(a["kind"], a["name"]) for a in aside], [("report", "greedy")], "the list")
        s.get("/v1/reports/mine/by_block.json?district=607").expect(200)
        has(s.get("/metrics").text, "panji_scripts_set_aside 1", "panji_script_stops_total 3")
        s.request("POST", "/v1/plugins/reload").expect(200)
        yes("set_aside" not in listed(s, "mine"), "it has come back")
        eq(asks(), 500, "it is called again")


def test_binary_chunk(world):
    """a compiled chunk is refused"""
    path = mine(world, GOOD)
    with open(path, "wb") as f:
        f.write(b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n" + b"\x00" * 100)
    has(world.run("plugin", "check", path).expect(1).err, "binary")


def test_target_rebuilds_with_places(world):
    """targets follow the places: workers that change share the total anew"""
    data = world.demo_copy()
    with Server(world, data) as s:
        path = "/v1/reports/drive/block_review.json?district=607"
        before = {r["block"]: r["target"] for r in s.get(path).expect(200).rows()}
        change = world.file("facts.csv", "level,code,parent,name,workers\n"
                            "block,3168,607,Gola,52100\n")
        world.run("places", "import", change, "--data", data).expect(0)
        after = {r["block"]: r["target"] for r in s.get(path).expect(200).rows()}
        yes(after["Gola"] > before["Gola"], "Gola's target")
        eq(after["Mandu"], 16000, "Mandu's fixed target")
        eq(sum(n for b, n in after.items() if b), sum(n for b, n in before.items() if b), "sum")


def test_a_plugin_is_begun(world):
    """plugin new makes a small plugin that is good as it stands, and overwrites nothing"""
    path = world.path("mine.lua")
    name = os.path.basename(path).removesuffix(".lua").replace("-", "_")
    path = os.path.join(os.path.dirname(path), f"p{name}.lua")
    world.run("plugin", "new", path).expect(0)
    checked = world.run("plugin", "check", path).expect(0)
    has(checked.out, "0.1.0: good", "1: all came true")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    has(world.run("plugin", "new", path).expect(1).err, "is there already")
    with open(path, encoding="utf-8") as f:
        eq(f.read(), text, "the file")
    has(world.run("plugin", "new", "a b").expect(1).err, "letters, digits and _")
    plugins = os.path.dirname(world.file("x", "")) + "/served"
    os.makedirs(plugins)
    shutil.copy(path, plugins)
    with Server(world, world.demo_copy(), plugins=plugins) as s:
        rows = s.get(f"/v1/reports/p{name}/by_block.csv", district=607).expect(200).table()
        eq(sum(int(r["done"]) for r in rows[:-1]), 42478, "the district")


def test_what_editors_are_told(world):
    """luacheck with our settings finds nothing in the shipped plugin, and finds what is unknown"""
    settings = world.file("luacheckrc", world.run("plugin", "docs", "--format", "luacheck").out)
    drive = os.path.join(PLUGINS, "drive")
    done = subprocess.run(["luacheck", "--no-color", "--config", settings, drive],
                          capture_output=True, text=True)
    eq(done.returncode, 0, done.stdout)
    wrong = world.file("wrong.lua", "reprot 'x' { help = os.time() }")
    done = subprocess.run(["luacheck", "--no-color", "--config", settings, wrong],
                          capture_output=True, text=True)
    has(done.stdout, "'reprot'", "'os'")
    luals = world.file("panji.lua", world.run("plugin", "docs", "--format", "luals").out)
    subprocess.run(["luac5.4", "-p", luals], check=True)
    with open(luals, encoding="utf-8") as f:
        has(f.read(), "---@class panji.report", "function report(name) end",
            '---@field type "string"|"integer"')


def test_reload_under_load(world):
    """reloads while requests come as fast as they can: no failed answer, none of two versions"""
    seconds = int(os.environ.get("RELOAD_SECONDS", "5"))
    plugins = world.path("plugins")
    os.makedirs(plugins)
    text = GOOD.replace("COUNT(*) AS done", "COUNT(*) * 0 + VERSION AS done")
    write(plugins, "mine.lua", text.replace("VERSION", "0"))
    stop = threading.Event()
    wrong, seen = [], [0]

    def ask(server):
        connection = server.connect()
        while not stop.is_set():
            connection.request("GET", "/v1/reports/mine/by_block.json?district=607")
            answer = connection.getresponse()
            body = answer.read().decode()
            seen[0] += 1
            versions = set(re.findall(r'"done":(\d+)', body))
            if answer.status != 200 or len(versions) != 1:
                wrong.append((answer.status, body[:300]))
        connection.close()

    with Server(world, world.demo_copy(), plugins=plugins) as s:
        askers = [threading.Thread(target=ask, args=(s,)) for _ in range(4)]
        for asker in askers:
            asker.start()
        wrk = subprocess.Popen(["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "60s",
                                s.url + "/v1/reports/mine/by_block.json?district=607"],
                               stdout=subprocess.PIPE, text=True)
        end, n = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            n += 1
            write(plugins, "mine.lua", text.replace("VERSION", str(n)))
            s.request("POST", "/v1/plugins/reload").expect(200)
            rows = s.get("/v1/reports/mine/by_block.json", district=607).expect(200).rows()
            eq({r["done"] for r in rows}, {n}, "the version after the reload")
            time.sleep(0.1)
        report = wrk.communicate()[0]
        stop.set()
        for asker in askers:
            asker.join()
    eq(wrong, [], "wrong answers")
    yes("Requests/sec" in report and "Non-2xx" not in report and "Socket errors" not in report,
        report)
    yes(n > 3 and seen[0] > 20, f"{n} reloads, {seen[0]} answers looked at")
    rate = re.search(r"Requests/sec:\s+(\S+)", report).group(1)
    print(f"     {n} reloads, {rate} answers a second, {seen[0]} of them looked at")


def test_try_and_store(world):
    """a version is tried over HTTP without a trace, stored when it is good, and survives kill -9"""
    plugins = world.plugins_copy()
    with world.small(plugins=plugins) as s:
        path = os.path.join(plugins, "mine.lua")
        tried = s.request("POST", "/v1/plugins/check", GOOD.replace("BY block", "BY blok"))
        first = tried.expect(200).json()["errors"][0]
        eq((first["line"], first["hint"]), (6, 'did you mean "block"?'), "the mistake")
        has(first["excerpt"], "blok", "^^^^")
        s.request("PUT", "/v1/plugins/mine", GOOD.replace("GROUP BY block", "")).problem(422)
        yes(not os.path.exists(path), "a bad version is on the disk")
        s.request("PUT", "/v1/plugins/mine", GOOD).expect(201)
        with open(path, encoding="utf-8") as f:
            eq(f.read(), GOOD, "the stored text")
        eq([n for n in os.listdir(plugins) if n.startswith(".")], [], "what is left beside it")
        s.kill()
        s.start()
        rows = s.get("/v1/reports/mine/by_block.json?district=607").expect(200).rows()
        fewer = s.request("POST", "/v1/plugins/check?report=by_block&district=607",
                          GOOD.replace("|> ORDER BY", "|> WHERE block != 'Gola' |> ORDER BY"))
        d = fewer.expect(200).json()["report"]["difference"]
        eq(d["removed"], [r for r in rows if r["block"] == "Gola"], "rows that would go")
        eq(d["rows_same"], len([r for r in rows if r["block"] != "Gola"]), "rows that stay")
        folder = s.request("PUT", "/v1/plugins/drive", GOOD.replace("mine", "drive"))
        has(folder.problem(409)["detail"], "folder")
        done = [(r["action"], r["object"]) for r in
                s.query("FROM audit |> WHERE object = 'mine'").expect(200).rows()]
        eq(done, [("add plugin", "mine")], "the audit trail")


def test_try_a_folder(world):
    """a plugin of several files is tried: as a form, and by a folder on the command line"""
    plugins = world.plugins_copy()
    folder = os.path.join(plugins, "several")
    os.mkdir(folder)
    write(folder, "plugin.lua", GOOD.split("report", 1)[0].replace("mine", "several")
          + 'use "blocks"\n')
    write(folder, "blocks.lua", "report" + GOOD.split("report", 1)[1])
    with Server(world, world.demo_copy(), plugins=plugins) as s:
        eq(listed(s, "several")["status"], "ok", "what serves")
        with open(os.path.join(folder, "blocks.lua"), encoding="utf-8") as f:
            text = f.read()
        write(folder, "blocks.lua", text.replace("WHERE district", "WHERE block_code != 3168 AND "
                                                 "district"))
        ask = ("plugin", "check", folder, "--server", s.url)
        done = world.run(*ask, "--report", "by_block", "--param", "district=607").expect(0)
        has(done.err, "several 1.0.0: good")
        d = json.loads(done.out)["difference"]
        eq(([r["block"] for r in d["removed"]], d["rows_same"]), (["Gola"], 5), "the difference")
        write(folder, "blocks.lua", text.replace("BY block", "BY blok"))
        has(world.run(*ask).expect(1).err, "several/blocks.lua:5", "blok", "^^^^", "block")
        files = [f for name in ("blocks.lua", "plugin.lua")
                 for f in ("-F", f"file=@{os.path.join(folder, name)}")]
        sent = subprocess.run(["curl", "-s", *files, s.url + "/v1/plugins/check"],
                              capture_output=True, text=True, check=True)
        answer = json.loads(sent.stdout)
        eq((answer["plugin"], answer["good"], answer["errors"][0]["file"]),
           ("several", False, "several/blocks.lua"), "the form")
        write(folder, "blocks.lua", text)
        same = json.loads(subprocess.run(["curl", "-s", *files, s.url + "/v1/plugins/check"],
                                         capture_output=True, text=True, check=True).stdout)
        eq(same["sha256"], listed(s, "several")["sha256"], "the version that serves")


def test_stored_by_many(world):
    """many who store one plugin at once: each version is whole, and one of them serves"""
    plugins = world.plugins_copy()
    with world.small(plugins=plugins) as s:
        answers = []

        def store(i):
            text = GOOD.replace("1.0.0", f"1.{i}.0") + "-- " + "x" * 20000 * (i % 3) + "\n"
            answers.append(s.request("PUT", "/v1/plugins/mine", text).status)
        threads = [threading.Thread(target=store, args=(i,)) for i in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        eq(sorted(set(answers)), [200, 201], "answers")
        eq(answers.count(201), 1, "first ones")
        with open(os.path.join(plugins, "mine.lua"), encoding="utf-8") as f:
            text = f.read()
        version = re.search(r'version = "([0-9.]+)"', text).group(1)
        p = listed(s, "mine")
        eq((p["version"], p["status"]), (version, "ok"), "what serves is what is stored")
