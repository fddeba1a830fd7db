-- The state's review: each district, what is registered, what remains, its share of the target, and
-- how the districts stand to each other.

local note = use "note"

report "state_overview" {
  title = { en = "State overview, by district", hi = "राज्य का सार, ज़िलावार" },
  help = {
    en = "How far each district of a state has come, and what remains to be registered."
      .. note.en,
    hi = "राज्य का हर ज़िला कहाँ तक पहुँचा है और कितना निबंधन शेष है।"
      .. note.hi,
  },
  params = {
    { "state", type = "place", level = "state", default = 6,
      title = { en = "State", hi = "राज्य" } },
    { "as_on", type = "date", default = "latest", title = { en = "As on", hi = "दिनांक तक" } },
  },
  query = [[
    FROM registrations
    |> WHERE state = @state AND date <= @as_on
    |> AGGREGATE COUNT(*) AS registered, COUNTIF(date = @as_on) AS today GROUP BY district
    |> CALL complete('district', under => @state)
    |> CALL against_target('haryana_2021', achieved => 'registered', as_on => @as_on)
    |> EXTEND balance AS remaining
    |> ORDER BY registered DESC, district
  ]],
  columns = {
    { "district", title = { en = "District", hi = "ज़िला" },
      null = { en = "District not stated", hi = "ज़िला नहीं बताया" } },
    { "registered", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "today", type = "integer", title = { en = "On the day", hi = "उस दिन" } },
    { "target", type = "integer", title = { en = "Target", hi = "लक्ष्य" } },
    { "remaining", type = "integer", title = { en = "Remaining", hi = "शेष" } },
    { "pct", type = "percent", title = { en = "Share of target", hi = "लक्ष्य का प्रतिशत" },
      bands = { 25, 50, 75, 100 }, total = "100.0 * registered / NULLIF(target, 0)" },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "district", type = "nominal", sort = "-x" },
      x = { field = "registered", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local t = rows.total
    if not t or not t.registered then
      return { en = "Nothing is registered yet.", hi = "अभी तक कोई निबंधन नहीं हुआ है।" }
    end
    local v = { state = p.state, done = t.registered, target = t.target, left = t.remaining }
    if not t.target then
      return fill({
        en = "{state}: {done} registrations; its districts have no target.",
        hi = "{state}: {done} निबंधन; इसके ज़िलों का कोई लक्ष्य नहीं है।",
      }, v)
    end
    return fill({
      en = "{state}: {done} of {target} registered; {left} remain.",
      hi = "{state}: लक्ष्य {target} में से {done} निबंधन; {left} शेष।",
    }, v)
  end,
}

-- A rank without its cause does harm: beside it stands what the days were worth, in the district
-- and in the state's middle.
report "district_ranking" {
  title = { en = "Districts by rank", hi = "ज़िलों का स्थान" },
  help = {
    en = "Districts ranked by their share of the target, and how many places each has gained or "
      .. "lost in the days before; one without a target has no rank." .. note.en,
    hi = "लक्ष्य के प्रतिशत के अनुसार ज़िलों का स्थान, और पिछले दिनों में कितने स्थान ऊपर या नीचे; "
      .. "जिसका लक्ष्य नहीं उसका स्थान नहीं।" .. note.hi,
  },
  params = {
    { "state", type = "place", level = "state", default = 6,
      title = { en = "State", hi = "राज्य" } },
    { "as_on", type = "date", default = "latest", title = { en = "As on", hi = "दिनांक तक" } },
    { "days", type = "integer", default = 7, min = 1, max = 366,
      title = { en = "Compared with days before", hi = "इतने दिन पहले से तुलना" } },
  },
  query = [[
    FROM registrations
    |> WHERE state = @state AND date <= @as_on
    |> AGGREGATE COUNT(*) AS done,
                 COUNTIF(DATE_DIFF(@as_on, date, DAY) < @days) AS added
       GROUP BY district
    |> WHERE district IS NOT NULL
    |> CALL complete('district', under => @state)
    |> CALL against_target('haryana_2021', achieved => 'done', as_on => @as_on)
    |> EXTEND MAX(target) OVER () > 0 AS by_target
    |> EXTEND IF(by_target, pct, CAST(done AS FLOAT64)) AS by_now,
              IF(by_target, 100.0 * (done - added) / NULLIF(target, 0),
                 CAST(done - added AS FLOAT64)) AS by_then,
              100.0 * added / NULLIF(target, 0) AS gained
    |> CALL rank_change(by => 'by_now', since => 'by_then')
    |> SET rank = IF(by_now IS NULL, NULL, rank),
           rank_change = IF(by_now IS NULL, NULL, rank_change)
    |> ORDER BY rank NULLS LAST, district
  ]],
  columns = {
    { "rank", type = "integer", title = { en = "Rank", hi = "स्थान" }, total = "none" },
    { "district", title = { en = "District", hi = "ज़िला" } },
    { "rank_change", type = "integer", title = { en = "Places gained", hi = "कितने स्थान ऊपर" },
      help = { en = "below zero: lost", hi = "शून्य से कम: नीचे" }, total = "none" },
    { "previous_rank", type = "integer", title = { en = "Rank before", hi = "पहले का स्थान" },
      total = "none" },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "added", type = "integer",
      title = { en = "Of these in the days", hi = "इनमें इन दिनों में" } },
    { "target", type = "integer", title = { en = "Target", hi = "लक्ष्य" } },
    { "pct", type = "percent", title = { en = "Share of target", hi = "लक्ष्य का प्रतिशत" },
      bands = { 25, 50, 75, 100 }, total = "100.0 * done / NULLIF(target, 0)" },
    { "gained", type = "percent", title = { en = "Gained in the days", hi = "इन दिनों में जुड़ा" },
      total = "100.0 * added / NULLIF(target, 0)" },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "district", type = "nominal", sort = "-x" },
      x = { field = "pct", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local up, down
    for _, r in ipairs(rows) do
      if r.rank_change and r.rank_change > (up and up.rank_change or 0) then up = r end
      if r.rank_change and r.rank_change < (down and down.rank_change or 0) then down = r end
    end
    if not up and not down then
      return fill({ en = "No district has changed its rank in {days} days.",
                    hi = "{days} दिनों में किसी ज़िले का स्थान नहीं बदला।" }, { days = p.days })
    end
    return fill({
      en = "Most places gained: {up} ({gain}); most lost: {down} ({loss}).",
      hi = "सबसे अधिक ऊपर: {up} ({gain}); सबसे अधिक नीचे: {down} ({loss})।",
    }, { up = up and up.district or "-", gain = up and up.rank_change or 0,
         down = down and down.district or "-", loss = down and -down.rank_change or 0 })
  end,
}
