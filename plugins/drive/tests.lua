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

-- Day by day, as promtool has it: the registrations come in the order of their days, the alert is
-- evaluated each evening, and on the days named exactly these fire.
test "a block that lags is told until a day after it has recovered" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-16", "Chitarpur", 5000 }, { "2021-11-16", "Dulmi", 4200 },
      { "2021-11-16", "Gola", 4000 }, { "2021-11-16", "Mandu", 12000 },
      { "2021-11-16", "Patratu", 10500 }, { "2021-11-16", 3175, 6300 },
      { "2021-11-17", "Mandu", 10 }, { "2021-11-18", "Mandu", 10 },
      { "2021-11-20", "Gola", 5500 },     -- a week of camps: 73 % of its target
      { "2021-11-22", "Mandu", 10 },
    },
  },
  run = "lagging_block",
  by_day = {
    ["2021-11-16"] = { { block = "Gola", severity = "critical" } },
    ["2021-11-19"] = { { block = "Gola", severity = "critical" } },
    ["2021-11-20"] = { { block = "Gola" } },   -- kept for a day
    ["2021-11-21"] = {},
    ["2021-11-22"] = {},
  },
}

test "the whole district fell: no block is blamed" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-10-20", "Chitarpur", 350 }, { "2021-10-20", "Dulmi", 350 },
      { "2021-10-20", "Gola", 350 }, { "2021-10-20", "Mandu", 700 },
      { "2021-11-10", "Chitarpur", 350 }, { "2021-11-10", "Dulmi", 350 },
      { "2021-11-10", "Gola", 350 }, { "2021-11-10", "Mandu", 700 },
      { "2021-11-18", "Chitarpur", 10 }, { "2021-11-18", "Dulmi", 12 },
      { "2021-11-18", "Gola", 9 }, { "2021-11-18", "Mandu", 30 },
    },
  },
  run = "district_fall",
  expect = { { district = "Ramgarh", severity = "critical", blocks = 4, did = 61, usual = 500 } },
}

test "a block stands still while the others go on" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-10", "Dulmi", 300 }, { "2021-11-17", "Chitarpur", 20 },
      { "2021-11-17", "Gola", 20 }, { "2021-11-18", "Mandu", 20 }, { "2021-11-18", "Patratu", 20 },
    },
  },
  run = "stalled_block",
  expect = { { block = "Dulmi", severity = "critical", silent = 8, working = 4 } },
}

test "needs and did stand in the message" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-11-01", "Dulmi", 1000 }, { "2021-12-01", "Dulmi", 360 },
      { "2021-12-01", "Gola", 12900 }, { "2021-12-01", "Mandu", 15800 },
      { "2021-12-01", "Chitarpur", 6900 }, { "2021-12-01", "Patratu", 13900 },
      { "2021-12-01", 3175, 8900 },
    },
  },
  run = "out_of_reach",
  expect = {
    { block = "Dulmi", severity = "critical", pace = 30, reach = 2140,
      message = "Dulmi: at today's pace 2,140 of 6,000 by 31 Dec 2021. Needs 179 a day until 31 "
        .. "Dec "
        .. "2021; did 30." },
  },
}

test "a source that sends every day is late on the second day without it" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "source", "count" },
      { "2021-11-01", "Gola", "csc", 1 }, { "2021-11-02", "Gola", "csc", 1 },
      { "2021-11-03", "Gola", "csc", 1 }, { "2021-11-04", "Gola", "csc", 1 },
      { "2021-11-05", "Gola", "csc", 1 }, { "2021-11-06", "Gola", "csc", 1 },
      { "2021-11-08", "Gola", "csc", 1 }, { "2021-11-09", "Gola", "csc", 1 },
      { "2021-11-10", "Gola", "csc", 1 }, { "2021-11-11", "Gola", "csc", 1 },
      { "2021-11-03", "Gola", "camp", 90 }, { "2021-11-12", "Gola", "portal", 5 },
      { "2021-11-13", "Gola", "portal", 5 }, { "2021-11-15", "Gola", "csc", 4 },
    },
  },
  run = "silent_source",
  by_day = {
    ["2021-11-12"] = {},
    ["2021-11-13"] = { { source = "csc", severity = "warning", late = 2 } },
    ["2021-11-15"] = {},
  },
}

