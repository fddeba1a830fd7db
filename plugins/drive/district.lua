-- The district's review, as the Deputy Development Commissioner holds it: sectors, blocks, centres.

local note = use "note"

-- The district and the day, as every report below asks for them.
local district = { "district", type = "place", level = "district", required = true,
                   title = { en = "District", hi = "ज़िला" } }
local as_on = { "as_on", type = "date", default = "latest",
                title = { en = "As on", hi = "दिनांक तक" } }

-- Sectors: what the records count beside what the district stated, and the parts beside the total.
--
-- This report is put together in Lua, because its rows speak of different things: the sectors, the
-- sum of the sectors, and what no sector was stated for. A difference is shown and never mended.
report "sector_summary" {
  title = { en = "Sector summary", hi = "क्षेत्रवार सार" },
  help = {
    en = "Each sector as counted and as stated by the district; the sectors against the total."
      .. note.en,
    hi = "हर क्षेत्र: गिने गए और ज़िले के बताए हुए निबंधन; क्षेत्रों का योग कुल के सामने।"
      .. note.hi,
  },
  params = { district, as_on },
  queries = {
    sectors = [[
      FROM registrations
      |> WHERE district = @district AND date <= @as_on
      |> AGGREGATE COUNT(*) AS counted GROUP BY sector
      |> CALL against_stated(as_on => @as_on, place => @district, counted => 'counted')
      |> ORDER BY counted DESC, sector
    ]],
    stated_total = [[
      FROM stated
      |> WHERE place = @district AND sector IS NULL AND as_on <= @as_on
      |> ORDER BY as_on DESC
      |> LIMIT 1
      |> SELECT total
    ]],
  },
  columns = {
    { "sector", type = "text", title = { en = "Sector", hi = "क्षेत्र" } },
    { "counted", type = "integer", title = { en = "Counted", hi = "गिने गए" },
      help = { en = "registrations in the records up to the day",
               hi = "उस दिन तक अभिलेखों में निबंधन" } },
    { "stated", type = "integer", title = { en = "Stated by the district", hi = "ज़िले ने बताए" },
      help = { en = "the figure that the district published", hi = "ज़िले का प्रकाशित आँकड़ा" } },
    { "difference", type = "integer", title = { en = "Difference", hi = "अंतर" },
      help = { en = "counted less stated", hi = "गिने गए में से बताए गए घटाकर" } },
    { "share", type = "percent", title = { en = "Share of all", hi = "कुल में अंश" } },
  },
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "sector", type = "nominal", sort = "-x" },
      x = { field = "counted", type = "quantitative" },
    },
  },
  run = function(p, query)
    local hindi = p.lang == "hi"
    local rows, not_stated = {}, 0
    local parts, parts_stated = 0, nil
    for _, r in ipairs(query("sectors")) do
      if r.sector then
        rows[#rows + 1] = { sector = r.sector, counted = r.counted or 0, stated = r.stated,
                            difference = r.stated and (r.counted or 0) - r.stated }
        parts = parts + (r.counted or 0)
        if r.stated then parts_stated = (parts_stated or 0) + r.stated end
      else
        not_stated = r.counted or 0
      end
    end
    local published = query("stated_total")[1]
    local total = parts + not_stated
    local all = published and published.total

    rows[#rows + 1] = { sector = hindi and "क्षेत्रों का योग" or "Sum of the sectors",
                        counted = parts, stated = parts_stated,
                        difference = parts_stated and parts - parts_stated }
    rows[#rows + 1] = { sector = hindi and "क्षेत्र नहीं बताया" or "Sector not stated",
                        counted = not_stated }
    for _, r in ipairs(rows) do
      r.share = total > 0 and 100 * r.counted / total or nil
    end
    return rows, { sector = hindi and "कुल" or "Total", counted = total, stated = all,
                   difference = all and total - all, share = total > 0 and 100 or nil }
  end,
  summary = function(rows, p)
    local parts, without, total = rows[#rows - 1], rows[#rows], rows.total
    local v = { district = p.district, counted = total.counted, nameless = without.counted }
    if not parts.stated or not total.stated or parts.stated == total.stated then
      return fill({
        en = "{district}: {counted} registrations, {nameless} of them without a sector.",
        hi = "{district}: {counted} निबंधन, जिनमें {nameless} बिना क्षेत्र के।",
      }, v)
    end
    v.parts, v.total, v.short = parts.stated, total.stated, total.stated - parts.stated
    if v.short < 0 then
      v.short = -v.short
      return fill({
        en = "{district}: the sectors as stated add up to {parts}, {short} more than the stated "
          .. "total of {total}. {nameless} of {counted} records have no sector.",
        hi = "{district}: बताए गए क्षेत्रों का योग {parts} है, कुल {total} से {short} अधिक। "
          .. "{counted} अभिलेखों में {nameless} बिना क्षेत्र के हैं।",
      }, v)
    end
    return fill({
      en = "{district}: the sectors as stated add up to {parts}, {short} short of the stated "
        .. "total of {total}. {nameless} of {counted} records have no sector.",
      hi = "{district}: बताए गए क्षेत्रों का योग {parts} है, कुल {total} से {short} कम। "
        .. "{counted} अभिलेखों में {nameless} बिना क्षेत्र के हैं।",
    }, v)
  end,
}

