# SPDX-License-Identifier: MIT
"""Alerts as officers and their tools see them: over HTTP, through a web hook that fails, by mail,
and through the real Alertmanager."""

import hashlib
import hmac
import json
import os
import random
import re
import ssl
import subprocess
import time

from harness import ROOT, eq, has, wait_for, yes
from peers import Alertmanager, Hook, Mail

RULE = """
plugin { name = "few", version = "1.0.0", api = 1 }
alert "few" {
  query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block
             |> WHERE block IS NOT NULL |> EXTEND 'सड़क' AS cause ]],
  key = { "block", "cause" },
  severity = { { "critical", "n < 5" }, { "warning", "n < 10" } },
  message = { en = "{block}: {n} registered", hi = "{block}: {n} निबंधित" },
}
report "of_block" {
  title = { en = "Of the block", hi = "प्रखंड का" },
  params = { { "block", type = "place", level = "block", required = true } },
  query = [[ FROM registrations |> WHERE block = @block
             |> AGGREGATE COUNT(*) AS n GROUP BY date ]],
}
"""
OFFICERS = ("name,role,email,district,block\nA,BDO,gola@example.in,607,Gola\n"
            "B,BDO,dulmi@example.in,607,Dulmi\nC,DDC,ddc@example.in,607,\n")


def batch(*rows):
    return "date,district,block,count\n" + "".join(f"2021-11-20,607,{b},{n}\n" for b, n in rows)


def server(world, notifiers, rule=RULE):
    folder = world.path("plugins")
    os.mkdir(folder)
    with open(os.path.join(folder, "few.lua"), "w", encoding="utf-8") as f:
        f.write(rule)
    config = world.file("panji.lua", notifiers)
    return world.small(plugins=folder, args=["--config", config])


def alerts(s):
    return {r["place"]: r for r in s.get("/v1/alerts").expect(200).rows() if r["rule"] == "few"}


def settled(s, block, state):
    def look():
        row = alerts(s).get(block)
        return row if row and row["state"] == state else None
    return wait_for(f"{block} {state}", look, 20 * s.world.slow)


def test_the_life_of_an_alert(world):
    """fires, is acknowledged with a reason, commented, silenced, over; every step in the history"""
    with server(world, "") as s:
        s.post_batch(batch(("Gola", 3), ("Dulmi", 30)), key="a").expect(201)
        gola = settled(s, "Gola", "firing")
        eq((gola["severity"], gola["message_hi"]), ("critical", "गोला: 3 निबंधित"), "the alert")
        base = f"/v1/alerts/{gola['id']}"
        answer = s.request("POST", base + "/acknowledge",
                           json.dumps({"by": "BDO Gola", "reason": "बिजली नहीं",
                                       "until": "3 days"}),
                           {"Content-Type": "application/json"}).expect(200)
        eq(answer.json()["done"], "acknowledged", "the answer")
        s.request("POST", base + "/comments", "by=VLE&text=printer+broken").expect(200)
        silence = s.request("POST", "/v1/silences", query={
            "rule": "few/few", "place": "district:607", "until": "2099-01-01", "by": "DDC",
            "reason": "portal"}).expect(201).json()["id"]
        row = alerts(s)["Gola"]
        eq((row["acknowledged_by"], row["reason"], row["silenced"]),
           ("BDO Gola", "बिजली नहीं", True), "what is remembered")
        s.kill()
        s.start()
        eq(alerts(s)["Gola"], row, "the alert after kill -9")
        s.request("DELETE", f"/v1/silences/{silence}?by=DDC").expect(200)
        s.request("DELETE", f"/v1/silences/{silence}?by=DDC").problem(409)
        eq(alerts(s)["Gola"]["silenced"], False, "silenced")
        s.post_batch(batch(("Gola", 50)), key="b").expect(201)
        settled(s, "Gola", "resolved")
        events = [(r["event"], r["who"], r["note"]) for r in
                  s.get("/v1/alerts/history", id=gola["id"]).expect(200).rows()]
        eq(events, [("firing", None, None), ("acknowledged", "BDO Gola", "बिजली नहीं"),
                    ("comment", "VLE", "printer broken"), ("resolved", None, None)], "history")
        eq(s.query("FROM alert_history |> AGGREGATE COUNT(*) AS n GROUP BY event |> ORDER BY event")
           .expect(200).rows()[-1], {"event": "resolved", "n": 1}, "history as a table")


