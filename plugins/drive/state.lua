-- The state's review: each district, what is registered, what remains, and its share of the target.

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