-- Blocks: where each stands against its target, and what it needs from now on.
report "block_review" {
  title = { en = "Block-wise review", hi = "प्रखंडवार समीक्षा" },
  help = {
    en = "Each block: target, registered, expected by now, and what it needs per working day."
      .. note.en,
    hi = "हर प्रखंड: लक्ष्य, निबंधित, अब तक अपेक्षित, शेष और प्रतिदिन आवश्यक निबंधन।"
      .. note.hi,
  },
  params = { district, as_on },
  query = [[
    FROM registrations
    |> WHERE district = @district AND date <= @as_on
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date = @as_on) AS today GROUP BY block
    |> CALL complete('block', under => @district)
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> EXTEND IF(pct IS NULL, NULL, RANK() OVER (ORDER BY pct DESC)) AS rank
    |> ORDER BY rank NULLS LAST, block
  ]],
  columns = {
    { "rank", type = "integer", title = { en = "Rank", hi = "स्थान" }, total = "none" },
    { "block", title = { en = "Block", hi = "प्रखंड" },
      null = { en = "Block not stated", hi = "प्रखंड नहीं बताया" } },
    { "target", type = "integer", title = { en = "Target", hi = "लक्ष्य" } },
    { "done", type = "integer", title = { en = "Registered to date", hi = "अब तक निबंधित" } },
    { "today", type = "integer", title = { en = "On the day", hi = "उस दिन" } },
    { "pct", type = "percent", title = { en = "Per cent of target", hi = "लक्ष्य का प्रतिशत" },
      bands = { 50, 75, 100 }, total = "100.0 * done / NULLIF(target, 0)" },
    { "expected", type = "integer", title = { en = "Expected to date", hi = "अब तक अपेक्षित" } },
    { "balance", type = "integer", title = { en = "Balance", hi = "शेष" } },
    { "days_left", type = "integer", title = { en = "Working days left", hi = "शेष कार्य दिवस" },
      total = "max" },
    { "required_per_day", type = "integer",
      title = { en = "Required per working day", hi = "प्रति कार्य दिवस आवश्यक" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "block", type = "nominal", sort = "-x" },
      x = { field = "pct", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local t = rows.total
    if not t or not t.target then
      return fill({
        en = "{district}: there are no targets for its blocks.",
        hi = "{district}: इसके प्रखंडों का कोई लक्ष्य नहीं है।",
      }, { district = p.district })
    end
    local behind = {}
    for _, r in ipairs(rows) do
      if r.target and r.done < r.expected then behind[#behind + 1] = r.block end
    end
    local v = { district = p.district, done = t.done, target = t.target, pct = t.pct,
                names = table.concat(behind, ", ") }
    if #behind == 0 then
      return fill({
        en = "{district}: {done} of {target} ({pct}%). No block is behind what is expected.",
        hi = "{district}: {target} में से {done} ({pct}%)। कोई प्रखंड अपेक्षा से पीछे नहीं है।",
      }, v)
    end
    return fill({
      en = "{district}: {done} of {target} ({pct}%). Behind what is expected: {names}.",
      hi = "{district}: {target} में से {done} ({pct}%)। अपेक्षा से पीछे: {names}।",
    }, v)
  end,
}

-- Centres: the daily report that the manager of the Common Service Centres (प्रज्ञा केंद्र) hands
-- to the block offices. A centre that registered nobody on the day stands there with 0: it is
-- known from its earlier registrations. One person registers a worker in five minutes at best, a
-- hundred in a day of eight hours: days above that ask for an explanation.
report "csc_daily" {
  title = { en = "Common Service Centres, daily", hi = "प्रज्ञा केंद्र, दैनिक" },
  help = {
    en = "Each centre's registrations of the day and to date, the silent ones with zero, and on "
      .. "how many days it registered more than one person can." .. note.en,
    hi = "हर प्रज्ञा केंद्र के उस दिन के और अब तक के निबंधन; जो मौन रहे वे शून्य के साथ; और कितने "
      .. "दिन एक व्यक्ति की क्षमता से अधिक निबंधन हुए।" .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district",
      title = { en = "District", hi = "ज़िला" } },
    { "block", type = "place", level = "block", title = { en = "Block", hi = "प्रखंड" } },
    as_on,
    { "most", type = "integer", default = 100, min = 1,
      title = { en = "Possible in a day", hi = "एक दिन में संभव" } },
  },
  query = [[
    FROM registrations
    |> WHERE centre IS NOT NULL AND date <= @as_on
         AND (@district IS NULL OR district = @district)
         AND (@block IS NULL OR block = @block)
    |> AGGREGATE COUNT(*) AS n GROUP BY block, centre, date
    |> AGGREGATE SUM(IF(date = @as_on, n, 0)) AS today, SUM(n) AS to_date, MAX(date) AS last_day,
                 COUNTIF(n > @most) AS days_over
       GROUP BY block, centre
    |> EXTEND DATE_DIFF(@as_on, last_day, DAY) AS silent_days
    |> ORDER BY today DESC, block, centre
  ]],
  columns = {
    { "centre", title = { en = "Centre", hi = "प्रज्ञा केंद्र" } },
    { "block", title = { en = "Block", hi = "प्रखंड" } },
    { "today", type = "integer", title = { en = "On the day", hi = "उस दिन" } },
    { "to_date", type = "integer", title = { en = "To date", hi = "अब तक" } },
    { "last_day", type = "date", title = { en = "Last active on", hi = "अंतिम सक्रिय दिन" } },
    { "silent_days", type = "integer", title = { en = "Days silent", hi = "मौन दिन" },
      total = "max", bands = { 7, 3, 1 } },
    { "days_over", type = "integer",
      title = { en = "Days above the possible", hi = "क्षमता से अधिक वाले दिन" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "centre", type = "nominal", sort = "-x" },
      x = { field = "today", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local v = { centres = #rows, day = p.as_on, today = sum(rows, "today"), silent = 0, over = 0 }
    for _, r in ipairs(rows) do
      if r.today == 0 then v.silent = v.silent + 1 end
      if r.days_over > 0 then v.over = v.over + 1 end
    end
    local en = "{centres} centres, {today} registrations on {day}; {silent} registered nobody."
    local hi = "{centres} केंद्र, {day} को {today} निबंधन; {silent} पर कोई निबंधन नहीं हुआ।"
    if v.over > 0 then
      en = en .. " {over} registered more in a day than one person can."
      hi = hi .. " {over} पर किसी दिन एक व्यक्ति की क्षमता से अधिक निबंधन हुए।"
    end
    return fill({ en = en, hi = hi }, v)
  end,
}