def test_prometheus_shape(world):
    """GET /api/v1/alerts and /api/v1/rules are what Prometheus' own clients read"""
    with server(world, "") as s:
        s.post_batch(batch(("Gola", 3)), key="a").expect(201)
        settled(s, "Gola", "firing")
        told = s.get("/api/v1/alerts").expect(200).json()
        eq(told["status"], "success", "status")
        alert = told["data"]["alerts"][0]
        eq((alert["state"], alert["labels"]["block"], alert["labels"]["block_code"],
            alert["labels"]["district"], alert["labels"]["cause"]),
           ("firing", "Gola", "3168", "Ramgarh", "सड़क"), "the alert")
        group = s.get("/api/v1/rules").expect(200).json()["data"]["groups"][0]
        rule = group["rules"][0]
        eq((group["name"], rule["name"], rule["state"], rule["health"], rule["type"]),
           ("few", "few", "firing", "ok", "alerting"), "the rule")
        has(s.get("/metrics").text, "panji_alerts_firing 1", "panji_outbox_age_seconds",
            "panji_alert_evaluation_seconds")


def test_mistakes_of_people(world):
    """who forgets a name, a reason or a time is told what is missing"""
    with server(world, "") as s:
        s.post_batch(batch(("Gola", 3)), key="a").expect(201)
        base = f"/v1/alerts/{settled(s, 'Gola', 'firing')['id']}/acknowledge"
        has(s.request("POST", base, "reason=x").problem(400)["detail"], "name")
        has(s.request("POST", base, "by=x").problem(400)["detail"], "reason")
        has(s.request("POST", base, "by=x&reason=y&until=soon").problem(400)["hint"], "3 days")
        s.request("POST", base, "by=x&reason=y&untli=2099-01-01").problem(400)
        s.request("POST", "/v1/alerts/0123/acknowledge", "by=x&reason=y").problem(404)
        s.request("POST", "/v1/silences", "by=x&reason=y&until=2099-01-01").problem(400)
        s.request("POST", "/v1/silences",
                  "place=Nowhere&by=x&reason=y&until=2099-01-01").problem(400)
        s.request("POST", base, "[1]", {"Content-Type": "application/json"}).problem(400)


def hook_config(world, hook, secret="ग़ुप्त key"):
    path = world.file("secret", secret + "\n")
    return (f'notifiers = {{ hook = {{ type = "webhook", url = "{hook.url}", '
            f'secret_file = "{path}" }} }}\ndefault_notify = {{ "hook" }}\n')


def test_web_hook(world):
    """a signed body in Alertmanager's shape; after a 500 or a closed connection it comes again"""
    hook = Hook()
    try:
        with server(world, hook_config(world, hook)) as s:
            hook.ways = [500, "close"]
            s.post_batch(batch(("Gola", 3), ("Dulmi", 7)), key="a").expect(201)
            wait_for("the message", lambda: hook.taken, 60 * world.slow)
            identity, signature, body = hook.taken[0]
            eq(signature, "sha256=" + hmac.new("ग़ुप्त key".encode(), body,
                                               hashlib.sha256).hexdigest(), "the signature")
            told = json.loads(body)
            eq((told["version"], told["status"], told["id"], told["commonLabels"]["district"]),
               ("4", "firing", identity, "Ramgarh"), "the body")
            eq(sorted(hook.alerts()), [("firing", "few", "Dulmi"), ("firing", "few", "Gola")],
               "alerts")
            eq({i for i, _ in hook.seen}, {identity}, "ids of all attempts")
            eq(len({b for _, b in hook.seen}), 1, "bodies of all attempts")
            s.post_batch(batch(("Gola", 50)), key="b").expect(201)
            wait_for("the recovery", lambda: len(hook.taken) > 1, 60 * world.slow)
            eq(hook.alerts()[2:], [("resolved", "few", "Gola")], "the recovery")
            eq([r["state"] for r in s.get("/v1/outbox").rows()], ["sent", "sent"], "the outbox")
            has(s.get("/metrics").text, "panji_notifications_failed_total 2")
    finally:
        hook.close()


