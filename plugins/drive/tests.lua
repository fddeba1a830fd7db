-- Examples that must come true: they run each time the plugin is loaded, on data of their own, and
-- a version in which one fails does not serve. Read them to see what the reports mean.

-- The country of the examples: one district, six blocks, and how many workers each is thought to
-- have. Of the district's 65,000, Mandu has 16,000 by agreement; the others share 49,000.
local places = {
  { "level", "code", "parent", "name", "name_hi", "workers" },
  { "state", 20, nil, "Jharkhand", "झारखंड" },
  { "district", 607, 20, "Ramgarh", "रामगढ़" },
  { "block", 6716, 607, "Chitarpur", "चितरपुर", 7000 },
  { "block", 6717, 607, "Dulmi", "दुलमी", 6000 },
  { "block", 3168, 607, "Gola", "गोला", 13000 },
  { "block", 3172, 607, "Mandu", "मांडू", 20000 },
  { "block", 3174, 607, "Patratu", "पतरातू", 14000 },
  { "block", 3175, 607, "Ramgarh", "रामगढ़", 9000 },
}

-- By 18 November 73 of the 110 working days have passed: 66.4 % of each target is expected.
test "two blocks lag, those on course do not" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-18", "Chitarpur", 5000 },   -- 71.4 % of 7,000
      { "2021-11-18", "Dulmi", 2400 },       -- 40.0 % of 6,000
      { "2021-11-18", "Gola", 4000 },        -- 30.8 % of 13,000
      { "2021-11-18", "Mandu", 12000 },      -- 75.0 % of 16,000
      { "2021-11-18", "Patratu", 10500 },    -- 75.0 % of 14,000
      { "2021-11-18", 3175, 6300 },          -- 70.0 % of 9,000
    },
  },
  run = "lagging_block",
  expect = {
    { block = "Gola", severity = "critical", target = 13000 },
    { block = "Dulmi", severity = "warning", target = 6000, required_per_day = 98 },
  },
}

test "a fall that all blocks share is no block's fault" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-18", "Chitarpur", 2100 }, { "2021-11-18", "Dulmi", 1750 },
      { "2021-11-18", "Gola", 3900 }, { "2021-11-18", "Mandu", 4800 },
      { "2021-11-18", "Patratu", 4200 }, { "2021-11-18", 3175, 2700 },
    },
  },
  run = "lagging_block",
  expect = {},
}

test "a block that registered nobody lags" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-18", "Chitarpur", 5000 }, { "2021-11-18", "Gola", 9000 },
      { "2021-11-18", "Mandu", 12000 }, { "2021-11-18", "Patratu", 10500 },
      { "2021-11-18", 3175, 6300 },
    },
  },
  run = "lagging_block",
  expect = { { block = "Dulmi", severity = "critical", done = 0 } },
}

test "the review has every block, ranks them and adds them up" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-17", "Gola", 6500 }, { "2021-11-18", "Gola", 500 },
      { "2021-11-18", "Mandu", 8000 },
    },
  },
  run = "block_review",
  params = { district = 607 },
  expect = {
    { rank = 1, block = "Gola", done = 7000, today = 500, target = 13000, pct = 53.8,
      balance = 6000, days_left = 37, required_per_day = 163, expected = 8627 },
    { rank = 2, block = "Mandu", done = 8000, target = 16000, pct = 50 },
    { rank = 3, block = "Chitarpur", done = 0 },
    { rank = 3, block = "Dulmi", done = 0 },
    { rank = 3, block = "Patratu", done = 0 },
    { rank = 3, block = "Ramgarh", done = 0 },
    total = { block = "Total", done = 15000, today = 8500, target = 65000, pct = 23.1 },
  },
}

test "registrations whose block is not stated stand last" {
  data = {
    places = places,
    registrations = { { "date", "district", "count" }, { "2021-11-18", 607, 3 } },
  },
  run = "block_review",
  params = { district = 607 },
  expect = {
    { rank = 1, block = "Chitarpur" }, { rank = 1, block = "Dulmi" }, { rank = 1, block = "Gola" },
    { rank = 1, block = "Mandu" }, { rank = 1, block = "Patratu" }, { rank = 1, block = "Ramgarh" },
    { block = "Block not stated", done = 3 },
    total = { done = 3, target = 65000 },
  },
}

test "parts that do not add up to the total are shown, not mended" {
  data = {
    places = places,
    registrations = {
      { "date", "district", "sector", "count" },
      { "2021-11-18", 607, "Agriculture", 70 }, { "2021-11-18", 607, "Construction", 20 },
      { "2021-11-18", 607, nil, 10 },
    },
    stated = {
      { "as_on", "district", "sector", "total" },
      { "2021-11-18", 607, "Agriculture", 70 }, { "2021-11-18", 607, "Construction", 19 },
      { "2021-11-18", 607, nil, 100 },
    },
  },
  run = "sector_summary",
  params = { district = 607 },
  expect = {
    { sector = "Agriculture", counted = 70, stated = 70, difference = 0 },
    { sector = "Construction", counted = 20, stated = 19, difference = 1 },
    { sector = "Sum of the sectors", counted = 90, stated = 89, difference = 1 },
    { sector = "Sector not stated", counted = 10, share = 10 },
    total = { sector = "Total", counted = 100, stated = 100, difference = 0 },
  },
}

test "silent centres stand in the daily report with zero" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "centre", "count" },
      { "2021-11-16", "Gola", "CSC-1", 4 }, { "2021-11-18", "Gola", "CSC-2", 6 },
      { "2021-11-18", "Mandu", "CSC-3", 9 },
    },
  },
  run = "csc_daily",
  params = { block = "Gola" },
  expect = {
    { centre = "CSC-2", today = 6, to_date = 6, silent_days = 0 },
    { centre = "CSC-1", today = 0, to_date = 4, silent_days = 2, last_day = "2021-11-16" },
    total = { centre = "Total", today = 6, to_date = 10 },
  },
}

test "a state without a target shows what is registered" {
  data = {
    places = places,
    registrations = { { "date", "block", "count" }, { "2021-11-18", "Gola", 7 } },
  },
  run = "state_overview",
  params = { state = 20 },
  expect = { { district = "Ramgarh", registered = 7, today = 7 }, total = { registered = 7 } },
}

-- The examples' rows come in when they are tried, which is long after the days that they speak of.
test "rows that came late revise the figures of their days" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "sector", "count" },
      { "2021-11-17", "Gola", "Agriculture", 30 }, { "2021-11-18", "Mandu", "Construction", 20 },
      { "2021-11-19", "Mandu", "Construction", 5 },
    },
  },
  run = "revised_since",
  params = { district = 607, since = "2021-11-18" },
  expect = {
    { date = "2021-11-18", block = "Mandu", known_then = 0, known_now = 20, change = 20 },
    { date = "2021-11-17", block = "Gola", known_then = 0, known_now = 30, change = 30 },
  },
}
