-- Who is registered: the groups that the minister named, and who is covered by the insurance.
--
-- Both are read below any place, from the country to a block.

local note = use "note"
local groups = use "groups"
local names = use "names"

local place = { "place", type = "place", required = true, title = { en = "Place", hi = "स्थान" } }
local as_on = { "as_on", type = "date", default = "latest",
                title = { en = "As on", hi = "दिनांक तक" } }

local function group_of(occupation)
  local text = string.lower(occupation)
  for i, group in ipairs(groups) do
    for _, word in ipairs(group.words) do
      if string.find(text, word, 1, true) then return i end
    end
  end
end

report "occupation_groups" {
  title = { en = "Groups of workers", hi = "श्रमिकों के समूह" },
  help = {
    en = "The groups that the review named, by the occupations in the records; the words that make "
      .. "a group stand in groups.lua." .. note.en,
    hi = "समीक्षा में बताए गए समूह, अभिलेखों में लिखे व्यवसाय के अनुसार; किन शब्दों से समूह बनता "
      .. "है वह groups.lua में है।" .. note.hi,
  },
  params = { place, as_on },
  queries = {
    occupations = [[
      FROM registrations
      |> WHERE IN_PLACE(@place) AND date <= @as_on
      |> AGGREGATE COUNT(*) AS done, COUNTIF(gender = 'F') AS women,
                   COUNTIF(date >= DATE_TRUNC(@as_on, ISOWEEK)) AS week
         GROUP BY occupation
      |> ORDER BY done DESC, occupation
    ]],
  },
  columns = {
    { "name", type = "text", title = { en = "Group", hi = "समूह" } },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "share", type = "percent", title = { en = "Share of all", hi = "कुल में अंश" } },
    { "women", type = "integer", title = { en = "Women", hi = "महिलाएँ" } },
    { "week", type = "integer",
      title = { en = "This week, from Monday", hi = "इस सप्ताह, सोमवार से" } },
    { "occupations", type = "text",
      title = { en = "Occupations counted", hi = "गिने गए व्यवसाय" } },
  },
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "name", type = "nominal", sort = "-x" },
      x = { field = "done", type = "quantitative" },
    },
  },
  run = function(p, query)
    local hindi = p.lang == "hi"
    local rows = {}
    local function row(en, hi)
      return { name = hindi and hi or en, done = 0, women = 0, week = 0, names = {} }
    end
    for i, group in ipairs(groups) do rows[i] = row(group.en, group.hi) end
    local others = row("Other occupations", "अन्य व्यवसाय")
    local unknown = row("Occupation not stated", "व्यवसाय नहीं बताया")
    rows[#rows + 1] = others
    rows[#rows + 1] = unknown

    local total = { name = hindi and "कुल" or "Total", done = 0, women = 0, week = 0 }
    for _, r in ipairs(query("occupations")) do
      local into = unknown
      if r.occupation then
        local i = group_of(r.occupation)
        into = i and rows[i] or others
        if #into.names < 4 then into.names[#into.names + 1] = names.shown(r.occupation, p.lang) end
      end
      for _, key in ipairs { "done", "women", "week" } do
        into[key] = into[key] + r[key]
        total[key] = total[key] + r[key]
      end
    end
    for _, r in ipairs(rows) do
      r.share = total.done > 0 and 100 * r.done / total.done or nil
      r.occupations = table.concat(r.names, ", ")
      r.names = nil
    end
    total.share = total.done > 0 and 100 or nil
    return rows, total
  end,
  summary = function(rows, p)
    local none, named = {}, 0
    for i = 1, #rows - 2 do
      named = named + rows[i].done
      if rows[i].done == 0 then none[#none + 1] = rows[i].name end
    end
    local v = { place = p.place, named = named, all = rows.total.done,
                none = table.concat(none, ", ") }
    if #none == 0 then
      return fill({
        en = "{place}: {named} of {all} registrations belong to the groups named.",
        hi = "{place}: {all} निबंधनों में {named} बताए गए समूहों के हैं।",
      }, v)
    end
    return fill({
      en = "{place}: {named} of {all} registrations belong to the groups named. None yet: {none}.",
      hi = "{place}: {all} निबंधनों में {named} बताए गए समूहों के हैं। अभी एक भी नहीं: {none}।",
    }, v)
  end,
}

-- The accident cover of the scheme: for those registered at the ages and up to the day that it was
-- granted for. Ages and sums are parameters, because they were changed once and may be again.
report "insurance_cover" {
  title = { en = "Insurance cover", hi = "बीमा सुरक्षा" },
  help = {
    en = "How many are covered against accidents by age and day of registration, and the sum that "
      .. "would be due if all claimed it; those whose age is not stated are not counted as covered."
      .. note.en,
    hi = "आयु और निबंधन की तिथि के अनुसार कितने दुर्घटना बीमा के दायरे में हैं, और कुल बीमित राशि; "
      .. "जिनकी आयु नहीं बताई गई वे दायरे में नहीं गिने गए।" .. note.hi,
  },
  params = {
    place, as_on,
    { "age_from", type = "integer", default = 16, min = 0, max = 120,
      title = { en = "Age from", hi = "आयु से" } },
    { "age_to", type = "integer", default = 59, min = 0, max = 120,
      title = { en = "Age to", hi = "आयु तक" } },
    { "last_day", type = "date", default = "2022-03-31",
      title = { en = "Registered up to", hi = "निबंधन इस दिन तक" } },
    { "sum", type = "integer", default = 200000, min = 0,
      title = { en = "Sum per person, rupees", hi = "प्रति व्यक्ति राशि, रुपये" } },
  },
  query = [[
    FROM registrations
    |> WHERE IN_PLACE(@place) AND date <= @as_on
    |> AGGREGATE COUNT(*) AS done,
                 COUNTIF(age BETWEEN @age_from AND @age_to AND date <= @last_day) AS covered,
                 COUNTIF(age BETWEEN @age_from AND @age_to AND date > @last_day) AS late,
                 COUNTIF(age NOT BETWEEN @age_from AND @age_to) AS outside,
                 COUNTIF(age IS NULL) AS no_age
       GROUP BY CHILD_OF(@place) AS part
    |> EXTEND 100.0 * covered / NULLIF(done, 0) AS pct,
              DIV(covered * @sum, 100000) AS lakh
    |> ORDER BY covered DESC, part
  ]],
  columns = {
    { "part", title = { en = "Place", hi = "स्थान" },
      null = { en = "Not stated", hi = "नहीं बताया" } },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "covered", type = "integer", title = { en = "Covered", hi = "बीमित" } },
    { "pct", type = "percent", title = { en = "Covered, share", hi = "बीमित, अंश" },
      total = "100.0 * covered / NULLIF(done, 0)" },
    { "late", type = "integer",
      title = { en = "Registered too late", hi = "तिथि के बाद निबंधित" } },
    { "outside", type = "integer", title = { en = "Outside the ages", hi = "आयु सीमा से बाहर" } },
    { "no_age", type = "integer", title = { en = "Age not stated", hi = "आयु नहीं बताई" } },
    { "lakh", type = "integer",
      title = { en = "Sum covered, lakh rupees", hi = "बीमित राशि, लाख रुपये" } },
  },
  total = true,
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "part", type = "nominal", sort = "-x" },
      x = { field = "covered", type = "quantitative" },
    },
  },
  summary = function(rows, p)
    local t = rows.total
    if not t or not t.done then
      return fill({
        en = "{place}: nobody is registered yet.",
        hi = "{place}: अभी कोई निबंधन नहीं।",
      }, { place = p.place })
    end
    return fill({
      en = "{place}: {covered} of {done} registered are covered, for {lakh} lakh rupees in all; "
        .. "{no_age} have no age stated.",
      hi = "{place}: {done} निबंधितों में {covered} बीमित हैं, कुल {lakh} लाख रुपये; "
        .. "{no_age} की आयु नहीं बताई गई।",
    }, { place = p.place, covered = t.covered, done = t.done, no_age = t.no_age,
         lakh = t.lakh })
  end,
}