def test_no_message_is_lost_over_kills(world):
    """kill -9 at random moments, a hook that fails at random: each message arrives, under one id"""
    seed = int(os.environ.get("PANJI_TEST_SEED", random.randrange(10 ** 6)))
    rng = random.Random(seed)
    print(f"     seed {seed}")
    hook = Hook()
    blocks = ["Gola", "Dulmi", "Mandu", "Patratu", "Chitarpur"]
    want = []
    try:
        with server(world, hook_config(world, hook)) as s:
            for i, block in enumerate(blocks):
                hook.ways = [rng.choice([200, 500, "close"]) for _ in range(2)]
                s.post_batch(batch((block, rng.randint(1, 9))), key=f"k{i}").expect(201)
                want.append(("firing", "few", block))
                time.sleep(rng.random() * 0.5)
                s.kill()
                s.start()
            s.post_batch(batch(("Gola", 90)), key="last").expect(201)
            want.append(("resolved", "few", "Gola"))
            wait_for("all messages", lambda: set(want) <= set(hook.alerts()), 90 * world.slow)
            time.sleep(0.5)
            bodies = {}
            for identity, body in hook.seen:
                eq(bodies.setdefault(identity, body), body, f"what message {identity} says")
            told = {}
            for identity, _, body in hook.taken:
                told[identity] = [(a["status"], a["labels"]["alertname"], a["labels"]["block"])
                                  for a in json.loads(body)["alerts"]]
            eq(sorted(a for all in told.values() for a in all), sorted(want),
               f"each told once, by different ids (seed {seed})")
    finally:
        hook.close()


def test_mail(world):
    """officers get mail of their own block, in both languages, as text and HTML; 4xx is tried
    again, 5xx is a dead letter that can be tried anew"""
    mail = Mail()
    config = (f'notifiers = {{ bdo = {{ type = "smtp", url = "{mail.url}", '
              'from = "panji@example.in", to = "officers:block:BDO" } }\n'
              'default_notify = { "bdo" }\n')
    try:
        with server(world, config) as s:
            s.request("PUT", "/v1/tables/officers", OFFICERS).expect(201)
            mail.refuse = ["451 later"]
            s.post_batch(batch(("Gola", 3)), key="a").expect(201)
            wait_for("a mail", lambda: mail.taken, 60 * world.slow)
            to, message = mail.taken[0]
            eq(to, ["gola@example.in"], "to")
            eq(message["Subject"], "[firing] Gola: 3 registered", "subject")
            text = message.get_body(("plain",)).get_content()
            has(text, "Gola: 3 registered", "गोला: 3 निबंधित", what="the text")
            has(message.get_body(("html",)).get_content(), "<li>", "गोला: 3 निबंधित", what="HTML")
            yes(re.fullmatch(r"<\w+@panji>", message["Message-ID"]), "the message has an id")
            mail.refuse = ["550 no such box"]
            s.post_batch(batch(("Dulmi", 2)), key="b").expect(201)
            s.post_batch(batch(("Mandu", 2)), key="c").expect(201)

            def dead():
                rows = [r for r in s.get("/v1/outbox").rows() if r["state"] == "dead"]
                return rows if len(rows) == 2 else None
            rows = {r["subject"]: r for r in wait_for("dead letters", dead, 30 * world.slow)}
            has(rows["[firing] Dulmi: 2 registered"]["error"], "550")
            has(rows["[firing] Mandu: 2 registered"]["error"], "officers")
            letter = rows["[firing] Dulmi: 2 registered"]["id"]
            s.request("POST", f"/v1/outbox/{letter}/retry").expect(200)
            wait_for("the second mail", lambda: len(mail.taken) > 1, 30 * world.slow)
            eq(mail.taken[1][0], ["dulmi@example.in"], "to")
            eq(mail.taken[1][1]["Message-ID"], f"<{letter}@panji>", "the same id")
    finally:
        mail.close()


