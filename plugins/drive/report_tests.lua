-- Examples of the reports on panchayats, people, ranks and the sheet for a meeting: as tests.lua.

local places = {
  { "level", "code", "parent", "name", "name_hi", "workers" },
  { "state", 6, nil, "Haryana", "हरियाणा" },
  { "district", 58, 6, "Ambala", "अंबाला", 1000000 },
  { "district", 59, 6, "Bhiwani", "भिवानी", 3000000 },
  { "district", 60, 6, "Faridabad", "फ़रीदाबाद", 1000000 },
  { "district", 61, 6, "Charki", "चरखी", 0 },
  { "state", 20, nil, "Jharkhand", "झारखंड" },
  { "district", 607, 20, "Ramgarh", "रामगढ़" },
  { "block", 6716, 607, "Chitarpur", "चितरपुर", 7000 },
  { "block", 3168, 607, "Gola", "गोला", 13000 },
  { "block", 3172, 607, "Mandu", "मांडू", 20000 },
  { "panchayat", 900001, 3168, "Barlanga", "बरलंगा" },
  { "panchayat", 900002, 3168, "Huppu", "हुप्पू" },
  { "panchayat", 900003, 3168, "Sosokala", "सोसोकला" },
  { "panchayat", 900004, 3172, "Kuju", "कुजू" },
}

local by_panchayat = {
  { "date", "block", "panchayat", "count" },
  { "2021-11-01", "Gola", "Barlanga", 30 }, { "2021-11-18", "Gola", "Barlanga", 5 },
  { "2021-11-02", "Gola", "Huppu", 8 },
  { "2021-11-18", "Mandu", nil, 50 },           -- reaches no panchayat
}

test "a panchayat that nobody named is not reached" {
  data = { places = places, registrations = by_panchayat },
  run = "panchayat_coverage",
  params = { district = 607 },
  expect = {
    { block = "Mandu", panchayats = 1, reached = 0, without = 1, pct = 0, names = "Kuju" },
    { block = "Gola", panchayats = 3, reached = 2, without = 1, quiet = 1, pct = 66.7,
      names = "Sosokala" },
    total = { panchayats = 4, reached = 2, without = 2, pct = 50 },
  },
}

test "the weakest panchayat comes first" {
  data = { places = places, registrations = by_panchayat },
  run = "panchayats",
  params = { block = "Gola" },
  expect = {
    { panchayat = "Sosokala", done = 0, week = 0 },
    { panchayat = "Huppu", done = 8, week = 0, last_day = "2021-11-02" },
    { panchayat = "Barlanga", done = 35, week = 5, last_day = "2021-11-18" },
    total = { done = 43, week = 5 },
  },
}

test "occupations are told by their words, in either script" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "occupation", "gender", "count" },
      { "2021-11-18", "Gola", "Agricultural labourer", "F", 6 },
      { "2021-11-18", "Gola", "खेत मजदूर", "M", 4 },
      { "2021-11-10", "Gola", "ASHA worker", "F", 2 },
      { "2021-11-18", "Mandu", "Welder", "M", 7 },
      { "2021-11-18", "Mandu", nil, "M", 1 },
    },
  },
  run = "occupation_groups",
  params = { place = "district:607" },
  expect = {
    { name = "MGNREGA workers", done = 0 }, { name = "Self-help groups", done = 0 },
    { name = "Anganwadi", done = 0 }, { name = "Mid-day meal", done = 0 },
    { name = "ASHA", done = 2, share = 10, women = 2, week = 0 },
    { name = "Farm labour", done = 10, share = 50, women = 6, week = 10 },
    { name = "Street vendors", done = 0 }, { name = "Domestic help", done = 0 },
    { name = "Market yard (mandi)", done = 0 }, { name = "Rickshaw", done = 0 },
    { name = "Other occupations", done = 7, occupations = "Welder" },
    { name = "Occupation not stated", done = 1 },
    total = { name = "Total", done = 20, women = 8, week = 18 },
  },
}

