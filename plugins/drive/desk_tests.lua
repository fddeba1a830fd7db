-- Examples of what the desk reads: findings, what became of alerts, cells below zero: as tests.lua.

local places = {
  { "level", "code", "parent", "name", "name_hi" },
  { "state", 20, nil, "Jharkhand", "झारखंड" },
  { "district", 355, 20, "Bokaro", "बोकारो" },
  { "district", 607, 20, "Ramgarh", "रामगढ़" },
  { "block", 3168, 607, "Gola", "गोला" },
  { "block", 3172, 607, "Mandu", "मांडू" },
}

local found = {
  { "check", "status", "severity", "district", "block", "since", "resolved_on", "source",
    "message", "message_hi" },
  { "ages", "open", "warning", 607, 3168, "2021-11-10", nil, "csc", "two are 120", "दो 120 के" },
  { "round_figures", "closed", "info", 607, nil, "2021-11-01", "2021-11-05", "camp", "round",
    "गोल" },
  { "ages", "open", "error", 355, nil, "2021-11-11", nil, "csc", "many are 3", "कई 3 के" },
}

test "open findings of a district are listed" {
  data = { places = places, findings = found },
  run = "findings",
  params = { district = 607 },
  expect = {
    { message = "two are 120", severity = "warning", place = "Gola", source = "csc",
      since = "2021-11-10", check = "ages" },
  },
}

test "closed findings are listed when they are asked for" {
  data = { places = places, findings = found },
  run = "findings",
  params = { status = "closed" },
  expect = { { message = "round", place = "Ramgarh", resolved_on = "2021-11-05" } },
}

test "alerts are counted by rule, with the days that they stayed open" {
  data = {
    places = places,
    alert_history = {
      { "day", "plugin", "rule", "event", "open_days" },
      { "2021-11-10", "drive", "lagging_block", "firing", nil },
      { "2021-11-10", "drive", "lagging_block", "firing", nil },
      { "2021-11-11", "drive", "lagging_block", "acknowledged", nil },
      { "2021-11-14", "drive", "lagging_block", "resolved", 4 },
      { "2021-11-16", "drive", "lagging_block", "resolved", 6.5 },
      { "2021-11-12", "drive", "silent_centre", "firing", nil },
      { "2021-11-15", "drive", "silent_centre", "escalated", nil },
      { "2021-10-01", "drive", "silent_source", "firing", nil },
    },
  },
  run = "alert_durations",
  params = { from = "2021-11-01", to = "2021-11-30" },
  expect = {
    { rule = "lagging_block", fired = 2, recovered = 2, acknowledged = 1, escalated = 0,
      open_days = 5.3, longest = 6.5 },
    { rule = "silent_centre", fired = 1, recovered = 0, escalated = 1 },
    total = { fired = 3, recovered = 2, acknowledged = 1, escalated = 1 },
  },
}

test "a cell from which more was taken than it held is a finding" {
  data = {
    places = places,
    registrations = {
      { "date", "block", "sector", "count" },
      { "2021-11-18", "Gola", "Agriculture", 3 }, { "2021-11-18", "Gola", "Agriculture", -5 },
      { "2021-11-18", "Mandu", "Agriculture", 3 }, { "2021-11-18", "Mandu", "Agriculture", -3 },
    },
  },
  run = "cells_below_zero",
  expect = { { block = "Gola", sector = "Agriculture", registrations = -2,
               severity = "warning" } },
}
