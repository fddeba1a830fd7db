-- Alerts: which blocks need attention. Each row of the query is a finding.
--
-- A block lags when it is well below what its target expects by now AND well below the other
-- blocks: if the whole district is slow, because the portal was down or over a holiday, that is no
-- fault of one block. Both margins keep a block that stands near the line from coming and going.
-- Change them here, reload, and `/v1/alerts` shows what would be told.

alert "lagging_block" {
  title = { en = "Block is lagging", hi = "प्रखंड पीछे है" },
  help = {
    en = "Look at the block's centres (report csc_daily) and hold camps where they are silent.",
    hi = "प्रखंड के प्रज्ञा केंद्र देखें (रिपोर्ट csc_daily) और जहाँ वे मौन हैं वहाँ शिविर लगाएँ।",
  },
  params = {
    { "as_on", type = "date", default = "latest" },
    { "behind", type = "percent", default = 10, min = 0, max = 100,
      help = "how many points of the target below what is expected by now" },
    { "apart", type = "percent", default = 5, min = 0, max = 100,
      help = "how many points of the target below the mean of the blocks" },
  },
  -- Blocks without a target, in other districts, have nothing to lag behind. `complete` brings in
  -- those that have registered nobody yet. Six working days make the pace of the last week.
  query = [[
    FROM registrations
    |> WHERE date <= @as_on
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week
       GROUP BY block
    |> CALL complete('block')
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> WHERE target IS NOT NULL
    |> EXTEND AVG(pct) OVER () AS mean_pct, CAST(ROUND(week / 6) AS INT64) AS pace,
              @as_on AS as_on
    |> WHERE pct < expected_pct - @behind AND pct < mean_pct - @apart
    |> ORDER BY pct
  ]],
  key = { "block" },
  every = "data",
  pending = "0 days",     -- the figure is a sum since August: it does not flicker
  keep = "1 day",
  severity = {
    { "critical", "pct < expected_pct / 2" },
    { "warning" },
  },
  message = {
    en = "{block}: {pct} of target on {as_on}, {expected_pct} expected. To recover it needs "
      .. "{required_per_day} per working day for {days_left} days; it did {pace} last week.",
    hi = "{block}: {as_on} को लक्ष्य का {pct}, अपेक्षित {expected_pct}। भरपाई के लिए शेष "
      .. "{days_left} कार्य दिवसों में प्रतिदिन {required_per_day} चाहिए; "
      .. "पिछले सप्ताह प्रतिदिन {pace} हुए।",
  },
  notify = { "district_office" },
  no_data = "keep",
}
