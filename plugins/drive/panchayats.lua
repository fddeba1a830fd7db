-- Panchayats: every one is to be reached. Two reports: how many of each block are, and which are
-- not. A panchayat counts as reached when somebody who named it is registered; registrations that
-- name no panchayat reach none, and stand in a line of their own.

local note = use "note"

local as_on = { "as_on", type = "date", default = "latest",
                title = { en = "As on", hi = "दिनांक तक" } }

report "panchayat_coverage" {
  title = { en = "Panchayat coverage", hi = "पंचायतों तक पहुँच" },
  help = {
    en = "How many panchayats of each block have registrations, and which have none." .. note.en,
    hi = "हर प्रखंड की कितनी पंचायतों में निबंधन हुए और किनमें नहीं।" .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district", required = true,
      title = { en = "District", hi = "ज़िला" } },
    as_on,
  },
  query = [[
    FROM places
    |> WHERE level = 'panchayat' AND district = @district
    |> SELECT place AS panchayat, block
    |> LEFT JOIN (
         FROM registrations
         |> WHERE district = @district AND date <= @as_on
         |> AGGREGATE COUNT(*) AS done,
                      COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week
            GROUP BY panchayat) USING (panchayat)
    |> AGGREGATE COUNT(*) AS panchayats, COUNTIF(done > 0) AS reached,
                 COUNTIF(COALESCE(done, 0) = 0) AS without,
                 COUNTIF(done > 0 AND week = 0) AS quiet,
                 STRING_AGG(IF(COALESCE(done, 0) = 0, CAST(panchayat AS STRING), NULL), ', ')
                   AS names
       GROUP BY block
    |> EXTEND 100.0 * reached / panchayats AS pct
    |> ORDER BY pct, block
  ]],
  columns = {
    { "block", title = { en = "Block", hi = "प्रखंड" } },
    { "panchayats", type = "integer", title = { en = "Panchayats", hi = "पंचायतें" } },
    { "reached", type = "integer", title = { en = "With registrations", hi = "जहाँ निबंधन हुए" } },
    { "without", type = "integer", title = { en = "With none", hi = "जहाँ एक भी नहीं" } },
    { "quiet", type = "integer",
      title = { en = "None in the last 7 days", hi = "पिछले 7 दिन में एक भी नहीं" },
      help = { en = "have registrations, but none in the last week",
               hi = "निबंधन हुए, पर पिछले सप्ताह एक भी नहीं" } },
    { "pct", type = "percent", title = { en = "Reached", hi = "पहुँच" }, bands = { 50, 75, 100 },
      total = "100.0 * reached / NULLIF(panchayats, 0)" },
    { "names", title = { en = "Those with none", hi = "जिनमें एक भी नहीं" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "block", type = "nominal", sort = "x" },
      x = { field = "pct", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local t = rows.total
    if not t or (t.panchayats or 0) == 0 then
      return fill({
        en = "{district}: no panchayats are loaded.",
        hi = "{district}: कोई पंचायत दर्ज नहीं है।",
      }, { district = p.district })
    end
    return fill({
      en = "{district}: {reached} of {all} panchayats have registrations; {without} have none.",
      hi = "{district}: {all} में से {reached} पंचायतों में निबंधन हुए; {without} में एक भी नहीं।",
    }, { district = p.district, reached = t.reached, all = t.panchayats, without = t.without })
  end,
}

report "panchayats" {
  title = { en = "Panchayats, the weakest first", hi = "पंचायतें, सबसे पीछे वाली पहले" },
  help = {
    en = "Each panchayat: registered to date and in the last week, and the last day with any."
      .. note.en,
    hi = "हर पंचायत: अब तक और पिछले सप्ताह के निबंधन, और अंतिम दिन जब कोई निबंधन हुआ।"
      .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district", title = { en = "District", hi = "ज़िला" } },
    { "block", type = "place", level = "block", title = { en = "Block", hi = "प्रखंड" } },
    as_on,
  },
  query = [[
    FROM places
    |> WHERE level = 'panchayat' AND (@district IS NULL OR district = @district)
         AND (@block IS NULL OR block = @block)
    |> SELECT place AS panchayat, block
    |> LEFT JOIN (
         FROM registrations
         |> WHERE date <= @as_on
         |> AGGREGATE COUNT(*) AS done,
                      COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week,
                      MAX(date) AS last_day
            GROUP BY panchayat) USING (panchayat)
    |> SELECT panchayat, block, COALESCE(done, 0) AS done, COALESCE(week, 0) AS week, last_day
    |> ORDER BY done, week, block, panchayat
  ]],
  columns = {
    { "panchayat", title = { en = "Panchayat", hi = "पंचायत" } },
    { "block", title = { en = "Block", hi = "प्रखंड" } },
    { "done", type = "integer", title = { en = "Registered to date", hi = "अब तक निबंधित" },
      bands = { 1 } },
    { "week", type = "integer", title = { en = "In the last 7 days", hi = "पिछले 7 दिन में" } },
    { "last_day", type = "date", title = { en = "Last on", hi = "अंतिम दिन" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "panchayat", type = "nominal", sort = "x" },
      x = { field = "done", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local none = 0
    for _, r in ipairs(rows) do
      if r.done == 0 then none = none + 1 end
    end
    return fill({
      en = "{all} panchayats; {none} have no registration up to {day}.",
      hi = "{all} पंचायतें; {day} तक {none} में एक भी निबंधन नहीं।",
    }, { all = #rows, none = none, day = p.as_on })
  end,
}
