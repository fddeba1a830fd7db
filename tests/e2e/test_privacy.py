# SPDX-License-Identifier: MIT
"""Aadhaar numbers are kept out: whatever way they come in, nothing of them is anywhere after."""

import contextlib
import os
import random
import resource
import signal

import aadhaar
from harness import eq, has, yes

SCRIPTS = {"Latin": "0123456789", "Devanagari": "०१२३४५६७८९", "Bengali": "০১২৩৪৫৬৭৮৯",
           "Gurmukhi": "੦੧੨੩੪੫੬੭੮੯", "Gujarati": "૦૧૨૩૪૫૬૭૮૯", "Odia": "୦୧୨୩୪୫୬୭୮୯",
           "Tamil": "௦௧௨௩௪௫௬௭௮௯", "Telugu": "౦౧౨౩౪౫౬౭౮౯", "Kannada": "೦೧೨೩೪೫೬೭೮೯",
           "Malayalam": "൦൧൨൩൪൫൬൭൮൯", "Urdu": "۰۱۲۳۴۵۶۷۸۹", "full width": "０１２３４５６７８９"}
FORMS = {"plain": "{0}{1}{2}", "spaced": "{0} {1} {2}", "hyphens": "{0}-{1}-{2}",
         "two spaces": "{0}  {1}  {2}", "no-break": "{0}\u00a0{1}\u00a0{2}", "text": "'{0}{1}{2}",
         "a fraction": "{0}{1}{2}.0", "in words": "UID {0} {1} {2}, F"}


def written(number, form="plain", script="Latin"):
    digits = number.translate(str.maketrans("0123456789", SCRIPTS[script]))
    return FORMS[form].format(digits[:4], digits[4:8], digits[8:])


def portal_numbers(n, seed=5):
    """As the portal gives them: twelve digits, of which one in ten passes the check by chance."""
    rng = random.Random(seed)
    return [str(rng.randrange(200000000000, 999999999999)) for _ in range(n)]


def rows(values, column):
    return f"date,district,{column}\n" + "".join(f"2021-11-20,607,{v}\n" for v in values)


def everything(s):
    """All that a server has written: its data directory and its log."""
    found = {"the log": s.log().encode()}
    for folder, _, names in os.walk(s.data):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                found[name] = f.read()
    return found


def expect_nothing(s, numbers, what):
    """Not the number, nor eleven digits of it, in any script or grouping."""
    for place, content in everything(s).items():
        for number in numbers:
            for script in SCRIPTS:
                for form in ("plain", "spaced", "hyphens"):
                    text = written(number, form, script)
                    for part in (text, text[:-1], text[1:]):
                        yes(part.encode() not in content, f"{what}: a number is in {place}")


def test_every_script_and_form(world):
    """Aadhaar numbers in any script and form refuse the batch, whichever column they are in"""
    numbers = aadhaar.numbers(30)
    with world.small() as s:
        for column in ("centre", "registration_id", "टिप्पणी"):
            for script in SCRIPTS:
                p = s.post_batch(rows([written(n, "spaced", script) for n in numbers], column),
                                 on_error="skip").problem(422)
                has(p["detail"], "Aadhaar", column, what=f"{script} in {column}")
            for form in FORMS:
                quoted = [f'"{written(n, form)}"' for n in numbers]
                p = s.post_batch(rows(quoted, column), on_error="skip").problem(422)
                has(p["detail"], "Aadhaar", column, what=f"{form} in {column}")
        eq((s.count(), s.get("/v1/batches").rows()), (0, []), "what was stored")
        expect_nothing(s, numbers, "refused batches")


def test_portal_numbers_go_in(world):
    """the portal's own numbers of twelve digits are not mistaken for Aadhaar numbers"""
    with world.small() as s:
        for n in (20, 100, 10000):
            for column in ("registration_id", "UAN"):
                body = rows(portal_numbers(n, seed=n), column)
                s.post_batch(body, key=f"{column}{n}", source="portal").expect(201)
        centres = portal_numbers(20, seed=1)
        s.post_batch(rows([centres[i % 20] for i in range(5000)], "centre"), key="c").expect(201)
        eq(s.count("centre IS NOT NULL"), 5000, "registrations of centres with such numbers")


def test_few_numbers(world):
    """too few to tell: refused on the safe side, unless a mapping says that they are others"""
    one = aadhaar.numbers(1)[0]
    other = next(n for n in portal_numbers(100) if aadhaar.verhoeff(n[:11]) != n)
    with world.small() as s:
        for column in ("centre", "registration_id", "remark"):
            p = s.post_batch(rows([one], column), key="k").problem(422)
            has(p["detail"] + p["hint"], column, "too few to tell", "line 2", f"numbers: {column}")
            s.post_batch(rows([other], column), key=f"other {column}").expect(201)
        p = s.post_batch(rows(["Gola"] * 500 + [one] + ["Dulmi"] * 500, "centre")).problem(422)
        has(p["detail"], "line 502")  # it would be kept
        s.post_batch(rows(["a"] * 500 + [one] + ["b"] * 500, "remark"), key="r").expect(201)
        said = {"mapping_text": "numbers: UAN = other\n"}
        s.post_batch(rows([one], "UAN"), key="said", **said).expect(201)
        s.post_batch(rows(aadhaar.numbers(30), "UAN"), **said).problem(422)
        expect_nothing(s, [one], "few numbers")


