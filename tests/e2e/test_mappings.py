# SPDX-License-Identifier: MIT
"""Files as sources write them: mappings, drafts of mappings, and rows left out and sent again."""

import csv
import io
import random

from dirty import HEAD, Dirty
from harness import eq, has, yes

# What a block office sends: Hindi columns, days with two digits of a year, words of its own.
OFFICE_HEAD = ("क्र.सं.,निबंधन तिथि,जिला,प्रखण्ड,कार्य क्षेत्र,लिंग,सामाजिक वर्ग,माध्यम,"
               "कुल संख्या,अभ्युक्ति\n")
OFFICE_WORDS = {
    "जिला": {"रामगढ़": "607", "रामगढ": "607", "Ramgadh": "607"},
    "प्रखण्ड": {"गोला": "3168", "गोला प्रखंड": "3168", "Mandoo": "3172", "माण्डू": "3172",
                "Patratoo": "3174", "चितरपुर": "6716"},
    "कार्य क्षेत्र": {"कृषि": "1", "निर्माण कार्य": "7", "Agricultur": "1", "शिक्षा": "9",
                      "Apparell": "2"},
    "लिंग": {"महिला": "F", "पु.": "M", "Femail": "F"},
    "सामाजिक वर्ग": {"अनुसूचित जाति": "SC", "अनु. जनजाति": "ST", "ओबीसी": "OBC"},
    "माध्यम": {"प्रज्ञा केंद्र": "CSC", "जन सेवा केन्द्र": "CSC", "स्वयं": "SELF"},
}


def office_file(rows, seed=3):
    """The file, and what it counts: (block, sector, gender, category, channel, day) -> number."""
    rng = random.Random(seed)
    lines, counted = [], {}
    for i in range(rows):
        said = {column: rng.choice(sorted(words)) for column, words in OFFICE_WORDS.items()}
        day, count = 1 + i % 28, rng.randrange(1, 5)
        date = f"{day:02d}-11-21" if i % 3 else f"{day} नवंबर 2021"
        lines.append(",".join([str(i + 1), date, *said.values(), str(count), '"ठीक, है"']) + "\n")
        key = tuple(OFFICE_WORDS[c][w] for c, w in said.items()) + (f"2021-11-{day:02d}",)
        counted[key] = counted.get(key, 0) + count
    return OFFICE_HEAD + "".join(lines), counted


def completed(draft):
    """The draft with its suggestions accepted, as a planner does who finds them all right."""
    lines = []
    for line in draft.splitlines():
        suggestion = line.startswith("#") and not line.startswith("# ")
        accept = suggestion and not line.rstrip().endswith("=")
        lines.append(line[1:] if accept else line)
    return "\n".join(lines) + "\n"


def all_counted(s):
    rows = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block_code, "
                   "sector_code, gender, category, channel, date, district_code",
                   limit=100000).expect(200).rows()
    return {(str(r["district_code"]), str(r["block_code"]), str(r["sector_code"]), r["gender"],
             r["category"], r["channel"], r["date"]): r["n"] for r in rows}


def test_draft_completed(world):
    """a dirty Hindi file: the draft of a mapping, completed as it suggests, takes it all in"""
    body, counted = office_file(3000)
    path, draft = world.file("office.csv", body), world.path("office.map")
    with world.small() as s:
        refused = world.run("import", path, "--data", s.data, "--dry-run")
        refused.expect(1)
        done = world.run("import", path, "--data", s.data, "--dry-run", "--draft-mapping", draft)
        eq((done.expect(0).out, s.count()), ("", 0), "the draft is in its file")
        with open(draft, encoding="utf-8") as f:
            text = f.read()
        has(text, "column: निबंधन तिथि = date", "format: date = DD-MM-YY", "DD MMM YYYY",
            "column: प्रखण्ड = block", "#column: अभ्युक्ति =", what="the draft")
        has(text, "#block in district 607: गोला प्रखंड = 3168", "near: Mandu (3172)",
            "#gender: Femail = F", "one of: OBC, GEN, SC, ST", what="the draft")
        text = text.replace("#category: अनु. जनजाति = ", "#category: अनु. जनजाति = ST")
        with open(draft, "w", encoding="utf-8") as f:
            f.write(completed(text))
        # What the wrong district hid comes in the next draft; it goes on from the first.
        again = world.run("import", path, "--data", s.data, "--dry-run", "--mapping", draft,
                          "--draft-mapping").expect(0).out
        with open(draft, "w", encoding="utf-8") as f:
            f.write(completed(again))
        world.run("import", path, "--data", s.data, "--mapping", draft).expect(0)
        got = all_counted(s)
        eq(got, counted, "the counts")


