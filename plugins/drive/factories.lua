-- Factories: every worker of each is to be registered. The factories with their workers are a table
-- that the office uploads:
--
--   panji tables put factories factories.csv
--
-- A registration counts for a factory when its record names it as `establishment`, anywhere in the
-- district, because a worker need not live where the factory stands.

local note = use "note"

upload "factories" {
  title = { en = "Factories and their workers", hi = "कारखाने और उनके श्रमिक" },
  help = {
    en = "Each factory with its block and how many work there.",
    hi = "हर कारखाने का प्रखंड और वहाँ काम करने वालों की संख्या।",
  },
  columns = { { "name", "STRING" }, { "block" }, { "workers", "INT64" } },
}

report "factories" {
  title = { en = "Factories: everyone registered?", hi = "कारखाने: क्या सब निबंधित हैं?" },
  help = {
    en = "Each factory's workers against those registered who name it as their establishment; 100 "
      .. "per cent is asked for. Those with none come first, then those with most still to do. A "
      .. "factory is found by its name, capitals and blanks around it do not count." .. note.en,
    hi = "हर कारखाने के श्रमिक और उनमें से निबंधित, जिन्होंने उसे अपना प्रतिष्ठान बताया; लक्ष्य "
      .. "शत-प्रतिशत है। जिनमें एक भी नहीं वे पहले, फिर वे जिनमें सबसे अधिक शेष हैं।" .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district", required = true,
      title = { en = "District", hi = "ज़िला" } },
    { "as_on", type = "date", default = "latest", title = { en = "As on", hi = "दिनांक तक" } },
  },
  query = [[
    FROM factories
    |> JOIN (FROM places |> WHERE level = 'block' AND district = @district
             |> SELECT DISTINCT place AS block) USING (block)
    |> WHERE name IS NOT NULL
    |> EXTEND LOWER(TRIM(name)) AS key
    |> LEFT JOIN (FROM registrations
                  |> WHERE district = @district AND date <= @as_on AND establishment IS NOT NULL
                  |> AGGREGATE COUNT(*) AS n,
                               COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS n_week
                     GROUP BY LOWER(TRIM(establishment)) AS key) USING (key)
    |> SELECT name, block, workers, IFNULL(n, 0) AS done, IFNULL(n_week, 0) AS week
    |> EXTEND GREATEST(workers - done, 0) AS remaining, IF(done = 0, 1, 0) AS silent,
              100.0 * done / NULLIF(workers, 0) AS pct
    |> ORDER BY silent DESC, remaining DESC, name
  ]],
  columns = {
    { "name", title = { en = "Factory", hi = "कारखाना" } },
    { "block", title = { en = "Block", hi = "प्रखंड" } },
    { "workers", type = "integer", title = { en = "People at work", hi = "श्रमिक" } },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "pct", type = "percent", title = { en = "Registered, share", hi = "निबंधित, अंश" },
      total = "100.0 * done / NULLIF(workers, 0)", bands = { 50, 75, 100 } },
    { "remaining", type = "integer", title = { en = "Remaining", hi = "शेष" } },
    { "week", type = "integer", title = { en = "In the last 7 days", hi = "पिछले 7 दिन में" } },
    { "silent", type = "integer", title = { en = "None registered", hi = "एक भी नहीं" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "name", type = "nominal", sort = "x" },
      x = { field = "pct", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local t, full = rows.total, 0
    if not t then
      return fill({ en = "{district}: no factory is listed.",
                    hi = "{district}: कोई कारखाना सूची में नहीं है।" }, { district = p.district })
    end
    for _, r in ipairs(rows) do
      if (r.pct or 0) >= 100 then full = full + 1 end
    end
    return fill({
      en = "{district}: {done} of {workers} people in {n} factories are registered. Factories at "
        .. "100 per cent: {full}; with nobody registered: {silent}.",
      hi = "{district}: {n} कारखानों के {workers} श्रमिकों में {done} निबंधित हैं। शत-प्रतिशत "
        .. "कारखाने: {full}; जिनमें एक भी नहीं: {silent}।",
    }, { district = p.district, done = t.done, workers = t.workers, n = #rows, full = full,
         silent = t.silent })
  end,
}