test "a centre that did more than anybody can" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "centre", "count" },
      { "2021-11-18", "Gola", "CSC-1", 12 }, { "2021-11-18", "Gola", "CSC-2", 9 },
      { "2021-11-18", "Gola", "CSC-3", 11 }, { "2021-11-18", "Mandu", "CSC-4", 8 },
      { "2021-11-18", "Mandu", "CSC-5", 10 }, { "2021-11-18", "Mandu", "CSC-6", 412 },
      { "2021-11-17", "Mandu", "CSC-7", 10 }, { "2021-11-17", "Mandu", "CSC-8", 10 },
      { "2021-11-17", "Mandu", "CSC-9", 10 }, { "2021-11-17", "Mandu", "CSC-10", 10 },
      { "2021-11-17", "Mandu", "CSC-11", 100 },
    },
  },
  run = "impossible_centre",
  expect = { { centre = "CSC-11", severity = "warning", most = 100 },
             { centre = "CSC-6", severity = "critical", most = 412 } },
}

test "a centre that worked in each of the weeks before is silent" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "centre", "count" },
      { "2021-11-01", "Gola", "CSC-1", 5 }, { "2021-11-02", "Gola", "CSC-1", 5 },
      { "2021-11-03", "Gola", "CSC-1", 5 }, { "2021-11-04", "Gola", "CSC-1", 5 },
      { "2021-11-05", "Gola", "CSC-1", 5 }, { "2021-11-06", "Gola", "CSC-1", 5 },
      { "2021-11-08", "Gola", "CSC-1", 5 }, { "2021-11-09", "Gola", "CSC-1", 5 },
      { "2021-11-10", "Gola", "CSC-1", 5 }, { "2021-11-11", "Gola", "CSC-1", 5 },
      { "2021-10-27", "Gola", "CSC-1", 5 }, { "2021-11-18", "Gola", "CSC-2", 5 },
      { "2021-11-02", "Gola", "CSC-3", 5 }, { "2021-11-17", "Gola", "CSC-4", 5 },
    },
  },
  run = "silent_centre",
  expect = { { block = "Gola", centre = "CSC-1", silent = 7, usual = 3 } },
}

test "a rush of one block before the end is told, that of all is not" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "count" },
      { "2021-12-05", "Gola", 400 }, { "2021-12-05", "Mandu", 400 }, { "2021-12-05", "Dulmi", 400 },
      { "2021-12-22", "Gola", 1500 }, { "2021-12-22", "Mandu", 300 },
      { "2021-12-22", "Dulmi", 250 },
    },
  },
  run = "spike_before_deadline",
  expect = { { block = "Gola", week = 1500, left_days = 9 } },
}

test "panchayats without anybody, near the end" {
  data = {
    places = {
      { "level", "code", "parent", "name", "name_hi", "workers" },
      { "state", 20, nil, "Jharkhand", "झारखंड" },
      { "district", 607, 20, "Ramgarh", "रामगढ़" },
      { "block", 3168, 607, "Gola", "गोला", 13000 },
      { "block", 3172, 607, "Mandu", "मांडू", 20000 },
      { "panchayat", 1, 3168, "Barlanga", "बरलांगा" },
      { "panchayat", 2, 3168, "Sosokala", "सोसोकला" },
      { "panchayat", 3, 3172, "Basantpur", "बसंतपुर" },
    },
    registrations = {
      { "date", "block", "panchayat", "count" },
      { "2021-12-10", "Gola", "Barlanga", 5 }, { "2021-12-10", "Mandu", "Basantpur", 5 },
    },
  },
  run = "zero_panchayats",
  expect = { { block = "Gola", severity = "warning", zero = 1, panchayats = 2, left_days = 21 } },
}

test "parts that do not add up are told" {
  data = {
    places = places,
    registrations = { { "date", "block", "count" }, { "2021-11-18", "Gola", 1 } },
    stated = {
      { "as_on", "district", "sector", "total" },
      { "2021-11-18", 607, "Agriculture", 70 }, { "2021-11-18", 607, "Construction", 19 },
      { "2021-11-18", 607, nil, 100 },
    },
  },
  run = "parts_do_not_add_up",
  expect = { { place = "Ramgarh", severity = "critical", whole = 100, parts = 89, apart = 11 } },
}
