# SPDX-License-Identifier: MIT
"""Workbooks, read back by LibreOffice."""

import csv
import io
import os
import re
import subprocess
import zipfile

from harness import eq, has, yes

HEAD_ROW = 4
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORTS = [("block_review", {"district": 607}), ("sector_summary", {"district": 607}),
           ("csc_daily", {"district": 607}), ("state_overview", {"state": 6})]


def through_libreoffice(world, body, name):
    """All cells of the first sheet as they are shown."""
    path = world.file(name + ".xlsx", body)
    out = world.path("read-back")
    shown = "44,34,76,1,,0,false,true"  # comma, quotes, UTF-8, from line 1, as shown
    subprocess.run(["soffice", f"-env:UserInstallation=file://{world.tmp}/libreoffice",
                    "--headless", "--convert-to",
                    f"csv:Text - txt - csv (StarCalc):{shown}", "--outdir", out, path],
                   check=True, capture_output=True, timeout=120)
    written = os.path.basename(path).removesuffix(".xlsx") + ".csv"
    with open(os.path.join(out, written), encoding="utf-8") as f:
        return list(csv.reader(f))


def plain(cell):
    """A cell as CSV writes it: without what only the eye needs."""
    if re.fullmatch(r"-?[\d,]+(\.\d+)?%?", cell):
        cell = cell.replace(",", "").rstrip("%")
        return f"{float(cell):.1f}" if "." in cell else cell
    return cell


def test_reports_are_the_same_in_excel(world):
    """each report as xlsx, opened by LibreOffice: titles, days, every figure as in CSV"""
    s = world.demo
    for name, params in REPORTS:
        for lang in ("en", "hi"):
            path = f"/v1/reports/drive/{name}"
            book = s.get(path + ".xlsx", lang=lang, **params).expect(200)
            eq(book.headers["Content-Type"], XLSX, "the type")
            has(book.headers["Content-Disposition"], f'filename="{name}.xlsx"')
            eq(book.body, s.get(path + ".xlsx", lang=lang, **params).body, "the same bytes")
            cells = through_libreoffice(world, book.body, f"{name}-{lang}")
            want = s.get(path + ".json", lang=lang, **params).json()
            eq(cells[HEAD_ROW], [m.get("title", m["name"]) for m in want["meta"]], "titles")
            has(cells[1][0], want["as_on"])
            rows = s.get(path + ".csv", lang=lang, **params).text.splitlines()
            rows = [[plain(c) for c in row] for row in csv.reader(io.StringIO("\n".join(rows)))]
            got = [[plain(c) for c in row] for row in cells[HEAD_ROW + 1:]]
            eq(len(got), len(rows) - 1, f"{name}: rows")
            for g, w in zip(got, rows[1:]):
                if w[0] == "":  # a total that has no name is given one
                    g, w = g[1:], w[1:]
                eq(g, w, f"{name}, {lang}")


def test_a_workbook_of_values(world):
    """numbers to the digit, lakh and crore, days as days, text that looks like a formula"""
    query = ("SELECT 123456789 AS a, 12345678901 AS b, -1234567 AS c, 9007199254740993 AS d, "
             "1234567.5 AS e, DATE '2021-11-18' AS f, '=1+1' AS g, TRUE AS h, NULL AS i, "
             "'<गोला>' AS j, 12 AS k")
    with world.small() as s:
        answer = s.query(query, format="xlsx").expect(200)
        row = through_libreoffice(world, answer.body, "values")[HEAD_ROW + 1]
        eq(row, ["12,34,56,789", "12,34,56,78,901", "-12,34,567", "9007199254740993",
                 "12,34,567.50", "2021-11-18", "=1+1", "true", "", "<गोला>", "12"], "the cells")
        parts = zipfile.ZipFile(io.BytesIO(answer.body))
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        has(sheet, 'ySplit="5"', 'state="frozen"', 'fitToPage="1"', 'paperSize="9"')
        yes("<f>" not in sheet, "there is no formula")


def test_bands_are_colours(world):
    """a figure below its band is coloured, and its total is bold"""
    book = world.demo.get("/v1/reports/drive/block_review.xlsx", district=607).expect(200)
    styles = zipfile.ZipFile(io.BytesIO(book.body)).read("xl/styles.xml").decode()
    has(styles, "FFFDE0DD", "<b/>", "##\\,##\\,##0")


def test_accept_and_the_command_line(world):
    """Accept asks for a workbook, and so does --format xlsx"""
    with world.small() as s:
        got = s.query("SELECT 1 AS one", headers={"Accept": XLSX}).expect(200)
        eq(got.headers["Content-Type"], XLSX, "the type")
        done = subprocess.run([world.panji, "query", "SELECT 1 AS one", "--server", s.url,
                               "--format", "xlsx"], capture_output=True, check=True)
        eq(done.stdout, got.body, "the same bytes")
