-- Alerts: where somebody should look. Each row of a query that a step of `severity` takes is a
-- finding; the others are places where all is well.
--
--   about the data      silent_source, parts_do_not_add_up
--   about the district  district_fall
--   about a block       lagging_block, stalled_block, out_of_reach, spike_before_deadline,
--                       zero_panchayats
--   about a centre      silent_centre, impossible_centre
--
-- They are made not to cry wolf. A block is measured against its target AND against the others: if
-- the whole district is slow, because the portal was down or over a holiday, `district_fall` tells
-- it once, and no block is blamed. While a source is late, the alerts that count what it sends wait
-- (`waits_for`): its figures are not zero, they have not come. A rule that would fire nearly
-- everywhere is held back (`share_max`). What is near a line does not flicker (`clear`).
--
-- Change the thresholds here, reload, and /v1/alerts shows what would be told. Whom it is told to
-- stands in the configuration of the server (`notifiers`).

local as_on = { "as_on", type = "date", default = "latest" }

alert "silent_source" {
  title = { en = "A source is late", hi = "स्रोत से आँकड़े नहीं आए" },
  help = {
    en = "Ask the source; until it has sent, its blocks are not judged.",
    hi = "स्रोत से पूछें; जब तक वह न भेजे, उसके प्रखंड नहीं परखे जाते।",
  },
  params = { as_on,
    { "days", type = "integer", default = 2, min = 1,
      help = "a source that sends nearly every day is late when so many have passed" },
  },
  -- Camps are held now and then: only what came on five days of seven is expected to come.
  query = [[
    FROM registrations
    |> WHERE date > DATE_SUB(@as_on, INTERVAL 45 DAY) AND date <= @as_on AND source IS NOT NULL
    |> AGGREGATE COUNT(*) AS n GROUP BY source, date
    |> AGGREGATE MAX(date) AS last, MIN(date) AS first, COUNT(*) AS days GROUP BY source
    |> WHERE days >= 10 AND days * 7 >= 5 * (DATE_DIFF(last, first, DAY) + 1)
    |> EXTEND DATE_DIFF(@as_on, last, DAY) AS late
  ]],
  key = { "source" },
  severity = { { "critical", "late >= @days + 3" }, { "warning", "late >= @days" } },
  message = {
    en = "Source {source}: nothing for {late} days, the last is of {last}. Until it has sent, the "
      .. "alerts about its blocks stay as they were.",
    hi = "स्रोत {source}: {late} दिन से कुछ नहीं आया, अंतिम {last} का है। जब तक न आए, उसके "
      .. "प्रखंडों के "
      .. "अलर्ट पहले जैसे ही रहेंगे।",
  },
  notify = { "district_office" },
}

alert "district_fall" {
  title = { en = "The whole district fell", hi = "पूरा ज़िला पीछे गिरा" },
  help = {
    en = "Look for what is common: the portal, a holiday, a strike. It is no block's fault.",
    hi = "साझा कारण देखें: पोर्टल, छुट्टी, हड़ताल। यह किसी एक प्रखंड का दोष नहीं।",
  },
  params = { as_on,
    { "fall", type = "percent", default = 50, min = 0, max = 100,
      help = "of what is usual in four days" },
  },
  -- The median block against the four weeks before: a few blocks alone cannot move it.
  query = [[
    FROM registrations
    |> WHERE block IS NOT NULL AND date > DATE_SUB(@as_on, INTERVAL 32 DAY) AND date <= @as_on
    |> AGGREGATE COUNTIF(date > DATE_SUB(@as_on, INTERVAL 4 DAY)) AS lately,
                 COUNTIF(date <= DATE_SUB(@as_on, INTERVAL 4 DAY)) / 7.0 AS usual
       GROUP BY district, block
    |> CALL common_shock(value => 'lately', usual => 'usual', partition => 'district')
    |> AGGREGATE MAX(shared_pct) AS shared_pct, SUM(lately) AS did,
                 CAST(ROUND(SUM(usual)) AS INT64) AS usual, COUNT(*) AS blocks
       GROUP BY district
    |> WHERE district IS NOT NULL AND blocks >= 3 AND usual >= 40
  ]],
  key = { "district" },
  severity = { { "critical", "shared_pct < @fall / 2" }, { "warning", "shared_pct < @fall" } },
  clear = "shared_pct >= @fall + 15",
  message = {
    en = "{district}: all blocks together fell to {shared_pct} of what is usual: {did} in four "
      .. "days "
      .. "where {usual} are usual. The cause is common to them.",
    hi = "{district}: सभी प्रखंड सामान्य के {shared_pct} पर आ गए: चार दिन में {did}, जबकि सामान्य "
      .. "{usual} है। कारण सबका साझा है।",
  },
  notify = { "district_office" },
}

