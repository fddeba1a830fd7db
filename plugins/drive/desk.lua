-- What became of the alerts: how many there were, how soon somebody answered, how long they stayed
-- open. The district reads it once a month: a rule that nobody answers is wrong or in the wrong
-- hands.

report "alert_durations" {
  title = { en = "How long alerts stayed open", hi = "अलर्ट कितने समय खुले रहे" },
  help = {
    en = "By rule, over the days chosen; days count from the moment it fired to its recovery.",
    hi = "नियमवार, चुने हुए दिनों में; दिन सक्रिय होने से ठीक होने तक गिने जाते हैं।",
  },
  params = {
    { "from", type = "date", default = "2021-08-26", title = { en = "From", hi = "इस दिन से" } },
    { "to", type = "date", default = "latest", title = { en = "To", hi = "इस दिन तक" } },
  },
  query = [[
    FROM alert_history
    |> WHERE day BETWEEN @from AND @to
    |> AGGREGATE COUNTIF(event = 'firing') AS fired, COUNTIF(event = 'resolved') AS recovered,
                 COUNTIF(event = 'acknowledged') AS acknowledged,
                 COUNTIF(event = 'escalated') AS escalated,
                 AVG(open_days) AS open_days, MAX(open_days) AS longest
       GROUP BY plugin, rule
    |> WHERE fired > 0 OR recovered > 0
    |> ORDER BY fired DESC, rule
  ]],
  columns = {
    { "plugin", title = { en = "Plugin", hi = "प्लगइन" } },
    { "rule", title = { en = "Rule", hi = "नियम" } },
    { "fired", title = { en = "Fired", hi = "सक्रिय हुए" }, type = "integer" },
    { "recovered", title = { en = "Recovered", hi = "ठीक हुए" }, type = "integer" },
    { "acknowledged", title = { en = "Acknowledged", hi = "स्वीकार किए" }, type = "integer" },
    { "escalated", title = { en = "Escalated", hi = "ऊपर भेजे" }, type = "integer" },
    { "open_days", title = { en = "Days open, mean", hi = "औसत खुले दिन" }, type = "number",
      decimals = 1, total = "none" },
    { "longest", title = { en = "Days open, most", hi = "अधिकतम खुले दिन" }, type = "number",
      decimals = 1, total = "none" },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "rule", type = "nominal", sort = "-x" },
      x = { field = "fired", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local t = rows.total
    if not t then
      return fill({ en = "No alert fired or ended from {from} to {to}.",
                    hi = "{from} से {to} तक न कोई अलर्ट सक्रिय हुआ, न ठीक हुआ।" }, p)
    end
    return fill({
      en = "From {from} to {to}: {fired} fired, {recovered} recovered, {acknowledged} were "
        .. "acknowledged and {escalated} went to the next in line.",
      hi = "{from} से {to} तक: {fired} सक्रिय हुए, {recovered} ठीक हुए, {acknowledged} स्वीकार किए "
        .. "गए और {escalated} ऊपर भेजे गए।",
    }, { from = p.from, to = p.to, fired = t.fired, recovered = t.recovered,
         acknowledged = t.acknowledged, escalated = t.escalated })
  end,
}

-- The evening's report of each centre to the officer of the block. `bdo` is a notifier of the
-- server's configuration (type smtp, to = "officers:block"); where there is none, nothing is sent.
schedule "csc_daily_to_bdo" {
  title = { en = "Centres today", hi = "आज के केंद्र" },
  report = "csc_daily",
  each = "block",
  at = "18:00",
  deliver = "bdo",
  format = "xlsx",
}
