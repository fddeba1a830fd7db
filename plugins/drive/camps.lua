-- Special camps: what was planned beside what was held, and what each registration cost. The plan
-- is a table that the office uploads:
--
--   panji tables put camps camps.csv
--
-- A camp was held when records of its block name it; capitals and blanks around do not count.

local note = use "note"

upload "camps" {
  title = { en = "Camps as planned", hi = "नियोजित शिविर" },
  help = {
    en = "Each camp with its block, its first day and what it cost, in rupees.",
    hi = "हर शिविर का प्रखंड, पहला दिन और लागत, रुपये में।",
  },
  columns = { { "camp", "STRING" }, { "block" }, { "planned_on", "DATE" }, { "cost", "INT64" } },
}

local states = {
  none = { en = "none registered", hi = "एक भी निबंधन नहीं" },
  held = { en = "held", hi = "लगा" },
  unplanned = { en = "held without a plan", hi = "बिना योजना के लगा" },
  ahead = { en = "still to come", hi = "अभी आना है" },
}
local order = { none = 1, held = 2, unplanned = 3, ahead = 4 }

local function key_of(camp, block)
  return string.lower(string.match(camp, "^%s*(.-)%s*$")) .. "|" .. (block or "")
end

local function state_of(row, as_on)
  if row.done > 0 then return row.planned and "held" or "unplanned" end
  return row.planned_on and row.planned_on > as_on and "ahead" or "none"
end

-- Planned and held by camp and block.
local function merge(planned, held)
  local rows, by_key = {}, {}
  for _, c in ipairs(planned) do
    local key = key_of(c.camp, c.block)
    if by_key[key] then -- a second day of the same camp
      by_key[key].cost = (by_key[key].cost or 0) + (c.cost or 0)
    else
      by_key[key] = { camp = c.camp, block = c.block, planned = true, planned_on = c.planned_on,
                      cost = c.cost, done = 0 }
      rows[#rows + 1] = by_key[key]
    end
  end
  for _, h in ipairs(held) do
    local key = key_of(h.camp, h.block)
    local row = by_key[key]
    if not row then
      row = { camp = h.camp, block = h.block, done = 0 }
      by_key[key] = row
      rows[#rows + 1] = row
    end
    row.done = row.done + h.done
    if not row.held_on or h.first < row.held_on then row.held_on = h.first end
  end
  return rows
end

report "camps" {
  title = { en = "Camps: planned against held", hi = "शिविर: योजना और आयोजन" },
  help = {
    en = "Each camp: whether it was held, how many it registered, what each of them cost, and what "
      .. "was spent on camps that registered none; those first." .. note.en,
    hi = "हर शिविर: लगा या नहीं, कितने निबंधन हुए, प्रति निबंधन लागत, और जिनमें एक भी निबंधन नहीं "
      .. "हुआ उन पर कितना ख़र्च; वे सबसे पहले।" .. note.hi,
  },
  params = {
    { "district", type = "place", level = "district", required = true,
      title = { en = "District", hi = "ज़िला" } },
    { "as_on", type = "date", default = "latest", title = { en = "As on", hi = "दिनांक तक" } },
  },
  queries = {
    planned = [[
      FROM camps
      |> JOIN (FROM places |> WHERE level = 'block' AND district = @district
               |> SELECT DISTINCT place AS block) USING (block)
      |> WHERE camp IS NOT NULL
      |> SELECT camp, block, planned_on, cost
      |> ORDER BY planned_on, camp
    ]],
    held = [[
      FROM registrations
      |> WHERE district = @district AND date <= @as_on AND camp IS NOT NULL
      |> AGGREGATE COUNT(*) AS done, MIN(date) AS first GROUP BY camp, block
      |> ORDER BY first, camp, block
    ]],
  },
  columns = {
    { "camp", type = "text", title = { en = "Camp", hi = "शिविर" } },
    { "block", type = "text", title = { en = "Block", hi = "प्रखंड" },
      null = { en = "Block not stated", hi = "प्रखंड नहीं बताया" } },
    { "state", type = "text", title = { en = "State", hi = "स्थिति" } },
    { "planned_on", type = "date", title = { en = "Planned for", hi = "नियत तिथि" } },
    { "held_on", type = "date", title = { en = "First day held", hi = "पहला दिन" } },
    { "done", type = "integer", title = { en = "Registered", hi = "निबंधित" } },
    { "cost", type = "integer", title = { en = "Cost, rupees", hi = "लागत, रुपये" } },
    { "per_registration", type = "number", decimals = 2,
      title = { en = "Cost per registration", hi = "प्रति निबंधन लागत" },
      help = { en = "in the total: the cost of all camps whose day has come, of those with a cost",
               hi = "कुल में: उन सब शिविरों की लागत जिनका दिन आ चुका है" } },
    { "cost_of_none", type = "integer",
      title = { en = "Cost without a registration", hi = "बिना निबंधन की लागत" } },
  },
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "camp", type = "nominal", sort = "-x" },
      x = { field = "done", type = "quantitative" },
    },
  },
  run = function(p, query)
    local rows = merge(query("planned"), query("held"))
    local total = { camp = p.lang == "hi" and "कुल" or "Total", done = 0, cost = 0,
                    cost_of_none = 0 }
    local spent, registered = 0, 0
    for _, r in ipairs(rows) do
      r.kind = state_of(r, p.as_on)
      r.state = states[r.kind][p.lang]
      total.done, total.cost = total.done + r.done, total.cost + (r.cost or 0)
      if r.cost and r.kind ~= "ahead" then
        spent, registered = spent + r.cost, registered + r.done
      end
      if r.cost and r.done > 0 then r.per_registration = r.cost / r.done end
      if r.kind == "none" then
        r.cost_of_none = r.cost
        total.cost_of_none = total.cost_of_none + (r.cost or 0)
      end
    end
    if registered > 0 then total.per_registration = spent / registered end
    table.sort(rows, function(a, b)
      if a.kind ~= b.kind then return order[a.kind] < order[b.kind] end
      local a_day, b_day = a.planned_on or a.held_on or "", b.planned_on or b.held_on or ""
      if a_day ~= b_day then return a_day < b_day end
      return a.camp < b.camp
    end)
    for _, r in ipairs(rows) do r.kind, r.planned = nil, nil end
    return rows, total
  end,
  summary = function(rows, p)
    local n = { none = 0, held = 0, unplanned = 0, ahead = 0 }
    for _, r in ipairs(rows) do
      for kind, text in pairs(states) do
        if r.state == text[p.lang] then n[kind] = n[kind] + 1 end
      end
    end
    if #rows == 0 then
      return fill({ en = "{district}: no camp was planned or held.",
                    hi = "{district}: न कोई शिविर नियोजित था, न लगा।" }, { district = p.district })
    end
    return fill({
      en = "{district}: of {due} camps planned up to {as_on}, {held} were held and {none} "
        .. "registered nobody, at a cost of {lost} rupees. Held without a plan: "
        .. "{unplanned}; still to come: {ahead}.",
      hi = "{district}: {as_on} तक नियोजित {due} शिविरों में {held} लगे और {none} में एक भी निबंधन "
        .. "नहीं हुआ, लागत {lost} रुपये। बिना योजना के लगे: {unplanned}; अभी आने हैं: {ahead}।",
    }, { district = p.district, due = n.held + n.none, as_on = p.as_on, held = n.held,
         none = n.none, lost = rows.total.cost_of_none, unplanned = n.unplanned, ahead = n.ahead })
  end,
}
