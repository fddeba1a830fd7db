# SPDX-License-Identifier: MIT
"""The directory's exports, at the size of the country and with its traps: codes that are plain
numbers of a sequence for each level (so that a district and a block share one), seven blocks called
RAMGARH, blocks that lie in two districts, names of the local language in several scripts, two
columns of one name, districts without blocks."""

import random
from xml.sax.saxutils import escape

STATES, DISTRICTS, BLOCKS, SHARED, EMPTY = 36, 763, 7223, 10, 41
LOCAL = ("", "", "", "रामपुर", "ৰামপুৰ", "રામપુર", "ਰਾਮਪੁਰ", "RAMPUR")
SYLLABLES = ("RA", "MA", "GOL", "DUL", "CHI", "TAR", "PUR", "NA", "GAR", "BER", "KHE", "LA", "PA")


class Country:
    def __init__(self, seed=1):
        rng = random.Random(seed)
        name = lambda: "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))
        self.states = [(code, f"{name()} PRADESH") for code in range(1, STATES + 1)]
        self.districts = [(code, rng.choice(self.states)[0], name())
                          for code in range(1, DISTRICTS + 1)]
        rng.shuffle(self.districts)
        filled = self.districts[EMPTY:]
        self.blocks = []  # code, version, name, local name, district code
        for code in range(1, BLOCKS + 1):
            title = name()
            if code % 1000 == 7 and code < 7000:
                title = "RAMGARH" if code % 2000 == 7 else "Ramgarh"
            district = filled[code % len(filled)][0]
            self.blocks.append((code, rng.randint(1, 7), title, rng.choice(LOCAL), district))
        for block in self.blocks[100:100 + SHARED]:
            other = next(d[0] for d in filled if d[0] != block[4])
            self.blocks.append((*block[:4], other))
        self.district = {code: (state, title) for code, state, title in self.districts}
        self.state = dict(self.states)

    def states_csv(self):
        yield ["S.No.", "State Code", "State Version", "State Name", "State Name",
               "Census 2001 Code", "Census 2011 Code", "State or UT"]
        for i, (code, name) in enumerate(self.states):
            yield [i + 1, code, 1, name, name, code, code, "S"]

    def districts_csv(self):
        yield ["State Code", "State Name", "District Code", "District Name", "Census 2001 Code",
               "Census 2011 Code"]
        for code, state, name in self.districts:
            yield [state, self.state[state], code, name, "", code]

    def blocks_csv(self):
        yield ["S.No.", "State Code", "State Name", "District Code", "District Name", "Block Code",
               "Block Version", "Block Name ", "Block Name"]
        for i, (code, version, name, local, district) in enumerate(self.blocks):
            state, title = self.district[district]
            yield [i + 1, state, self.state[state], district, title, code, version, name, local]

    def panchayats_csv(self, each):
        """One line a village, several of a panchayat; some villages are in towns."""
        yield ["S.No.", "State Code", "State Name (In English)", "District Code",
               "District Name (In English)", "Village Code", "Village Name (In English)",
               "localbody Code", "Localbody Name (In English)", "Block Code",
               "Block Name (In English)", "District Code of Block",
               "District Name of Block (In English)"]
        n = 0
        for block in self.blocks[:BLOCKS]:
            state, title = self.district[block[4]]
            for k in range(each):
                for village in range(2):
                    n += 1
                    town = n % 50 == 0
                    yield [n, state, self.state[state], block[4], title, 500000 + n, f"VILLAGE {n}",
                           "" if town else block[0] * 1000 + k,
                           "" if town else f"PANCHAYAT {k}", block[0], block[2], block[4], title]


def csv(rows, quote=False):
    """With every field quoted where `quote` says so, as one of the exports is."""
    def cell(v):
        s = str(v)
        return f'"{s}"' if quote or "," in s else s
    return "".join(",".join(map(cell, r)) + "\r\n" for r in rows)


def excel_xml(rows, title):
    """What the directory sends as .xls: titles above, the hour of the report below."""
    out = ['<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook '
           'xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
           'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="a"/>'
           '</Styles><Worksheet ss:Name="r"><Table>']
    line = lambda cells: "<Row>" + "".join(
        f'<Cell><Data ss:Type="String">{escape(str(c))}</Data></Cell>' if c != "" else "<Cell/>"
        for c in cells) + "</Row>\n"
    for words in ("Local Government Directory", "Ministry of Panchayati Raj", title, ""):
        out.append(line([words]))
    out += [line(r) for r in rows]
    out.append(line(["Report generated on 11/03/2022 10:11:12"]))
    return "".join(out) + "</Table></Worksheet></Workbook>"


def html(rows):
    return "<html><body><table>" + "".join(
        "<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in r) + "</tr>\n"
        for r in rows) + "</table></body></html>"
