# SPDX-License-Identifier: MIT
"""News: server-sent events, and requests that wait for a change."""

import json
import threading
import time

from harness import Server, eq, has, wait_for, yes

ROW = "date,district,block,sector,count\n2021-11-%02d,607,Gola,Agriculture,%d\n"


class Stream:
    """An open stream of events."""

    def __init__(self, server, last_id=None):
        self.conn = server.connect(timeout=30)
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.conn.request("GET", "/v1/events", headers=headers)
        self.answer = self.conn.getresponse()

    def next(self):
        """The next event: its fields. Heartbeats and the wish for a pause are passed over."""
        fields = {}
        while True:
            line = self.answer.readline().decode()
            if line == "":
                return None
            line = line.rstrip("\n")
            if line == "" and "event" in fields:
                fields["data"] = json.loads(fields["data"])
                return fields
            if ": " in line:
                name, value = line.split(": ", 1)
                fields[name] = value

    def until(self, kind, check):
        while True:
            event = self.next()
            yes(event, f"the stream ended before {kind}")
            if event["event"] == kind and check(event["data"]):
                return event

    def close(self):
        self.conn.close()


def test_a_stream_tells_of_batches(world):
    """a stream tells the state of now, then each change; ids let it go on where it broke off"""
    with world.small() as s:
        stream = Stream(s)
        eq(stream.answer.getheader("Content-Type"), "text/event-stream", "the type")
        first = stream.until("snapshot", lambda d: True)
        eq(first["data"]["registrations"], 0, "nothing yet")
        s.post_batch(ROW % (10, 5), key="a").expect(201)
        second = stream.until("snapshot", lambda d: d["registrations"] == 5)
        eq(second["data"]["as_on"], "2021-11-10", "the last day")
        yes(int(second["id"]) > int(first["id"]), "ids grow")
        stream.close()
        s.post_batch(ROW % (11, 2), key="b").expect(201)
        back = Stream(s, last_id=second["id"])
        third = back.until("snapshot", lambda d: True)
        eq(third["data"]["registrations"], 7, "what was missed comes first")
        back.close()


def test_an_unknown_id_gets_the_state_of_now(world):
    """an id of another life of the server, or nonsense, is answered with the state of now"""
    with world.small() as s:
        s.post_batch(ROW % (10, 5), key="a").expect(201)
        for last in (1, "x" * 50, 2**63 - 1, -5):
            stream = Stream(s, last_id=last)
            eq(stream.until("snapshot", lambda d: True)["data"]["registrations"], 5, "now")
            stream.close()


def test_many_streams_and_a_stop(world):
    """two hundred streams hear of a batch; a stop ends them all and is not held up"""
    with world.small() as s:
        streams = [Stream(s) for _ in range(200)]
        s.post_batch(ROW % (10, 5), key="a").expect(201)
        for stream in streams:
            stream.until("snapshot", lambda d: d["registrations"] == 5)
        has(s.get("/metrics").text, "panji_http_event_streams 200")
        start = time.time()
        s.stop()
        yes(time.time() - start < 10 * world.slow, "the stop waits for no listener")
        while streams[0].next():
            pass
        for stream in streams:
            stream.close()


def test_a_request_waits_for_news(world):
    """Prefer: wait holds a request whose answer the client has until there is another"""
    with world.small() as s:
        s.post_batch(ROW % (10, 5), key="a").expect(201)
        query = "FROM registrations |> AGGREGATE COUNT(*) AS n"
        tag = None
        for _ in range(50):  # until the alerts have seen the batch
            answer = s.query(query).expect(200)
            if answer.headers["ETag"] == tag:
                break
            tag = answer.headers["ETag"]
            time.sleep(0.1)
        wait = {"If-None-Match": tag, "Prefer": "respond-async, wait=1"}
        start = time.time()
        s.query(query, headers=wait).expect(304)
        yes(time.time() - start > 0.9, "it has waited")
        threading.Timer(0.5, lambda: s.post_batch(ROW % (11, 2), key="b")).start()
        wait["Prefer"] = "wait=30"
        start = time.time()
        answer = s.query(query, headers=wait).expect(200)
        has(answer.text, '"n":7')
        yes(time.time() - start < 10 * world.slow, "it comes with the news")


def test_findings_are_news(world):
    """a request that waits on findings wakes when a check opens one"""
    with Server(world, world.demo_copy()) as s:
        query = "FROM findings |> WHERE check = 'ages' |> AGGREGATE COUNT(*) AS n"
        rows = "date,district,block,sector,age,count\n2021-11-18,607,Gola,Agriculture,12,9\n"
        s.post_batch(rows, key="young").expect(201)
        deadline = time.time() + 20 * world.slow
        answer = s.query(query).expect(200)
        while answer.rows()[0]["n"] == 0 and time.time() < deadline:
            wait = {"If-None-Match": answer.headers["ETag"], "Prefer": "wait=30"}
            got = s.query(query, headers=wait)
            answer = got if got.status == 200 else answer
        eq(answer.rows()[0]["n"], 1, "the finding")
        yes(time.time() < deadline, "it comes with the news")


def test_a_stop_wakes_who_waits(world):
    """a stop answers the requests that wait"""
    with world.small() as s:
        query = "FROM registrations |> AGGREGATE COUNT(*) AS n"
        s.query(query)
        time.sleep(0.5)
        tag = s.query(query).expect(200).headers["ETag"]
        seen = []

        def ask():
            try:
                headers = {"If-None-Match": tag, "Prefer": "wait=60"}
                seen.append(s.query(query, headers=headers).status)
            except OSError:
                seen.append(0)

        asker = threading.Thread(target=ask)
        asker.start()
        wait_for("the request waits",
                 lambda: "panji_http_waiting_requests 1\n" in s.get("/metrics").text,
                 10 * world.slow)
        start = time.time()
        s.stop()
        asker.join()
        yes(time.time() - start < 10 * world.slow, "nobody is waited for")
        yes(seen[0] in (304, 503), f"the one who waits is answered: {seen}")


def test_a_thousand_listeners(world):
    """a thousand clients listen, and each is told of a batch (listeners.py: five thousand)"""
    import listeners
    for times in listeners.run(world, 1000, 2):
        yes(times[-1] < 10 * world.slow, f"the last was told after {times[-1]:.2f} s")