alert "lagging_block" {
  title = { en = "Block is lagging", hi = "प्रखंड पीछे है" },
  help = {
    en = "Look at the block's centres (report csc_daily) and hold camps where they are silent.",
    hi = "प्रखंड के प्रज्ञा केंद्र देखें (रिपोर्ट csc_daily) और जहाँ वे मौन हैं वहाँ शिविर लगाएँ।",
  },
  params = { as_on,
    { "behind", type = "percent", default = 10, min = 0, max = 100,
      help = "how many points of the target below what is expected by now" },
    { "apart", type = "percent", default = 10, min = 0, max = 100,
      help = "how many per cent below what the median block has reached of what it should have" },
  },
  -- Blocks without a target, in other districts, have nothing to lag behind. `complete` brings in
  -- those that have registered nobody yet. own_pct is the block's share of what is expected, once
  -- what the median block lacks is taken off. Six working days make the pace of the last week.
  query = [[
    FROM registrations
    |> WHERE date <= @as_on
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week
       GROUP BY block
    |> CALL complete('block')
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> WHERE target IS NOT NULL
    |> CALL common_shock(value => 'pct', usual => 'expected_pct')
    |> EXTEND CAST(ROUND(week / 6) AS INT64) AS pace, @as_on AS as_on,
              (SELECT MAX(`to`) FROM targets WHERE `set` = 'ramgarh_2021') AS deadline,
              expected_pct - pct AS short, IFNULL(100 - own_pct, 0) AS below
    |> ORDER BY pct
  ]],
  key = { "block" },
  pending = "0 days",     -- the figure is a sum since August: it does not flicker
  keep = "1 day",
  severity = {
    { "critical", "short > @behind AND below > @apart AND pct < expected_pct / 2" },
    { "warning", "short > @behind AND below > @apart" },
  },
  clear = "short < @behind - 3 OR below < @apart - 3",
  share_max = 60,
  waits_for = { "silent_source" },
  escalate = { after = "7 days", notify = { "district_office" } },
  message = {
    en = "{block}: {pct} of target on {as_on}, {expected_pct} expected. Needs {required_per_day} "
      .. "per working day until {deadline}; did {pace} last week.",
    hi = "{block}: {as_on} को लक्ष्य का {pct}, अपेक्षित {expected_pct}। {deadline} तक प्रति "
      .. "कार्य दिवस "
      .. "{required_per_day} चाहिए; पिछले सप्ताह {pace} हुए।",
  },
  notify = { "block_office", "district_office" },
}

alert "stalled_block" {
  title = { en = "Block stands still", hi = "प्रखंड में काम रुका है" },
  help = {
    en = "Nothing came from it while the others went on: ask the block's operators today.",
    hi = "दूसरे प्रखंड चल रहे हैं, यहाँ से कुछ नहीं आया: आज ही प्रखंड के संचालकों से पूछें।",
  },
  params = { as_on,
    { "days", type = "integer", default = 4, min = 2, help = "without any registration" },
  },
  query = [[
    FROM registrations
    |> WHERE date <= @as_on
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date > DATE_SUB(@as_on, INTERVAL @days DAY)) AS lately
       GROUP BY block
    |> CALL complete('block')
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> WHERE target IS NOT NULL AND done > 0
    |> LEFT JOIN (
         FROM registrations
         |> WHERE date > DATE_SUB(@as_on, INTERVAL 60 DAY) AND date <= @as_on
         |> AGGREGATE COUNT(*) AS n GROUP BY block, date
         |> AGGREGATE MAX(date) AS last GROUP BY block) USING (block)
    |> EXTEND COUNTIF(lately > 0) OVER () AS working, COUNT(*) OVER () AS blocks,
              IFNULL(DATE_DIFF(@as_on, last, DAY), 60) AS silent,
              (SELECT MAX(`to`) FROM targets WHERE `set` = 'ramgarh_2021') AS deadline
  ]],
  key = { "block" },
  severity = {
    { "critical", "lately = 0 AND working * 2 > blocks AND silent >= 2 * @days" },
    { "warning", "lately = 0 AND working * 2 > blocks" },
  },
  share_max = 40,
  waits_for = { "silent_source" },
  escalate = { after = "3 days", notify = { "district_office" } },
  message = {
    en = "{block}: no registration for {silent} days, since {last}, while {working} of {blocks} "
      .. "blocks go on. Needs {required_per_day} per working day until {deadline}; did 0.",
    hi = "{block}: {last} के बाद {silent} दिन से कोई निबंधन नहीं, जबकि {blocks} में से "
      .. "{working} प्रखंड "
      .. "चल रहे हैं। {deadline} तक प्रति कार्य दिवस {required_per_day} चाहिए; 0 हुए।",
  },
  notify = { "block_office", "district_office" },
}