test "covered is who has the age and came in time" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "age", "count" },
      { "2021-11-18", "Gola", 16, 3 }, { "2021-11-18", "Gola", 59, 2 },
      { "2021-11-18", "Gola", 60, 4 }, { "2021-11-18", "Gola", nil, 1 },
      { "2022-04-01", "Mandu", 30, 5 },
    },
  },
  run = "insurance_cover",
  params = { place = "district:607" },
  expect = {
    { part = "Gola", done = 10, covered = 5, pct = 50, late = 0, outside = 4, no_age = 1,
      lakh = 10 },
    { part = "Mandu", done = 5, covered = 0, late = 5, lakh = 0 },
    total = { done = 15, covered = 5, late = 5, outside = 4, no_age = 1, lakh = 10 },
  },
}

-- Of 50,00,000 each fifth is a million: one per cent of it is 10,000.
test "a district that gains more moves up" {
  data = {
    places = places,
    registrations = {
      { "date", "district", "count" },
      { "2021-11-01", 58, 30000 }, { "2021-11-18", 58, 10000 },
      { "2021-11-01", 60, 20000 }, { "2021-11-18", 60, 40000 },
      { "2021-11-18", 61, 70000 },     -- a new district, without a target
    },
  },
  run = "district_ranking",
  params = { state = 6 },
  expect = {
    { rank = 1, district = "Faridabad", rank_change = 1, previous_rank = 2, done = 60000,
      added = 40000, target = 1000000, pct = 6, gained = 4 },
    { rank = 2, district = "Ambala", rank_change = -1, previous_rank = 1, pct = 4, gained = 1 },
    { rank = 3, district = "Bhiwani", rank_change = 0, done = 0 },
    { district = "Charki", done = 70000, target = 0 },
    total = { done = 170000, added = 120000, target = 5000000, pct = 3.4 },
  },
}

test "a day of more than one person can register is counted" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "centre", "count" },
      { "2021-11-17", "Gola", "CSC-1", 60 }, { "2021-11-17", "Gola", "CSC-1", 70 },
      { "2021-11-18", "Gola", "CSC-1", 20 }, { "2021-11-18", "Gola", "CSC-2", 100 },
    },
  },
  run = "csc_daily",
  params = { block = "Gola" },
  expect = {
    { centre = "CSC-2", today = 100, days_over = 0 },
    { centre = "CSC-1", today = 20, to_date = 150, days_over = 1 },
    total = { today = 120, days_over = 1 },
  },
}

-- Of 65,000 Mandu has 16,000 by agreement; Gola and Chitarpur share 49,000 as 13 to 7.
test "the sheet says what a block needs and when it will be done" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "panchayat", "centre", "count" },
      { "2021-11-01", "Gola", "Barlanga", "CSC-1", 20000 },
      { "2021-11-18", "Gola", "Huppu", "CSC-2", 700 },
      { "2021-11-01", "Mandu", "Kuju", "CSC-9", 8000 },
      { "2021-11-18", "Mandu", "Kuju", "CSC-9", 1600 },
    },
  },
  run = "meeting_sheet",
  params = { block = "Gola", camps = 10, per_camp = 100 },
  expect = {
    { topic = "Where it stands", what = "Registered to date", figure = 20700 },
    { what = "On the day", figure = 700 },
    { what = "Target", figure = 31850, remark = "65.0%" },
    { what = "Expected to date", figure = 21137, remark = "behind by 437" },
    { topic = "Rank", figure = 1, remark = "as a week ago" },
    { what = "Why" },
    { topic = "Pace", what = "Per working day, last 7 days", figure = 117 },
    { what = "Needed per working day", figure = 302, remark = "37 working days left" },
    { topic = "To act on", what = "Panchayat", figure = 0,
      remark = "Sosokala: 0 in 7 days, 0 to date" },
    { figure = 0, remark = "Barlanga: 0 in 7 days, 20,000 to date" },
    { figure = 700 },
    { what = "Centre", figure = 0, remark = "CSC-1: 0 in 7 days, silent for 17 days" },
    { figure = 700 },
    { topic = "When it will be done", figure = 112, remark = "days, on 2022-03-10" },
    { what = "With 10 camps of 100 more", figure = 102, remark = "days, on 2022-02-28" },
  },
}