def test_draft_over_http(world):
    """a draft over HTTP; it needs a dry run, and a file that is no table gives none"""
    body = "Date,Distt,Block\n20.11.2021,607,Golla\n"
    with world.small() as s:
        r = s.post_batch(body, dry_run="1", draft_mapping="1").expect(200)
        yes(r.headers["Content-Type"].startswith("text/plain"), "the type of a draft")
        has(r.text, "format: date = DD.MM.YYYY", "column: Distt = district",
            "#block in district 607: Golla = 3168")
        r = s.post_batch("a,b\n1,2\n", dry_run="1", draft_mapping="1").expect(200)
        has(r.text, "#column: a =", "#constant: date =", "#constant: district =")
        s.post_batch(body, draft_mapping="1").problem(400)
        s.post_batch("PK\x03\x04", dry_run="1", draft_mapping="1").problem(422)
        eq(s.count(), 0, "registrations")


def test_unknown_words_are_counted(world):
    """unknown words come with their counts, near names and first lines, the most frequent first"""
    body = "date,district,block,sector\n" + "".join(
        f"2021-11-20,607,{'Golla' if i % 3 else 'Mandoo'},{'Farmwork' if i % 5 else 'Mining'}\n"
        for i in range(300))
    with world.small() as s:
        p = s.post_batch(body).problem(422)
        words = {(w["kind"], w["word"]): w for w in p["unknown_words"]}
        eq({k: w["rows"] for k, w in words.items()},
           {("block", "Golla"): 200, ("block", "Mandoo"): 100, ("sector", "Farmwork"): 240},
           "words")
        eq([w["rows"] for w in p["unknown_words"]], [200, 100, 240], "the order")
        golla = words["block", "Golla"]
        eq((golla["line"], golla["within"], golla["near"]), (3, "Ramgarh (607)", ["Gola"]), "Golla")
        skipped = s.post_batch(body, key="k", on_error="skip").expect(201).json()
        eq(skipped["unknown_words"], p["unknown_words"], "with on_error=skip")
        many = "date,district,block\n" + "".join(
            f"2021-11-20,607,Nowhere {i}\n" for i in range(3000))
        p = s.post_batch(many).problem(422)
        eq((len(p["unknown_words"]), p["unknown_words_total"]), (20, 1000), "bounded")
    told = world.run("import", world.file("w.csv", body), "--data", s.data).expect(1).err
    has(told, "block 'Golla' in Ramgarh (607): 200 rows", "near: Gola", "--draft-mapping")


def test_mapping_of_a_source(world):
    """a mapping: date formats, words inside a place, words of texts, a constant, quotes"""
    mapping = ('column: "क = ख" = block\nformat: date = DD-MMM-YY\nformat: date = MM/DD/YYYY\n'
               'block in district 607: सदर = 3175\nblock in district Dumka: सदर = 3104\n'
               'centre: के-1 = Gola CSC\ncolumn: d = date\ncolumn: where = district\n'
               'constant: sector = Mining\n')
    body = ('d,where,क = ख,centre\n20-Nov-21,607,सदर,के-1\n11/21/2021,Dumka,सदर,के-2\n'
            '2021-11-22,607,Gola,के-1\n')
    with world.small() as s:
        s.post_batch(body, mapping_text=mapping).expect(201)
        rows = s.query("FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY date, block_code, "
                       "centre, sector_code |> ORDER BY date").expect(200).rows()
        eq([(r["date"], r["block_code"], r["centre"], r["sector_code"]) for r in rows],
           [("2021-11-20", 3175, "Gola CSC", 17), ("2021-11-21", 3104, "के-2", 17),
            ("2021-11-22", 3168, "Gola CSC", 17)], "rows")
        p = s.post_batch(body.replace("20-Nov-21", "20-11-2021"), mapping_text=mapping).problem(422)
        has(p["errors"][0]["reason"], "DD-MMM-YY", "another format of the mapping")
        for wrong, says in (("format: date = DD-YY\n", "a month"), ("format: age = DD\n", "only"),
                            ("sector in district 607: a = Mining\n", "in"),
                            ("numbers: x = aadhaar\n", "other")):
            has(s.post_batch(body, mapping_text=wrong).problem(400)["detail"], says, "line 1")


