-- Examples for the checks: each shows what is found, and what is let pass.

local places = {
  { "level", "code", "parent", "name", "name_hi" },
  { "state", 20, nil, "Jharkhand", "झारखंड" },
  { "district", 607, 20, "Ramgarh", "रामगढ़" },
  { "block", 3168, 607, "Gola", "गोला" },
  { "block", 3172, 607, "Mandu", "मांडू" },
  { "district", 355, 20, "Bokaro", "बोकारो" },
  { "block", 3064, 355, "Bermo", "बेरमो" },
}

-- The n-th day from 1 September 2021 on, as text.
local months = { { "2021-09", 30 }, { "2021-10", 31 }, { "2021-11", 30 }, { "2021-12", 31 } }
local function day(n)
  for _, m in ipairs(months) do
    if n <= m[2] then return string.format("%s-%02d", m[1], n) end
    n = n - m[2]
  end
end

-- Rows for `days` days: what `count(n)` gives for each.
local function daily(days, block, count)
  local rows = { { "date", "district", "block", "count" } }
  local district = block == "Bermo" and 355 or 607
  for n = 1, days do rows[#rows + 1] = { day(n), district, block, count(n) } end
  return rows
end

-- The district of Ramgarh as its review stated it: the parts are 1,300 short of the total.
test "the 1,300 of Ramgarh are found" {
  data = {
    places = places,
    stated = {
      { "as_on", "district", "sector", "total", "source" },
      { "2021-11-18", 607, "Agriculture", 24239, "review" },
      { "2021-11-18", 607, "Construction", 16939, "review" },
      { "2021-11-18", 607, nil, 42478, "review" },
      { "2021-11-18", 355, "Agriculture", 100, "review" },  -- adds up
      { "2021-11-18", 355, nil, 100, "review" },
      { "2021-11-19", 355, nil, 130, "review" },            -- no parts were stated
    },
  },
  run = "parts_add_up",
  expect = {
    { place = "Ramgarh", as_on = "2021-11-18", stated = 42478, parts = 41178, missing = 1300,
      severity = "warning",
      message = "Ramgarh: the parts add up to 41,178, the stated total of 18 Nov 2021 is 42,478 "
        .. "(a difference of 1,300)" },
  },
}

test "a figure that was stated anew counts in the place of the first" {
  data = {
    places = places,
    stated = {
      { "as_on", "district", "sector", "total", "source" },
      { "2021-11-18", 607, "Agriculture", 41178, "review" },
      { "2021-11-18", 607, nil, 42478, "review" },
      { "2021-11-18", 607, nil, 41178, "review" },
    },
  },
  run = "parts_add_up",
  expect = {},
}

test "two sources of one figure" {
  data = {
    places = places,
    stated = {
      { "as_on", "district", "total", "source" },
      { "2021-11-18", 607, 42478, "review" }, { "2021-11-18", 607, 40112, "portal" },
      { "2021-11-18", 355, 1000, "review" }, { "2021-11-18", 355, 1005, "portal" },  -- within 1 %
      { "2021-11-19", 607, 43000, "review" },
    },
  },
  run = "sources_differ",
  expect = {
    { place = "Ramgarh", as_on = "2021-11-18", lowest = 40112, highest = 42478,
      figures = "portal 40112, review 42478" },
  },
}

test "a total to date that falls" {
  data = {
    places = places,
    stated = {
      { "as_on", "district", "total", "source" },
      { "2021-11-10", 607, 42000, "portal" }, { "2021-11-18", 607, 41500, "portal" },
      { "2021-11-11", 607, 45000, "review" },  -- another source: no fall
      { "2021-11-10", 355, 900, "portal" }, { "2021-11-18", 355, 950, "portal" },
    },
  },
  run = "cumulative_falls",
  expect = {
    { place = "Ramgarh", as_on = "2021-11-18", total = 41500, earlier = 42000,
      earlier_on = "2021-11-10", fall = 500, source = "portal" },
  },
}

test "what was counted against what was stated" {
  data = {
    places = places,
    registrations = {
      { "date", "district", "block", "count" },
      { "2021-11-17", 607, "Gola", 900 }, { "2021-11-18", 607, "Mandu", 50 },
      { "2021-11-20", 607, "Mandu", 700 },     -- behind the day of the figure
      { "2021-11-18", 355, "Bermo", 990 },
    },
    stated = {
      { "as_on", "district", "total", "source" },
      { "2021-11-10", 607, 100, "review" },    -- an older figure is not looked at
      { "2021-11-18", 607, 1000, "review" }, { "2021-11-18", 355, 1000, "review" },
    },
  },
  run = "counted_differs",
  expect = { { district = "Ramgarh", counted = 950, stated = 1000, difference = -50 } },
}

-- 11 weeks of 100 a day and a little more, but for a Thursday of 900 and a Tuesday of none.
local function swings(n)
  if n == 72 then return 900 end
  if n == 70 then return 0 end
  return 100 + n % 7
end

test "a day far outside its usual range, and a silent one" {
  data = { places = places, registrations = daily(77, "Gola", swings) },
  run = "unusual_day",
  expect = {
    { district = "Ramgarh", date = "2021-11-09", registered = 0 },
    { district = "Ramgarh", date = "2021-11-11", registered = 900 },
  },
}

test "the same of a block" {
  data = { places = places, registrations = daily(77, "Gola", swings) },
  run = "unusual_day_of_block",
  expect = {
    { block = "Gola", date = "2021-11-09" },
    { block = "Gola", date = "2021-11-11", severity = "info" },
  },
}

test "a growing drive with quiet Sundays is not unusual" {
  data = { places = places,
           registrations = daily(77, "Gola",
             function(n) return n % 7 == 5 and 20 or 100 + 2 * n end) },
  run = "unusual_day",
  expect = {},
}

test "where little is known, nothing is called unusual" {
  data = { places = places, registrations = daily(20, "Gola",
    function(n) return n == 20 and 900 or 100 end) },
  run = "unusual_day",
  expect = {},
}

test "a centre above what a person can register" {
  data = {
    places = places,
    registrations = {
      { "date", "district", "block", "centre", "count" },
      { "2021-11-17", 607, "Gola", "CSC-1", 180 }, { "2021-11-17", 607, "Gola", "CSC-1", 30 },
      { "2021-11-18", 607, "Gola", "CSC-2", 200 }, { "2021-11-18", 607, "Mandu", "CSC-3", 401 },
      { "2021-10-01", 607, "Mandu", "CSC-4", 900 },  -- long ago
    },
  },
  run = "centre_too_many",
  expect = {
    { centre = "CSC-1", date = "2021-11-17", registered = 210, severity = "warning" },
    { centre = "CSC-3", registered = 401, severity = "error" },
  },
}

-- Figures that end in 0 and 5 alone, beside figures whose last digits are even.
test "last digits that people invent" {
  data = { places = places, registrations = daily(110, "Gola",
    function(n) return 100 + 5 * n end) },
  run = "last_digits",
  params = { days = 120 },
  expect = { { district = "Ramgarh", figures = 110, most = 55, chi_square = 440 } },
}

test "even last digits are let pass" {
  data = { places = places, registrations = daily(110, "Bermo",
    function(n) return 100 + 7 * n end) },
  run = "last_digits",
  params = { days = 120 },
  expect = {},
}

test "too many round figures" {
  data = { places = places,
           registrations = daily(40, "Gola",
             function(n) return n % 2 == 0 and 100 + 10 * n or 101 + n end) },
  run = "round_figures",
  expect = { { district = "Ramgarh", figures = 40, round = 24 } },
}

test "one round figure in ten is as it should be" {
  data = { places = places, registrations = daily(50, "Gola", function(n) return 100 + n end) },
  run = "round_figures",
  expect = {},
}

test "registrations before the launch" {
  data = {
    places = places,
    registrations = {
      { "date", "district", "count", "source" },
      { "2021-08-26", 607, 5, "portal" }, { "2021-08-25", 607, 2, "camp" },
      { "2020-11-18", 607, 1, "camp" },
    },
  },
  run = "before_launch",
  expect = { { district = "Ramgarh", source = "camp", registered = 3, earliest = "2020-11-18",
    severity = "error" } },
}

test "ages outside 16 to 59" {
  data = {
    places = places,
    registrations = {
      { "date", "district", "age", "count", "source" },
      { "2021-11-18", 607, 16, 5, "portal" }, { "2021-11-18", 607, 59, 5, "portal" },
      { "2021-11-18", 607, 15, 2, "camp" }, { "2021-11-18", 607, 71, 1, "camp" },
      { "2021-11-18", 355, nil, 9, "camp" },  -- not stated
    },
  },
  run = "ages",
  expect = { { district = "Ramgarh", source = "camp", registered = 3, lowest = 15, highest = 71 } },
}

local batches = {
  { "source", "batch", "received", "accepted", "rejected" },
  { "camp", "c1", "2021-11-17", 90, 10 }, { "portal", "p1", "2021-11-18", 9000, 8 },
}

test "places that are not where the source says" {
  data = {
    places = places, batches = batches,
    reject_counts = {
      { "source", "batch", "field", "kind", "n", "example" },
      { "camp", "c1", "panchayat", "elsewhere", 6, "Chokad does not lie in Gola" },
      { "camp", "c1", "sector", "unknown", 50, "no sector" },
      { "portal", "p1", "panchayat", "elsewhere", 8, "Chokad" },  -- 8 of 9,008 are few
    },
  },
  run = "misplaced",
  expect = { { source = "camp", refused = 6, sent = 100,
               message = "camp: 6 of 100 rows name a place that lies elsewhere (Chokad does not "
                 .. "lie in Gola)" } },
}

test "dates in the future" {
  data = {
    places = places, batches = batches,
    reject_counts = {
      { "source", "batch", "field", "kind", "n", "example" },
      { "camp", "c1", "date", "future", 5, "2031-11-17 lies in the future" },
      { "camp", "c1", "age", "other", 5, "no age" },
    },
  },
  run = "future_dates",
  expect = { { source = "camp", refused = 5, sent = 100 } },
}

test "what was refused long ago is forgotten" {
  data = {
    places = places,
    batches = {
      { "source", "batch", "received", "accepted", "rejected" },
      { "camp", "c1", "2021-09-17", 90, 10 }, { "portal", "p1", "2021-11-18", 9000, 8 },
    },
    reject_counts = {
      { "source", "batch", "field", "kind", "n" }, { "camp", "c1", "date", "future", 5 },
    },
  },
  run = "future_dates",
  expect = {},
}

-- The camp office reports every second day, the portal every day; then the camp office falls
-- silent.
test "a source that is late against its own rhythm" {
  data = (function()
    local rows = { { "source", "batch", "received", "accepted", "rejected" } }
    for n = 1, 30 do
      rows[#rows + 1] = { "portal", "p" .. n, day(n), 10, 0 }
      if n % 2 == 0 and n <= 20 then rows[#rows + 1] = { "camp", "c" .. n, day(n), 10, 0 } end
      if n == 3 then rows[#rows + 1] = { "once", "o", day(n), 10, 0 } end
    end
    return { places = places, batches = rows }
  end)(),
  run = "late_source",
  expect = { { source = "camp", last_on = "2021-09-20", waited = 10, usual = 2 } },
}
