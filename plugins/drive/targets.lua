-- Targets: how many registrations each place is to reach, and by when.
--
-- A total is given for the place above (a district for its blocks, a state for its districts) and
-- shared out by a fact of the places below, here the estimated number of unorganised workers, so
-- that the parts add up to the total exactly. A figure agreed with an office stands in `fixed` and
-- stays as it is; the others share what is left.
--
-- Places are named by their code in the Local Government Directory: `panji places find gola`.
-- When targets are revised, add a new set with a new name and leave the old one, so that earlier
-- reviews can still be explained.

targets "ramgarh_2021" {
  title = {
    en = "Ramgarh, all blocks by 31 December 2021 (an assumption for this demonstration)",
    hi = "रामगढ़, सभी प्रखंड, 31 दिसंबर 2021 तक (इस प्रदर्शन के लिए मान लिया गया)",
  },
  source = "assumed for the demonstration: no block-wise target of the district was published",
  level = "block",
  from = "2021-08-26",
  to = "2021-12-31",
  total = { [607] = 65000 },          -- Ramgarh district
  share_by = "workers",
  fixed = { [3172] = 16000 },         -- Mandu
  phasing = "working_days",           -- Sundays do not count
}

targets "haryana_2021" {
  title = {
    en = "Haryana, all districts by 31 March 2022 (an assumption for this demonstration)",
    hi = "हरियाणा, सभी ज़िले, 31 मार्च 2022 तक (इस प्रदर्शन के लिए मान लिया गया)",
  },
  source = "assumed for the demonstration: no district-wise target of the state was published",
  level = "district",
  from = "2021-08-26",
  to = "2022-03-31",
  total = { [6] = 5000000 },          -- Haryana
  share_by = "workers",
  phasing = "working_days",
}

targets "ramgarh_departments_2021" {
  title = {
    en = "Ramgarh, departments by 31 December 2021 (an assumption for this demonstration)",
    hi = "रामगढ़, विभाग, 31 दिसंबर 2021 तक (इस प्रदर्शन के लिए मान लिया गया)",
  },
  source = "assumed for the demonstration: no department-wise target of the district was published",
  level = "district",
  by = "department",                  -- or "sector": every figure is of one
  from = "2021-08-26",
  to = "2021-12-31",
  values = {
    [607] = {
      ["Building Construction"] = 300,
      ["Drinking Water and Sanitation"] = 50,
      ["Energy"] = 400,
      ["Health"] = 250,
      ["Industries"] = 350,
      ["Road Construction"] = 500,
      ["Rural Development"] = 25,
      ["Social Welfare"] = 900,
      ["Urban Development"] = 150,
    },
  },
  phasing = "working_days",
}
