-- What was revised since a day: figures of that day and before that were other then than they are
-- now, because rows came late, were corrected, replaced or retracted.

local note = use "note"

report "revised_since" {
  title = { en = "Figures revised since", hi = "तब से बदले आँकड़े" },
  help = {
    en = "Each block, sector and day whose figure is not what was known at the end of the day "
      .. "chosen, and the batches that changed it." .. note.en,
    hi = "हर प्रखंड, क्षेत्र और दिन जिसका आँकड़ा चुने गए दिन के अंत में ज्ञात आँकड़े से भिन्न है, "
      .. "और वे बैच जिनसे वह बदला।" .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district", required = true,
      title = { en = "District", hi = "ज़िला" } },
    { "since", type = "date", default = "latest",
      title = { en = "As known on", hi = "इस दिन तक ज्ञात" } },
  },
  query = [[
    FROM registrations FOR SYSTEM_TIME AS OF @since
    |> WHERE district = @district AND date <= @since
    |> AGGREGATE COUNT(*) AS known_then GROUP BY block, sector, date, batch
    |> EXTEND 0 AS known_now
    |> UNION ALL (
         FROM registrations
         |> WHERE district = @district AND date <= @since
         |> AGGREGATE COUNT(*) AS known_now GROUP BY block, sector, date, batch
         |> SELECT block, sector, date, batch, 0 AS known_then, known_now)
    |> AGGREGATE SUM(known_then) AS known_then, SUM(known_now) AS known_now
       GROUP BY block, sector, date, batch
    |> AGGREGATE SUM(known_then) AS known_then, SUM(known_now) AS known_now,
         STRING_AGG(IF(known_then != known_now, batch, NULL), ', ' ORDER BY batch) AS batches
       GROUP BY block, sector, date
    |> WHERE known_then != known_now
    |> EXTEND known_now - known_then AS change
    |> SELECT date, block, sector, known_then, known_now, change, batches
    |> ORDER BY date DESC, block, sector
  ]],
  columns = {
    { "date", title = { en = "Day", hi = "दिन" } },
    { "block", title = { en = "Block", hi = "प्रखंड" },
      null = { en = "Block not stated", hi = "प्रखंड नहीं बताया" } },
    { "sector", title = { en = "Sector", hi = "क्षेत्र" },
      null = { en = "Sector not stated", hi = "क्षेत्र नहीं बताया" } },
    { "known_then", type = "integer", title = { en = "As known then", hi = "तब ज्ञात" } },
    { "known_now", type = "integer", title = { en = "As known now", hi = "अब ज्ञात" } },
    { "change", type = "integer", title = { en = "Change", hi = "बदलाव" } },
    { "batches", type = "text", title = { en = "Batches", hi = "बैच" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      x = { field = "date", type = "temporal" },
      y = { field = "change", type = "quantitative", aggregate = "sum" },
    },
  },
  summary = function(rows, p)
    local t = rows.total
    if #rows == 0 then
      return fill({
        en = "{district}: no figure was revised since {since}.",
        hi = "{district}: {since} के बाद कोई आँकड़ा नहीं बदला।",
      }, { district = p.district, since = p.since })
    end
    if t == nil then -- not all rows are here
      return fill({
        en = "{district}: at least {n} figures were revised since {since}.",
        hi = "{district}: {since} के बाद कम से कम {n} आँकड़े बदले।",
      }, { district = p.district, since = p.since, n = #rows })
    end
    return fill({
      en = "{district}: {n} figures were revised since {since}, from {before} to {now} "
        .. "registrations together.",
      hi = "{district}: {since} के बाद {n} आँकड़े बदले, कुल निबंधन {before} से {now}।",
    }, { district = p.district, since = p.since, n = #rows, before = t.known_then,
         now = t.known_now })
  end,
}

-- A correction may take more than there is only when whoever sends it says that this is meant; the
-- cell stays a finding for as long as it is so.
check "cells_below_zero" {
  title = { en = "Cells that hold less than nothing", hi = "शून्य से कम वाले आँकड़े" },
  query = [[
    FROM registrations
    |> AGGREGATE COUNT(*) AS registrations GROUP BY district, block, panchayat, sector, date
    |> WHERE registrations < 0
    |> ORDER BY registrations, date
    |> LIMIT 1000
  ]],
  severity = "warning",
}