def test_nothing_stays_anywhere(world):
    """nothing of the numbers is in the data directory, the log, an answer or a core dump"""
    numbers = aadhaar.numbers(40)
    one = written(numbers[0], "spaced")
    with world.small() as s:
        answers = [
            s.post_batch(rows(numbers, "block")),
            s.post_batch(rows(numbers, "block"), on_error="skip"),
            s.post_batch(rows(numbers, "remark"), dry_run="1", draft_mapping="1"),
            s.post_batch(rows(["Gola"] * 20 + [one + " x"], "block"), key="r",
                         on_error="skip").expect(201),
            s.get("/v1/batches/r/rejects.csv"),
            s.post_batch(rows(["Golaa", "Golab"] * 9 + [numbers[1]], "block"), dry_run="1",
                         draft_mapping="1"),
            s.post_batch(f"date,district,{numbers[2]}\n2021-11-20,607,x\n"),
            s.post_batch(f"{numbers[3]},607\n", key="h"),
            s.post_batch("date,district\n2021-11-20,607\n", source="a", as_on=numbers[4]),
            s.post_batch("date,district\n2021-11-20,607\n", source="a", mapping=numbers[5]),
            s.post_batch("date,district\n2021-11-20,607\n", source="a", on_error=one),
            s.post_batch("date,district\n2021-11-20,607\n", mapping_text=f"sector: a = {one}\n"),
            s.request("PUT", "/v1/tables/factories", "name,id\n" + "".join(
                f"a,{n}\n" for n in numbers), {"Content-Type": "text/csv"}),
            s.request("PUT", "/v1/tables/factories", f"name,workers:INT64\na,{one}\n"),
            s.request("POST", "/v1/stated?source=x", "as_on,place,sector,total\n" + "".join(
                f"2021-11-20,607,,{n}\n" for n in numbers)),
            s.request("POST", "/v1/places", "level,code,parent,name\n" + "".join(
                f"panchayat,{80000 + i},3168,{n}\n" for i, n in enumerate(numbers))),
            s.query(f"FROM registrations |> WHERE centre = '{one}' |> SELEC 1"),
            s.query("FROM registrations |> WHERE district = @d |> AGGREGATE COUNT(*) AS n",
                    **{"p.d": numbers[6]}),
            s.get(f"/v1/reports/drive/block_review.json?district={numbers[7]}"),
            s.get(f"/v1/reports/drive/block_review.json?district=607&{numbers[12]}=1"),
            s.get(f"/v1/query?q=SELECT%201&{numbers[13]}=1"),
            s.get("/v1/batches", headers={"If-None-Match": numbers[14], "X-Id": numbers[15]}),
            s.get(f"/v1/places?find={numbers[8]}"),
            s.get(f"/v1/batches/{numbers[9]}"),
            s.get(f"/v1/{numbers[10]}"),
            s.request("DELETE", "/v1/batches/r?reason=" + numbers[11]).expect(200),
            s.get("/v1/batches"),
            s.post_batch("date,district\n2021-11-20,607\n", source=numbers[16]),
            s.post_batch("date,district\n2021-11-20,607\n", **{numbers[17]: "1"}),
        ]
        for i, r in enumerate(answers):
            yes(r.status < 500, f"answer {i}: {r.status} {r.text}")
            for n in numbers:
                yes(n not in r.text and n[:11] not in r.text and one not in r.text,
                    f"answer {i} shows a number: {r.text[:300]}")
        expect_nothing(s, numbers, "all of that")
        with open(f"/proc/{s.process.pid}/limits", encoding="ascii") as f:
            limit = next(line for line in f if line.startswith("Max core file size"))
        eq(limit.split()[4:6], ["0", "0"], "the limit of a core dump")


def test_no_core_dump(world):
    """a server that is brought down leaves no core dump, whatever the shell allows"""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # the server gets it from us
    try:
        server = world.small().start()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    with contextlib.ExitStack() as stack:
        s = server
        stack.push(s.__exit__)
        s.post_batch(rows(aadhaar.numbers(30), "centre")).problem(422)
        os.kill(s.process.pid, signal.SIGABRT)
        _, status = os.waitpid(s.process.pid, 0)
        s.process.returncode = -signal.SIGKILL  # it was our doing
        eq((os.WIFSIGNALED(status), os.WTERMSIG(status)), (True, signal.SIGABRT), "how it ended")
        yes(not os.WCOREDUMP(status), "a core was dumped")