def test_rejects_are_mended_and_sent(world):
    """fifty thousand rows, 26 kinds of faults: each told exactly; mended and sent, all is there"""
    files = Dirty(50000, seed=7)
    with world.small() as s, world.small() as other:
        other.post_batch(files.clean, key="clean").expect(201)
        a = s.post_batch(files.dirty, key="d", source="office", on_error="skip").expect(201).json()
        eq(a["rejected"], len(files.kind), "rows left out")
        eq(a["accepted"], files.rows - a["rejected"], "rows taken in")
        rejects = s.get("/v1/batches/d/rejects.csv").expect(200).text
        told = world.run("batches", "rejects", "d", "--data", s.data).expect(0).out
        eq(told.splitlines(), rejects.splitlines(), "the same on the command line")
        files.check(rejects)
        again = s.post_batch(files.mend(rejects), key="m", source="office").expect(201).json()
        eq((again["rejected"], again["warnings"]), (0, []), "the mended file")
        eq(all_counted(s), all_counted(other), "the counts of the clean file")


def test_rejects_keep_what_was_sent(world):
    """rejects keep order, delimiter and values; not ids, long numbers, formulas, long rows"""
    body = ("count;registration_id;block;remark;date;district\n"
            '0;R-1;Gola;"a;""b""\n c";2021-11-20;607\n'
            "1;R-2;=cmd|x;-;2021-11-20;607\n"
            "-5;R-3;Gola;call 2345 6789 0123;20/11/2021;607\n"
            "x;R-4;Gola;" + "z" * 5000 + ";2021-11-20;607\n"
            "1;R-5;Gola;2021-11-20\n")
    with world.small() as s:
        s.post_batch(body, key="k", on_error="skip").expect(201)
        text = s.get("/v1/batches/k/rejects.csv").expect(200).text
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        eq(table[0], ["panji_reason"] + body.splitlines()[0].split(";"), "columns")
        eq(table[1][1:], ["0", "", "Gola", 'a;"b"\n c', "2021-11-20", "607"], "quotes")
        eq(table[2][1:], ["1", "", "'=cmd|x", "-", "2021-11-20", "607"], "a formula")
        eq(table[3][1:], ["-5", "", "Gola", "call xxxx xxxx xxxx", "20/11/2021", "607"], "digits")
        for row, why in ((table[4], "4096"), (table[5], "registration_id")):
            eq(row[1:], [""] * 6, "a row that is not kept")
            has(row[0], "not kept", why, "take it from your file", what="the reason")
        yes(s.get("/v1/batches/k/rejects.csv", bom="1").body.startswith(b"\xef\xbb\xbf"), "bom=1")
        mended = ("panji_reason;" + body.splitlines()[0] +
                  "\nline 2: fixed;1;R-1;Gola;a;2021-11-20;607\n")
        again = s.post_batch(mended, key="m").expect(201).json()
        yes("panji_reason" not in str(again["warnings"]), "our column is known")
        eq(s.count(), 1, "registrations")
        p = s.post_batch("panji_reason,date,district,block\nx,2021-11-20,607,Golla\n", key="n",
                         on_error="skip").expect(201)
        eq(s.get("/v1/batches/n/rejects.csv").text.splitlines()[0],
           "panji_reason,date,district,block",
           "one column of reasons, however often it was sent")
        yes(p, "sent")
    eq(len(HEAD), 11, "the columns of the generator")
