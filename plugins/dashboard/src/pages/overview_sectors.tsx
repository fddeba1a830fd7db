// SPDX-License-Identifier: MIT
// The sectors of a place: the largest, each with its share; the rest in one row.
import { href } from "../address";
import { literal, useQuery } from "../api";
import * as format from "../format";
import { t } from "../lang";
import { Bar } from "../parts/figures";
import { Shown } from "../parts/status";
import { DataTable } from "../parts/table";
import { inPlace, type Ref, refText } from "../place";

const words = {
  sector: { en: "Sector", hi: "क्षेत्र" },
  n: { en: "Registrations", hi: "निबंधन" },
  share: { en: "Share", hi: "अंश" },
  others: { en: "{n} other sectors", hi: "अन्य {n} क्षेत्र" },
  notStated: { en: "Sector not stated", hi: "क्षेत्र नहीं बताया" },
  total: { en: "Total", hi: "कुल" },
  all: { en: "All sectors, beside what was published", hi: "सभी क्षेत्र, प्रकाशित आँकड़ों के साथ" },
};
const SHOWN = 9;

interface SectorRow {
  key: string;
  name: string;
  n: number;
}

export function Sectors({ refOf: ref, asOn }: { refOf: Ref; asOn: string | null }) {
  const conditions = [inPlace(ref), asOn ? `date <= ${literal(asOn)}` : ""].filter(Boolean);
  const loaded = useQuery<{ sector: string | null; code: number | string | null; n: number }>(
    `FROM registrations${conditions.length ? ` |> WHERE ${conditions.join(" AND ")}` : ""}
     |> AGGREGATE COUNT(*) AS n GROUP BY sector |> EXTEND sector_code AS code |> ORDER BY n DESC`);
  return (
    <Shown of={loaded}>
      {(v) => {
        const all = v.data.reduce((n, r) => n + r.n, 0);
        const named = v.data.filter((r) => r.sector !== null);
        const nameless = v.data.filter((r) => r.sector === null).reduce((n, r) => n + r.n, 0);
        const rest = named.slice(SHOWN);
        const rows: SectorRow[] = named.slice(0, SHOWN)
          .map((r) => ({ key: String(r.code), name: r.sector!, n: r.n }));
        if (rest.length > 0)
          rows.push({ key: "others", name: t(words.others, { n: rest.length }),
            n: rest.reduce((n, r) => n + r.n, 0) });
        if (nameless > 0) rows.push({ key: "none", name: t(words.notStated), n: nameless });
        return (
          <>
            <DataTable rows={rows} sort="" caption={t(words.sector)} rowKey={(r) => r.key}
              total={{ key: "total", name: t(words.total), n: all }}
              cols={[
                { key: "name", title: t(words.sector), head: true, show: (r) => r.name },
                { key: "n", title: t(words.n), numeric: true, show: (r) => format.count(r.n) },
                { key: "share", title: t(words.share), numeric: true,
                  show: (r) => format.percent(all ? (100 * r.n) / all : null) },
                { key: "bar", title: t(words.share), quiet: true, wide: true, show: (r) => r.key === "total" ? null
                  : <Bar part={all ? r.n / all : 0} /> },
              ]} />
            {ref.level === "district" &&
              <p class="small"><a href={href("sectors", { place: refText(ref) })}>{t(words.all)}</a></p>}
          </>
        );
      }}
    </Shown>
  );
}
