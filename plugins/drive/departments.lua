-- Departments, each with its own target, beside what no department claims and what they cannot see
-- of each other.
--
-- The targets are a set by department (targets.lua): the one that began last, of those that name
-- the district or places in it. An office that keeps them in a file instead uploads that:
--
--   panji tables put department_targets department_targets.csv
--
-- A registration belongs to the department that its record names; capitals and blanks around the
-- name do not count.

local note = use "note"
local names = use "names"

upload "department_targets" {
  title = { en = "Targets of departments", hi = "विभागों के लक्ष्य" },
  help = {
    en = "How many workers each department is to register in a district, where no set says it.",
    hi = "हर विभाग को ज़िले में कितने निबंधन करने हैं, यदि कोई लक्ष्य-सूची नहीं बताती।",
  },
  columns = { { "department", "STRING" }, { "district" }, { "target", "INT64" } },
}

-- Departments by key: what they registered and what they are to, largest target first.
local function merge(claims, targets)
  local rows, by_key, nobody = {}, {}, { done = 0, week = 0 }
  local function row(name)
    local key = names.key(name)
    if not by_key[key] then
      by_key[key] = { department = name, done = 0, week = 0 }
      rows[#rows + 1] = by_key[key]
    end
    return by_key[key]
  end
  for _, t in ipairs(targets) do
    local r = row(t.department)
    r.target = (r.target or 0) + t.target
    r.expected, r.required_per_day = t.expected, t.required_per_day
  end
  for _, c in ipairs(claims) do
    local r = c.department and row(c.department) or nobody
    r.done = r.done + c.done
    r.week = r.week + c.week
  end
  for _, r in ipairs(rows) do
    if r.target and r.target > 0 then
      r.pct = 100 * r.done / r.target
      r.remaining = math.max(r.target - r.done, 0)
    end
  end
  table.sort(rows, function(a, b)
    if (a.target or -1) ~= (b.target or -1) then return (a.target or -1) > (b.target or -1) end
    return a.department < b.department
  end)
  return rows, nobody
end

-- The targets of the set asked for, or of the one in force; else those of the uploaded table.
local function targets_of(p, query)
  local set = p.set
  if not set then
    local newest = query("set")[1]
    set = newest and newest.name
  end
  if set then return query("by_set", { set = set }) end
  return query("targets")
end

report "departments" {
  title = { en = "Departments and their targets", hi = "विभाग और उनके लक्ष्य" },
  help = {
    en = "Each department's registrations against its own target, what no department claims, and "
      .. "how many that came in were recognised as registered already: an overlap that no "
      .. "department can see in its own list. The ledger keeps no place for those, so they are "
      .. "of all places, and knows only those that came with a registration id." .. note.en,
    hi = "हर विभाग के निबंधन उसके अपने लक्ष्य के सामने, वे जिन पर किसी विभाग का दावा नहीं, और "
      .. "कितने पहले से निबंधित पहचाने गए: यह दोहराव कोई विभाग अपनी सूची में नहीं देख सकता। "
      .. "दोहराव सभी स्थानों का है, और केवल वही ज्ञात है जो निबंधन संख्या के साथ आया।" .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district", required = true,
      title = { en = "District", hi = "ज़िला" } },
    { "as_on", type = "date", default = "latest", title = { en = "As on", hi = "दिनांक तक" } },
    { "set", type = "string", title = { en = "Target set", hi = "लक्ष्य-सूची" },
      help = { en = "another set than the one that began last",
               hi = "अंतिम आरंभ हुई सूची के अलावा कोई और" } },
  },
  queries = {
    claims = [[
      FROM registrations
      |> WHERE district = @district AND date <= @as_on
      |> AGGREGATE COUNT(*) AS done,
                   COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week
         GROUP BY department
      |> ORDER BY department
    ]],
    set = [[
      FROM targets
      |> WHERE department IS NOT NULL AND `from` <= @as_on
      |> JOIN (FROM places |> WHERE district = @district |> SELECT DISTINCT place) USING (place)
      |> AGGREGATE MAX(`from`) AS begun, MAX(decided_on) AS decided GROUP BY `set` AS name
      |> ORDER BY begun DESC, decided DESC, name DESC
      |> LIMIT 1
    ]],
    by_set = [[
      FROM targets
      |> WHERE `set` = @set AND department IS NOT NULL
      |> JOIN (FROM places |> WHERE district = @district |> SELECT DISTINCT place) USING (place)
      |> AGGREGATE SUM(target) AS shared GROUP BY department
      |> EXTEND LOWER(TRIM(department)) AS key
      |> LEFT JOIN (FROM registrations
                    |> WHERE district = @district AND date <= @as_on AND department IS NOT NULL
                    |> AGGREGATE COUNT(*) AS n GROUP BY LOWER(TRIM(department)) AS key) USING (key)
      |> SELECT department, IFNULL(n, 0) AS done
      |> CALL against_target(@set, achieved => 'done', as_on => @as_on, place => @district)
    ]],
    targets = [[
      FROM department_targets
      |> WHERE district = @district AND department IS NOT NULL AND target IS NOT NULL
      |> SELECT department, target
    ]],
    repeated = [[
      FROM batches
      |> WHERE retracted IS NULL AND (as_on IS NULL OR as_on <= @as_on)
      |> AGGREGATE SUM(repeated) AS repeated GROUP BY source
      |> WHERE repeated > 0
      |> ORDER BY repeated DESC, source
    ]],
  },
  columns = {
    { "department", type = "text", title = { en = "Department", hi = "विभाग" } },
    { "target", type = "integer", title = { en = "Target", hi = "लक्ष्य" } },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "pct", type = "percent", title = { en = "Of target", hi = "लक्ष्य का अंश" },
      bands = { 50, 75, 100 } },
    { "remaining", type = "integer", title = { en = "Remaining", hi = "शेष" } },
    { "expected", type = "integer", title = { en = "Due by now", hi = "अब तक अपेक्षित" } },
    { "required_per_day", type = "integer",
      title = { en = "Required per day", hi = "प्रतिदिन आवश्यक" } },
    { "week", type = "integer", title = { en = "In the last 7 days", hi = "पिछले 7 दिन में" } },
    { "repeated", type = "integer", title = { en = "Registered already", hi = "पहले से निबंधित" },
      help = { en = "rows that the ledger recognised and did not count again",
               hi = "पंक्तियाँ जो पहचानी गईं और दोबारा नहीं गिनी गईं" } },
  },
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "department", type = "nominal", sort = "-x" },
      x = { field = "pct", type = "quantitative" },
    },
  },
  run = function(p, query)
    local hindi = p.lang == "hi"
    local rows, nobody = merge(query("claims"), targets_of(p, query))
    for _, r in ipairs(rows) do
      r.department = names.shown(r.department, p.lang)
    end
    local repeated = query("repeated")
    local total = { department = hindi and "कुल" or "Total", done = 0, week = 0 }
    rows[#rows + 1] = { department = hindi and "किसी विभाग का दावा नहीं" or "No department claims",
                        done = nobody.done, week = nobody.week }
    for _, r in ipairs(rows) do
      total.done, total.week = total.done + r.done, total.week + r.week
      if r.target then total.target = (total.target or 0) + r.target end
      for _, name in ipairs { "remaining", "expected", "required_per_day" } do
        if r[name] then total[name] = (total[name] or 0) + r[name] end
      end
    end
    rows[#rows + 1] = { department = hindi and "दोहराव, सभी स्थान (गिना नहीं गया)"
                          or "Overlap, all places (not counted)",
                        repeated = math.tointeger(sum(repeated, "repeated")) }
    for _, r in ipairs(repeated) do
      rows[#rows + 1] = {
        department = fill(hindi and "उसमें स्रोत {source} से" or "of it from {source}", r),
        repeated = r.repeated,
      }
    end
    return rows, total
  end,
  summary = function(rows, p)
    local claimed, targeted, reached = 0, 0, 0
    local overlap = 1
    while not rows[overlap].repeated do overlap = overlap + 1 end
    for i = 1, overlap - 2 do
      claimed = claimed + rows[i].done
      if rows[i].target then targeted = targeted + 1 end
      if (rows[i].pct or 0) >= 100 then reached = reached + 1 end
    end
    return fill({
      en = "{district}: departments claim {claimed} of {all} registrations; {reached} of "
        .. "{targeted} departments with a target have reached it. {repeated} that came in were "
        .. "registered already and are not counted again.",
      hi = "{district}: {all} निबंधनों में {claimed} पर विभागों का दावा है; लक्ष्य वाले {targeted} "
        .. "विभागों में {reached} लक्ष्य तक पहुँचे। {repeated} पहले से निबंधित थे और "
        .. "दोबारा नहीं गिने गए।",
    }, { district = p.district, claimed = claimed, all = rows.total.done, reached = reached,
         targeted = targeted, repeated = rows[overlap].repeated })
  end,
}
