-- The sheet for a block's next meeting: one page that says where the block stands, why its rank
-- moved, what it needs a day, whom to see first, and when it will be done.

local note = use "note"

local KINDS = {
  standing = { en = "Where it stands", hi = "स्थिति" },
  rank     = { en = "Rank", hi = "स्थान" },
  pace     = { en = "Pace", hi = "गति" },
  act      = { en = "To act on", hi = "कार्रवाई" },
  finish   = { en = "When it will be done", hi = "कब पूरा होगा" },
}

-- The day n days after a day; both as YYYY-MM-DD.
local function day_after(day, n)
  local y, m, d = string.match(day, "(%d+)-(%d+)-(%d+)")
  y, m, d = tonumber(y), tonumber(m), tonumber(d) + n
  local function length()
    if m == 2 then return (y % 4 == 0 and (y % 100 ~= 0 or y % 400 == 0)) and 29 or 28 end
    return (m == 4 or m == 6 or m == 9 or m == 11) and 30 or 31
  end
  while d > length() do
    d = d - length()
    m = m + 1
    if m > 12 then m, y = 1, y + 1 end
  end
  return string.format("%04d-%02d-%02d", y, m, d)
end

local function median(values)
  table.sort(values)
  local n = #values
  if n == 0 then return 0 end
  return n % 2 == 1 and values[n // 2 + 1] or (values[n // 2] + values[n // 2 + 1]) / 2
end

-- What the last week was worth, in per cent of the target.
local function week_pct(r)
  return r.target and r.target > 0 and 100 * r.week / r.target or nil
end

report "meeting_sheet" {
  title = { en = "Sheet for the next meeting", hi = "अगली बैठक का पत्रक" },
  help = {
    en = "One block: where it stands, why its rank moved, what it needs per working day, which "
      .. "panchayats and centres to act on, and when the target is reached at today's pace and "
      .. "with camps." .. note.en,
    hi = "एक प्रखंड: स्थिति, स्थान क्यों बदला, प्रति कार्य दिवस कितना चाहिए, किन पंचायतों और "
      .. "केंद्रों पर कार्रवाई हो, और आज की गति से तथा शिविरों के साथ लक्ष्य कब पूरा होगा।"
      .. note.hi,
  },
  params = {
    { "block", type = "place", level = "block", required = true,
      title = { en = "Block", hi = "प्रखंड" } },
    { "as_on", type = "date", default = "latest", title = { en = "As on", hi = "दिनांक तक" } },
    { "camps", type = "integer", default = 4, min = 0, max = 1000,
      title = { en = "Camps more", hi = "और शिविर" } },
    { "per_camp", type = "integer", default = 150, min = 0, max = 100000,
      title = { en = "Registrations per camp", hi = "प्रति शिविर निबंधन" } },
  },
  queries = {
    -- The blocks of the district that the block lies in, the block itself among them.
    blocks = [[
      FROM registrations
      |> WHERE date <= @as_on
      |> AGGREGATE COUNT(*) AS done,
                   COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week,
                   COUNTIF(date = @as_on) AS today
         GROUP BY block
      |> CALL complete('block')
      |> JOIN (FROM places |> WHERE level = 'block' |> SELECT place AS block, district)
         USING (block)
      |> JOIN (FROM places |> WHERE level = 'block' AND place = @block |> SELECT district)
         USING (district)
      |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
      |> EXTEND IF(block = @block, TRUE, FALSE) AS own,
                IF(target > 0, 100.0 * (done - week) / target, NULL) AS pct_before
      |> CALL rank_change(by => 'pct', since => 'pct_before')
      |> ORDER BY rank NULLS LAST, block
    ]],
    -- Of the last seven days: neither Sundays nor holidays.
    working = [[
      FROM calendar
      |> WHERE date > DATE_SUB(@as_on, INTERVAL 7 DAY) AND date <= @as_on AND is_working_day
      |> AGGREGATE COUNT(*) AS n
    ]],
    panchayats = [[
      FROM places
      |> WHERE level = 'panchayat' AND block = @block
      |> SELECT place AS panchayat
      |> LEFT JOIN (
           FROM registrations
           |> WHERE block = @block AND date <= @as_on
           |> AGGREGATE COUNT(*) AS done,
                        COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week
              GROUP BY panchayat) USING (panchayat)
      |> SELECT panchayat, COALESCE(done, 0) AS done, COALESCE(week, 0) AS week
      |> ORDER BY week, done, panchayat
      |> LIMIT 3
    ]],
    centres = [[
      FROM registrations
      |> WHERE block = @block AND centre IS NOT NULL AND date <= @as_on
      |> AGGREGATE COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week, MAX(date) AS last_day
         GROUP BY centre
      |> EXTEND DATE_DIFF(@as_on, last_day, DAY) AS silent
      |> ORDER BY silent DESC, week, centre
      |> LIMIT 3
    ]],
  },
  columns = {
    { "topic", type = "text", title = { en = "Topic", hi = "विषय" } },
    { "what", type = "text", title = { en = "What", hi = "क्या" } },
    { "figure", type = "integer", title = { en = "Figure", hi = "संख्या" }, total = "none" },
    { "remark", type = "text", title = { en = "Remark", hi = "टिप्पणी" } },
  },
  -- Where it stands: the first four rows are counts of one kind.
  chart = {
    transform = { { window = { { op = "row_number", as = "n" } } }, { filter = "datum.n <= 4" } },
    mark = "bar",
    encoding = {
      y = { field = "what", type = "nominal", sort = { field = "n" } },
      x = { field = "figure", type = "quantitative" },
    },
  },
  run = function(p, query)
    local rows, own, others = {}, nil, {}
    local hindi = p.lang == "hi"
    local function say(text, v) return fill(hindi and text.hi or text.en, v or {}) end
    local function add(kind, what, figure, remark)
      rows[#rows + 1] = { topic = say(KINDS[kind]), what = say(what),
                          figure = figure and math.tointeger(figure) or figure,
                          remark = remark or "" }
    end
    for _, r in ipairs(query("blocks")) do
      if r.own then own = r else others[#others + 1] = week_pct(r) end
    end
    if not own then return rows end

    add("standing", { en = "Registered to date", hi = "अब तक निबंधित" }, own.done)
    add("standing", { en = "On the day", hi = "उस दिन" }, own.today)
    local has_target = own.target and own.target > 0
    if has_target then
      add("standing", { en = "Target", hi = "लक्ष्य" }, own.target,
          string.format("%.1f%%", own.pct))
      add("standing", { en = "Expected to date", hi = "अब तक अपेक्षित" }, own.expected,
          say(own.done == own.expected
                and { en = "as expected", hi = "अपेक्षा के बराबर" }
                or own.done < own.expected
                and { en = "behind by {n}", hi = "{n} पीछे" }
                or { en = "ahead by {n}", hi = "{n} आगे" },
              { n = math.abs(own.done - own.expected) }))
      local change = own.rank_change or 0
      add("rank", { en = "Rank in the district, per cent of target",
                    hi = "ज़िले में स्थान, लक्ष्य के प्रतिशत में" }, own.rank,
          say(change == 0
                and { en = "as a week ago", hi = "सप्ताह पहले जैसा" }
                or change > 0
                and { en = "up {n} since a week ago", hi = "सप्ताह में {n} ऊपर" }
                or { en = "down {n} since a week ago", hi = "सप्ताह में {n} नीचे" },
              { n = math.abs(change) }))
    end
    if has_target and #others > 0 then
      local mine, common = week_pct(own), median(others)
      add("rank", { en = "Why", hi = "क्यों" }, nil,
          say(math.abs(mine - common) < 0.5
                and { en = "its week was worth {mine} points, as that of the district ({common})",
                      hi = "सप्ताह में {mine} अंक जुड़े, ज़िले के समान ({common})" }
                or mine < common
                and { en = "its week was worth {mine} points, that of the district's middle "
                        .. "{common}: the cause is in the block",
                      hi = "सप्ताह में {mine} अंक जुड़े, ज़िले के मध्य में {common}: "
                        .. "कारण प्रखंड में है" }
                or { en = "its week was worth {mine} points, more than the district's middle "
                       .. "{common}",
                     hi = "सप्ताह में {mine} अंक जुड़े, ज़िले के मध्य {common} से अधिक" },
              { mine = string.format("%.1f", mine), common = string.format("%.1f", common) }))
    end

    local pace = own.week / math.max(query("working")[1].n, 1)
    add("pace", { en = "Per working day, last 7 days", hi = "प्रति कार्य दिवस, पिछले 7 दिन" },
        math.floor(pace + 0.5))
    if has_target then
      add("pace", { en = "Needed per working day", hi = "प्रति कार्य दिवस आवश्यक" },
          own.required_per_day,
          say({ en = "{n} working days left", hi = "{n} कार्य दिवस शेष" }, { n = own.days_left }))
    end

    for _, r in ipairs(query("panchayats")) do
      add("act", { en = "Panchayat", hi = "पंचायत" }, r.week,
          say({ en = "{name}: {week} in 7 days, {done} to date",
                hi = "{name}: 7 दिन में {week}, अब तक {done}" },
              { name = r.panchayat, week = r.week, done = r.done }))
    end
    for _, r in ipairs(query("centres")) do
      add("act", { en = "Centre", hi = "प्रज्ञा केंद्र" }, r.week,
          say(r.silent == 0 and { en = "{name}: {week} in 7 days",
                                  hi = "{name}: 7 दिन में {week}" }
                or r.silent == 1 and { en = "{name}: {week} in 7 days, silent on the day",
                                       hi = "{name}: 7 दिन में {week}, उस दिन मौन" }
                or { en = "{name}: {week} in 7 days, silent for {n} days",
                     hi = "{name}: 7 दिन में {week}, {n} दिन से मौन" },
              { name = r.centre, week = r.week, n = r.silent }))
    end

    if has_target then
      local function finish(what, left)
        if left <= 0 then
          add("finish", what, 0, say { en = "reached", hi = "पूरा" })
        elseif pace <= 0 then
          add("finish", what, nil, say { en = "not at this pace", hi = "इस गति से नहीं" })
        else
          local days = math.ceil(left / (own.week / 7))
          add("finish", what, days,
              say({ en = "days, on {day}", hi = "दिन, {day} को" },
                  { day = days < 36500 and day_after(p.as_on, days) or "-" }))
        end
      end
      local left = own.target - own.done
      finish({ en = "At the pace of the last 7 days", hi = "पिछले 7 दिन की गति से" }, left)
      finish({ en = fill("With {n} camps of {per} more", { n = p.camps, per = p.per_camp }),
               hi = fill("{per} के {n} और शिविरों के साथ", { n = p.camps, per = p.per_camp }) },
             left - p.camps * p.per_camp)
    end
    return rows
  end,
  summary = function(rows, p)
    local behind
    for _, r in ipairs(rows) do
      if r.topic == KINDS.pace.en or r.topic == KINDS.pace.hi then behind = r end
    end
    if not behind or behind.remark == "" then
      return fill({ en = "{block} has no target.", hi = "{block} का कोई लक्ष्य नहीं है।" },
                  { block = p.block })
    end
    return fill({
      en = "{block} needs {n} registrations per working day ({left}).",
      hi = "{block} को प्रति कार्य दिवस {n} निबंधन चाहिए ({left})।",
    }, { block = p.block, n = behind.figure, left = behind.remark })
  end,
}
