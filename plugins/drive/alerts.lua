-- Alerts: which blocks need attention. Each row of the query is a block; the ladder `severity`
-- decides which of them are findings.
--
-- A block lags when it is well below what its target expects by now AND well below the other
-- blocks: if the whole district is slow, because the portal was down or over a holiday, that is
-- no fault of a block and is told elsewhere. It must last for two days of data before it fires.

alert "lagging_block" {
  title = { en = "Block is lagging", hi = "प्रखंड पीछे है" },
  help = {
    en = "Look at the block's centres (report csc_daily) and hold camps in its silent panchayats.",
    hi = "प्रखंड के प्रज्ञा केंद्र देखें (रिपोर्ट csc_daily) और शांत पंचायतों में शिविर लगाएँ।",
  },
  params = {
    { "behind", type = "percent", default = 10, min = 0, max = 100,
      help = "points of the target below what is expected by now" },
    { "apart", type = "percent", default = 5, min = 0, max = 100,
      help = "points of the target below the mean of the district's blocks" },
  },
  query = [[
    FROM registrations
    |> WHERE date <= (SELECT MAX(date) FROM registrations)
    |> AGGREGATE COUNT(*) AS done, MAX(date) AS as_on GROUP BY district, block
  ]],
  key = { "block" },
  pending = "2 days",
  keep = "1 day",
  severity = {
    { "critical", "pct < expected_pct / 2" },
    { "warning" },
  },
  message = {
    en = "{block}: {pct} of target on {as_on}, {expected_pct} expected",
    hi = "{block}: {as_on} को लक्ष्य का {pct}, अपेक्षित {expected_pct}",
  },
  notify = { "district_office" },
  no_data = "keep",
}