alert "out_of_reach" {
  title = { en = "Target out of reach at this pace", hi = "इस गति से लक्ष्य दूर" },
  help = {
    en = "More centres, longer hours or camps; or revise the target and say why.",
    hi = "अधिक केंद्र, अधिक समय या शिविर; या लक्ष्य बदलें और कारण बताएँ।",
  },
  params = { as_on,
    { "times", type = "number", default = 2, min = 1,
      help = "what is needed a day against what was done a day" },
    { "days", type = "integer", default = 45, min = 1,
      help = "told when so many days or fewer are left" },
  },
  query = [[
    FROM registrations
    |> WHERE date <= @as_on
    |> AGGREGATE COUNT(*) AS done, COUNTIF(date > DATE_SUB(@as_on, INTERVAL 14 DAY)) AS lately
       GROUP BY block
    |> CALL complete('block')
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> WHERE target IS NOT NULL AND days_left > 0
    |> EXTEND lately / 12 AS pace,
              (SELECT MAX(`to`) FROM targets WHERE `set` = 'ramgarh_2021') AS deadline
    |> EXTEND CAST(ROUND(done + pace * days_left) AS INT64) AS reach,
              DATE_DIFF(deadline, @as_on, DAY) AS left_days
  ]],
  key = { "block" },
  columns = { { "pace", type = "integer" } },
  pending = "3 days",
  keep = "2 days",
  severity = {
    { "critical", "left_days <= @days AND required_per_day > 2 * @times * pace" },
    { "warning", "left_days <= @days AND required_per_day > @times * pace" },
  },
  clear = "required_per_day < 0.9 * @times * pace",
  waits_for = { "silent_source" },
  message = {
    en = "{block}: at today's pace {reach} of {target} by {deadline}. Needs {required_per_day} a "
      .. "day until {deadline}; did {pace}.",
    hi = "{block}: आज की गति से {deadline} तक {target} में से {reach}। {deadline} तक प्रतिदिन "
      .. "{required_per_day} चाहिए; {pace} हुए।",
  },
  notify = { "block_office", "district_office" },
}

alert "spike_before_deadline" {
  title = { en = "Spike before the deadline", hi = "अंतिम तिथि से पहले उछाल" },
  help = {
    en = "Look at a sample of the records: a rush is welcome, invented persons are not.",
    hi = "कुछ अभिलेख जाँचें: तेज़ी अच्छी है, मनगढ़ंत नाम नहीं।",
  },
  params = { as_on,
    { "times", type = "number", default = 3, min = 1, help = "what is usual in a week" },
  },
  query = [[
    FROM registrations
    |> WHERE date <= @as_on
    |> AGGREGATE COUNTIF(date > DATE_SUB(@as_on, INTERVAL 7 DAY)) AS week,
                 COUNTIF(date > DATE_SUB(@as_on, INTERVAL 35 DAY)
                         AND date <= DATE_SUB(@as_on, INTERVAL 7 DAY)) / 4 AS usual,
                 COUNT(*) AS done
       GROUP BY block
    |> CALL complete('block')
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> WHERE target IS NOT NULL
    |> CALL common_shock(value => 'week', usual => 'usual')
    |> EXTEND (SELECT MAX(`to`) FROM targets WHERE `set` = 'ramgarh_2021') AS deadline
    |> EXTEND DATE_DIFF(deadline, @as_on, DAY) AS left_days
  ]],
  key = { "block" },
  columns = { { "usual", type = "integer" } },
  -- The others hurry as well near the end: only what is beyond their common rise is told.
  severity = {
    { "warning", "left_days BETWEEN -7 AND 21 AND week >= 100 AND week > @times * usual AND "
      .. "own_pct > 200" },
  },
  share_max = 40,
  message = {
    en = "{block}: {week} in the last seven days where {usual} are usual, {left_days} days before "
      .. "{deadline}.",
    hi = "{block}: पिछले सात दिन में {week}, जबकि सामान्य {usual} है; {deadline} में "
      .. "{left_days} दिन शेष।",
  },
  notify = { "district_office" },
}