def certificate(world):
    """A certificate for this machine, and its key."""
    cert, key = world.path("cert.pem"), world.path("key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


def test_mail_over_tls(world):
    """mail goes over TLS to a server whose certificate is trusted, and to no other"""
    cert, context = certificate(world)
    mail = Mail(context)
    base = f'type = "smtp", url = "{mail.url}", from = "p@example.in", to = "desk@example.in"'
    try:
        with server(world, f'notifiers = {{ known = {{ {base}, ca_file = "{cert}" }},\n'
                    f'  unknown = {{ {base} }} }}\n'
                    'default_notify = { "known", "unknown" }\n') as s:
            s.post_batch(batch(("Gola", 3)), key="a").expect(201)
            wait_for("the mail", lambda: mail.taken, 30 * world.slow)
            refused = wait_for("the refusal", lambda: [
                r for r in s.get("/v1/outbox").rows() if r["notifier"] == "unknown" and r["error"]],
                30 * world.slow)[0]
            has(refused["error"], "certificate")
            eq((refused["state"], len(mail.taken)), ("waiting", 1), "what came of the other")
    finally:
        mail.close()


def test_alertmanager(world):
    """the real Alertmanager: firing, a Devanagari label, restarts of either side, resolution, and a
    block that is inhibited while its district fires"""
    sample = os.path.join(ROOT, "scripts", "alertmanager.yml")
    rule = RULE + """
alert "district_few" {
  query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district ]],
  key = { "district" }, severity = { { "critical", "n < 6" } },
  message = "{district}: {n}",
}
"""
    manager = Alertmanager(world, sample).start()
    config = (f'notifiers = {{ office = {{ type = "alertmanager", url = "{manager.url}" }} }}\n'
              'default_notify = { "office" }\n')
    try:
        with server(world, config, rule) as s:
            s.post_batch(batch(("Gola", 3)), key="a").expect(201)
            told = wait_for("the alert", lambda: manager.alerts().get(("few", "Gola")),
                            30 * world.slow)
            eq((told["labels"]["cause"], told["labels"]["severity"],
                told["annotations"]["summary_hi"]),
               ("सड़क", "critical", "गोला: 3 निबंधित"), "the alert")
            begun = told["startsAt"]
            yes(("panji_heartbeat", None) in manager.alerts(), "there is a heartbeat")
            wait_for("inhibition of the block under its district",
                     lambda: manager.alerts()[("few", "Gola")]["status"]["inhibitedBy"],
                     20 * world.slow)
            manager.stop()
            s.kill()
            s.start()
            manager.start()
            told = wait_for("the alert after both restarts",
                            lambda: manager.alerts().get(("few", "Gola")), 90 * world.slow)
            eq(told["startsAt"], begun, "its beginning")
            s.post_batch(batch(("Dulmi", 40)), key="b").expect(201)
            wait_for("the block, when its district is over",
                     lambda: not manager.alerts()[("few", "Gola")]["status"]["inhibitedBy"],
                     30 * world.slow)
            s.post_batch(batch(("Gola", 40)), key="c").expect(201)
            wait_for("the resolution", lambda: ("few", "Gola") not in manager.alerts(),
                     30 * world.slow)
    finally:
        manager.stop()


def test_files(world):
    """alerts written as files, the same as a hook would get"""
    out = world.path("out")
    config = (f'notifiers = {{ desk = {{ type = "file", path = "{out}" }} }}\n'
              'default_notify = { "desk" }\n')
    with server(world, config) as s:
        s.post_batch(batch(("Gola", 3)), key="a").expect(201)
        names = wait_for("the file", lambda: [f for f in os.listdir(out) if f.endswith(".json")]
                         if os.path.isdir(out) else None, 20 * world.slow)
        with open(os.path.join(out, names[0]), encoding="utf-8") as f:
            eq(json.load(f)["alerts"][0]["labels"]["block"], "Gola", "the file")


def test_the_evening_report(world):
    """the report of each block goes to its officer at the hour, with the figures attached"""
    mail = Mail()
    config = (f'notifiers = {{ bdo = {{ type = "smtp", url = "{mail.url}", '
              'from = "panji@example.in", to = "officers:block" } }\n')
    local = time.time() + 19800
    due = local - local % 60 + (60 if local % 60 < 30 else 120)
    rule = RULE + f"""
schedule "evening" {{ report = "of_block", each = "block", format = "csv", deliver = "bdo",
  at = "{time.strftime("%H:%M", time.gmtime(due))}" }}
"""
    try:
        with server(world, config, rule) as s:
            s.request("PUT", "/v1/tables/officers", OFFICERS).expect(201)
            s.post_batch(batch(("Gola", 3)), key="a").expect(201)
            wait_for("two mails", lambda: len(mail.taken) == 2, 150 + 30 * world.slow)
            message = next(m for to, m in mail.taken if to == ["gola@example.in"])
            eq(message["Subject"], "Of the block, Gola / प्रखंड का, 2021-11-20", "subject")
            file = next(message.iter_attachments())
            eq((file.get_filename(), file.get_content().lstrip("\ufeff")),
               ("of_block-3168-2021-11-20.csv", "date,n\n2021-11-20,3\n"), "the file")
            has(message.get_body(("html",)).get_content(), "<td>3</td>", "प्रखंड का", what="HTML")
            time.sleep(1)
            eq(len(mail.taken), 2, "mails")
    finally:
        mail.close()
