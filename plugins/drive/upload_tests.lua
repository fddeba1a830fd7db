-- Examples of the reports that join tables of the office: as tests.lua.

local places = {
  { "level", "code", "parent", "name", "name_hi" },
  { "state", 20, nil, "Jharkhand", "झारखंड" },
  { "district", 355, 20, "Bokaro", "बोकारो" },
  { "district", 607, 20, "Ramgarh", "रामगढ़" },
  { "block", 3064, 355, "Bermo", "बेरमो" },
  { "block", 3168, 607, "Gola", "गोला" },
  { "block", 3172, 607, "Mandu", "मांडू" },
}

test "departments are measured by the set of targets that is in force" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "department", "count" },
      { "2021-11-01", "Gola", "Energy", 30 }, { "2021-11-18", "Mandu", " energy ", 20 },
      { "2021-11-18", "Mandu", "Forest", 7 }, { "2021-11-10", "Gola", nil, 900 },
      { "2021-11-10", "Bermo", "Energy", 500 },
    },
    department_targets = { { "department", "district", "target" }, { "Forest", 607, 9 } },
  },
  run = "departments",
  params = { district = 607 },
  expect = {
    { department = "Social Welfare", target = 900, done = 0, pct = 0, remaining = 900 },
    { department = "Road Construction", target = 500 },
    { department = "Energy", target = 400, done = 50, pct = 12.5, remaining = 350,
      expected = 265, required_per_day = 10, week = 20 },
    { department = "Industries" }, { department = "Building Construction" },
    { department = "Health" }, { department = "Urban Development" },
    { department = "Drinking Water and Sanitation" }, { department = "Rural Development" },
    { department = "Forest", done = 7, week = 7 },
    { department = "No department claims", done = 900 },
    { department = "Overlap, all places (not counted)", repeated = 0 },
    total = { target = 2925, done = 957, week = 27 },
  },
}

test "where no set names the district, departments are measured by the uploaded table" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "department", "count" },
      { "2021-11-01", "Bermo", "Energy", 30 }, { "2021-11-18", "Bermo", " energy ", 20 },
      { "2021-11-18", "Bermo", "Industries", 7 }, { "2021-11-10", "Bermo", nil, 900 },
      { "2021-11-10", "Gola", "Energy", 500 },
    },
    batches = {
      { "source", "batch", "received", "accepted", "repeated" },
      { "energy", "b1", "2021-11-18", 50, 4 }, { "industries", "b2", "2021-11-18", 7, 9 },
    },
    department_targets = {
      { "department", "district", "target" },
      { "ENERGY", 355, 200 }, { "Health", 355, 40 }, { "Energy", 607, 1000 },
    },
  },
  run = "departments",
  params = { district = 355 },
  expect = {
    { department = "ENERGY", target = 200, done = 50, pct = 25, remaining = 150, week = 20 },
    { department = "Health", target = 40, done = 0, pct = 0, remaining = 40 },
    { department = "Industries", done = 7, week = 7 },
    { department = "No department claims", done = 900 },
    { department = "Overlap, all places (not counted)", repeated = 13 },
    { department = "of it from industries", repeated = 9 },
    { department = "of it from energy", repeated = 4 },
    total = { target = 240, done = 957, remaining = 190, week = 27 },
  },
}

test "camps that registered nobody come first, with what they cost" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "camp", "count" },
      { "2021-11-09", "Gola", "block office ", 40 }, { "2021-11-10", "Gola", "Block office", 10 },
      { "2021-11-18", "Mandu", "Bus stand", 5 }, { "2021-11-18", "Gola", nil, 100 },
    },
    camps = {
      { "camp", "block", "planned_on", "cost" },
      { "Block office", "Gola", "2021-11-09", 5000 },
      { "Block office", "Mandu", "2021-11-12", 800 },
      { "School", "Mandu", "2021-11-25", 900 }, { "Mine", "Bermo", "2021-11-09", 7000 },
    },
  },
  run = "camps",
  params = { district = 607 },
  expect = {
    { camp = "Block office", block = "Mandu", state = "none registered", done = 0,
      cost_of_none = 800 },
    { camp = "Block office", block = "Gola", state = "held", held_on = "2021-11-09", done = 50,
      cost = 5000, per_registration = 100 },
    { camp = "Bus stand", block = "Mandu", state = "held without a plan", done = 5 },
    { camp = "School", state = "still to come", cost = 900 },
    total = { done = 55, cost = 6700, cost_of_none = 800, per_registration = 116 },
  },
}

test "a factory without a registration comes first, then those with most to do" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "establishment", "count" },
      { "2021-11-01", "Gola", "Brick works", 60 }, { "2021-11-18", "Mandu", "brick works", 40 },
      { "2021-11-18", "Mandu", "Rolling mill", 150 }, { "2021-11-18", "Bermo", "Rolling mill", 9 },
    },
    factories = {
      { "name", "block", "workers" },
      { "Rolling mill", "Mandu", 600 }, { "Brick works", "Gola", 100 },
      { "Quarry", "Gola", 30 }, { "Washery", "Bermo", 400 },
    },
  },
  run = "factories",
  params = { district = 607 },
  expect = {
    { name = "Quarry", block = "Gola", done = 0, pct = 0, remaining = 30, silent = 1 },
    { name = "Rolling mill", done = 150, pct = 25, remaining = 450, week = 150 },
    { name = "Brick works", done = 100, pct = 100, remaining = 0, week = 40 },
    total = { workers = 730, done = 250, pct = 34.2, remaining = 480, silent = 1 },
  },
}