alert "zero_panchayats" {
  title = { en = "Panchayats without anybody", hi = "जिन पंचायतों में कोई नहीं" },
  help = {
    en = "Hold a camp in each of them before the deadline.",
    hi = "अंतिम तिथि से पहले हर एक में शिविर लगाएँ।",
  },
  params = { as_on,
    { "days", type = "integer", default = 30, min = 1,
      help = "told when so many days or fewer are left" },
  },
  query = [[
    FROM registrations
    |> WHERE date <= @as_on AND panchayat IS NOT NULL
    |> AGGREGATE COUNT(*) AS n GROUP BY panchayat
    |> AS r
    |> RIGHT JOIN (FROM places |> WHERE level = 'panchayat' |> SELECT place, block) AS p
       ON r.panchayat = p.place
    |> AGGREGATE COUNTIF(r.n IS NULL) AS zero, COUNT(*) AS panchayats GROUP BY p.block AS block
    |> CALL against_target('ramgarh_2021', achieved => 'panchayats', as_on => @as_on)
    |> WHERE target IS NOT NULL
    |> EXTEND (SELECT MAX(`to`) FROM targets WHERE `set` = 'ramgarh_2021') AS deadline
    |> EXTEND DATE_DIFF(deadline, @as_on, DAY) AS left_days
  ]],
  key = { "block" },
  severity = {
    { "critical", "zero > 0 AND left_days <= @days / 3" },
    { "warning", "zero > 0 AND left_days <= @days" },
  },
  message = {
    en = "{block}: nobody is registered in {zero} of {panchayats} panchayats, {left_days} days "
      .. "before {deadline}.",
    hi = "{block}: {panchayats} में से {zero} पंचायतों में कोई निबंधित नहीं; {deadline} में "
      .. "{left_days} दिन शेष।",
  },
  notify = { "block_office", "district_office" },
}

alert "silent_centre" {
  title = { en = "Centre is silent", hi = "केंद्र मौन है" },
  help = {
    en = "Call the operator: printer, power, network, or away?",
    hi = "संचालक से पूछें: प्रिंटर, बिजली, नेटवर्क, या अनुपस्थित?",
  },
  params = { as_on,
    { "days", type = "integer", default = 5, min = 2, help = "without any registration" },
  },
  -- A centre is expected to work when it did in each of the three weeks before, and while at least
  -- half of the centres of its block do.
  query = [[
    FROM registrations
    |> WHERE date > DATE_SUB(@as_on, INTERVAL 35 DAY) AND date <= @as_on
         AND centre IS NOT NULL AND block IS NOT NULL
    |> AGGREGATE MAX(date) AS last,
                 COUNTIF(date > DATE_SUB(@as_on, INTERVAL 3 DAY)) AS lately,
                 COUNTIF(date > DATE_SUB(@as_on, INTERVAL @days + 7 DAY)
                         AND date <= DATE_SUB(@as_on, INTERVAL @days DAY)) AS week_1,
                 COUNTIF(date > DATE_SUB(@as_on, INTERVAL @days + 14 DAY)
                         AND date <= DATE_SUB(@as_on, INTERVAL @days + 7 DAY)) AS week_2,
                 COUNTIF(date > DATE_SUB(@as_on, INTERVAL @days + 21 DAY)
                         AND date <= DATE_SUB(@as_on, INTERVAL @days + 14 DAY)) AS week_3
       GROUP BY block, centre
    |> EXTEND DATE_DIFF(@as_on, last, DAY) AS silent
    |> EXTEND COUNTIF(lately > 0) OVER (PARTITION BY block) AS working,
              COUNT(*) OVER (PARTITION BY block) AS centres,
              CAST(ROUND((week_1 + week_2 + week_3) / 18) AS INT64) AS usual,
              week_1 > 0 AND week_2 > 0 AND week_3 > 0 AS steady
  ]],
  key = { "block", "centre" },
  severity = { { "warning", "steady AND silent >= @days AND working * 2 >= centres" } },
  clear = "lately > 0",
  share_max = 30,
  waits_for = { "silent_source" },
  message = {
    en = "{block}, {centre}: no registration for {silent} days, since {last}; it did {usual} on a "
      .. "day of work.",
    hi = "{block}, {centre}: {last} के बाद {silent} दिन से कोई निबंधन नहीं; काम के दिन {usual} "
      .. "होते थे।",
  },
  notify = { "block_office" },
}

alert "impossible_centre" {
  title = { en = "More than a centre can do", hi = "एक केंद्र के लिए असंभव" },
  help = {
    en = "Compare with the operator's own list; look at a sample of the records.",
    hi = "संचालक की सूची से मिलाएँ; कुछ अभिलेख जाँचें।",
  },
  params = { as_on,
    { "possible", type = "integer", default = 150, min = 1,
      help = "in a day: ten hours at four minutes each" },
    { "times", type = "number", default = 8, min = 1, help = "what the median centre does in a "
      .. "day" },
  },
  query = [[
    FROM registrations
    |> WHERE date > DATE_SUB(@as_on, INTERVAL 7 DAY) AND date <= @as_on
         AND centre IS NOT NULL AND block IS NOT NULL
    |> AGGREGATE COUNT(*) AS n GROUP BY block, centre, date
    |> AGGREGATE MAX(n) AS most, SUM(n) AS week GROUP BY block, centre
    |> EXTEND PERCENTILE_CONT(most, 0.5) OVER () AS typical
  ]],
  key = { "block", "centre" },
  columns = { { "typical", type = "integer" } },
  severity = {
    { "critical", "most > @possible" },
    { "warning", "most >= 40 AND most > @times * typical" },
  },
  share_max = 10,
  message = {
    en = "{block}, {centre}: {most} registrations in one day of the last seven ({week} in all); a "
      .. "centre's best day is {typical}.",
    hi = "{block}, {centre}: पिछले सात में एक दिन {most} निबंधन (कुल {week}); एक केंद्र का सबसे "
      .. "अच्छा दिन "
      .. "{typical} होता है।",
  },
  notify = { "district_office" },
}

alert "parts_do_not_add_up" {
  title = { en = "Parts do not add up", hi = "योग मेल नहीं खाता" },
  help = {
    en = "Ask the source which of its figures holds; nothing is mended here.",
    hi = "स्रोत से पूछें कि कौन-सा आँकड़ा सही है; यहाँ कुछ बदला नहीं जाता।",
  },
  params = { as_on },
  -- The newest that a source has published for a place.
  query = [[
    FROM stated
    |> WHERE as_on <= @as_on
    |> EXTEND MAX(as_on) OVER (PARTITION BY place, source) AS newest
    |> WHERE as_on = newest
    |> AGGREGATE SUM(IF(sector IS NULL, 0, total)) AS parts,
                 MAX(IF(sector IS NULL, total, NULL)) AS whole,
                 COUNTIF(sector IS NOT NULL) AS sectors, MAX(as_on) AS day
       GROUP BY place, source
    |> WHERE sectors > 1 AND whole IS NOT NULL
    |> EXTEND ABS(whole - parts) AS apart
  ]],
  key = { "place", "source" },
  severity = { { "critical", "apart * 10 > whole" }, { "warning", "apart > 0" } },
  message = {
    en = "{place}, {source}: the total of {day} is {whole}, its {sectors} sectors add up to "
      .. "{parts}: "
      .. "{apart} apart.",
    hi = "{place}, {source}: {day} का कुल {whole}, {sectors} क्षेत्रों का योग {parts}: {apart} "
      .. "का अंतर।",
  },
  notify = { "district_office" },
}
