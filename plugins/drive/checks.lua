-- Checks: what looks wrong with the data. They run after each batch, and whenever stated figures,
-- places, tables or this file change; each row that a query gives is a finding, kept with its
-- history until the data no longer shows it. Nothing is mended here: a finding says where to look.
--
-- The numbers that decide (how many a centre can register, how rare is too rare) stand in `params`:
-- change them here when the drive has other habits.

-- What is open (or was) of all that stands below, and of the checks of any other plugin.
report "findings" {
  title = { en = "What looks wrong with the data", hi = "आँकड़ों में क्या गड़बड़ दिखती है" },
  help = {
    en = "Findings of the checks that run after each batch: open until the data no longer shows "
      .. "them. Nothing is mended by itself.",
    hi = "हर बैच के बाद चलने वाली जाँचों के निष्कर्ष: तब तक खुले जब तक आँकड़े ठीक न हों। अपने आप "
      .. "कुछ नहीं बदला जाता।",
  },
  params = {
    { "district", type = "place", level = "district", title = { en = "District", hi = "ज़िला" } },
    { "status", type = "choice", choices = { "open", "closed", "all" }, default = "open",
      title = { en = "Open or closed", hi = "खुले या बंद" } },
  },
  queries = {
    found = [[
      FROM findings
      |> WHERE (@status = 'all' OR status = @status)
           AND (@district IS NULL OR district = @district)
    ]],
  },
  columns = {
    { "message", type = "text", title = { en = "Finding", hi = "निष्कर्ष" } },
    { "severity", type = "text", title = { en = "Severity", hi = "गंभीरता" } },
    { "place", type = "text", title = { en = "Place", hi = "स्थान" } },
    { "source", type = "text", title = { en = "Source", hi = "स्रोत" } },
    { "since", type = "date", title = { en = "Since", hi = "कब से" } },
    { "resolved_on", type = "date", title = { en = "Closed on", hi = "बंद हुआ" } },
    { "check", type = "text", title = { en = "Check", hi = "जाँच" } },
  },
  chart = {
    mark = "bar",
    encoding = {
      y = { field = "check", type = "nominal", sort = "-x" },
      x = { aggregate = "count", type = "quantitative" },
    },
  },
  run = function(p, query)
    local words = { critical = "अति गंभीर", error = "गंभीर", warning = "चेतावनी", info = "सूचना" }
    local rows = {}
    for i, f in ipairs(query("found")) do
      local hindi = p.lang == "hi"
      rows[i] = { message = hindi and f.message_hi or f.message, place = f.place,
                  severity = hindi and words[f.severity] or f.severity, source = f.source,
                  since = f.since, resolved_on = f.resolved_on, check = f.check }
    end
    return rows
  end,
  summary = function(rows)
    return fill({ en = "Findings: {n}.", hi = "निष्कर्ष: {n}।" }, { n = #rows })
  end,
}

local as_on = { "as_on", type = "date", default = "latest" }

-- ---- stated figures -----------------------------------------------------------------------------

-- Of several figures of one source for one day the last one received counts. The table has them in
-- the order in which they came; `received` tells only the second.
local newest_stated = [[
    FROM stated
    |> EXTEND ROW_NUMBER() OVER () AS seq
    |> EXTEND ROW_NUMBER() OVER (PARTITION BY as_on, place, sector, source ORDER BY seq DESC) AS nth
    |> WHERE nth = 1
]]

check "parts_add_up" {
  title = { en = "Parts and total do not agree", hi = "भागों का योग कुल से मेल नहीं खाता" },
  help = {
    en = "The sectors that a source published do not add up to the total that it published for the "
      .. "same day. Ask the source which of the two it stands by.",
    hi = "स्रोत ने जो क्षेत्रवार आँकड़े दिए, उनका योग उसी दिन के उसके कुल के बराबर नहीं है। "
      .. "स्रोत से पूछें कि कौन सा आँकड़ा सही है।",
  },
  query = newest_stated .. [[
    |> AGGREGATE SUM(IF(sector IS NULL, total, NULL)) AS stated,
         SUM(IF(sector IS NULL, NULL, total)) AS parts GROUP BY as_on, place, source
    |> WHERE parts != stated
    |> EXTEND stated - parts AS missing
  ]],
  key = { "as_on", "place", "source" },
  message = {
    en = "{place}: the parts add up to {parts}, the stated total of {as_on} is {stated} "
      .. "(a difference of {missing})",
    hi = "{place}: भागों का योग {parts} है, {as_on} का बताया गया कुल {stated} ({missing} का अंतर)",
  },
}

check "sources_differ" {
  title = { en = "Two sources of one figure", hi = "एक आँकड़े के दो स्रोत" },
  help = {
    en = "Two sources published different figures for the same day and place.",
    hi = "दो स्रोतों ने एक ही दिन और स्थान के लिए अलग-अलग आँकड़े दिए हैं।",
  },
  params = {
    { "tolerance", type = "percent", default = 1,
      help = { en = "differences up to this share are let pass", hi = "इतने अंतर तक छूट" } },
  },
  query = newest_stated .. [[
    |> WHERE source IS NOT NULL
    |> AGGREGATE COUNT(*) AS sources, MIN(total) AS lowest, MAX(total) AS highest,
         STRING_AGG(source || ' ' || CAST(total AS STRING), ', ' ORDER BY source) AS figures
       GROUP BY as_on, place, sector
    |> WHERE sources > 1 AND highest - lowest > lowest * @tolerance / 100.0
  ]],
  key = { "as_on", "place", "sector" },
  message = {
    en = "{place}, {as_on}: the sources say {lowest} and {highest} ({figures})",
    hi = "{place}, {as_on}: स्रोत {lowest} और {highest} बताते हैं ({figures})",
  },
}

check "cumulative_falls" {
  title = { en = "A total to date that falls", hi = "अब तक का कुल घट गया" },
  help = {
    en = "A source published a lower total to date than on an earlier day. Registrations may have "
      .. "been taken back, or one of the two figures is wrong.",
    hi = "स्रोत ने पहले के दिन से कम कुल बताया। या तो निबंधन वापस लिए गए, या कोई एक आँकड़ा गलत है।",
  },
  query = newest_stated .. [[
    |> EXTEND LAG(total) OVER w AS earlier, LAG(as_on) OVER w AS earlier_on
       WINDOW w AS (PARTITION BY place, sector, source ORDER BY as_on)
    |> WHERE total < earlier
    |> SELECT as_on, place, sector, source, total, earlier, earlier_on, earlier - total AS fall
  ]],
  key = { "as_on", "place", "sector", "source" },
  message = {
    en = "{place}: {total} on {as_on} is {fall} less than the {earlier} of {earlier_on}",
    hi = "{place}: {as_on} को {total}, जो {earlier_on} के {earlier} से {fall} कम है",
  },
}

check "counted_differs" {
  title = { en = "Counted and stated do not agree", hi = "गिनती और बताया गया कुल अलग हैं" },
  help = {
    en = "The registrations received up to a day differ from the total that was published for it. "
      .. "Batches are missing, were sent twice, or the figure is of another day.",
    hi = "किसी दिन तक प्राप्त निबंधन उस दिन के प्रकाशित कुल से अलग हैं। कोई बैच छूटा है, दो बार "
      .. "आया "
      .. "है, या आँकड़ा किसी और दिन का है।",
  },
  params = {
    { "tolerance", type = "percent", default = 2 },
  },
  query = [[
    FROM registrations
    |> WHERE district IN (FROM stated |> WHERE sector IS NULL AND level = 'district'
                          |> SELECT place)
    |> AGGREGATE COUNT(*) AS n GROUP BY district, date
    |> JOIN (]] .. newest_stated .. [[
             |> WHERE sector IS NULL AND level = 'district'
             |> AGGREGATE MAX(as_on) AS as_on GROUP BY place) AS day
         ON day.place = district AND date <= day.as_on
    |> AGGREGATE SUM(n) AS counted GROUP BY district, as_on |> AS c
    |> JOIN (]] .. newest_stated .. [[
             |> WHERE sector IS NULL AND level = 'district') AS s
         ON s.place = c.district AND s.as_on = c.as_on
    |> SELECT c.district AS district, c.as_on AS as_on, s.source AS source, counted,
      s.total AS stated,
         counted - s.total AS difference
    |> WHERE ABS(difference) > stated * @tolerance / 100.0
  ]],
  key = { "district", "as_on", "source" },
  message = {
    en = "{district}: {counted} registrations came in up to {as_on}, {stated} were stated",
    hi = "{district}: {as_on} तक {counted} निबंधन प्राप्त हुए, बताए गए {stated}",
  },
}

-- ---- days and centres ---------------------------------------------------------------------------

-- How far a day lies from the median of its weekday, in robust standard deviations: 1.4826 times
-- the median absolute deviation, but never less than what chance alone does to a count (its root)
-- and a tenth of the median. Ten weeks are looked at, the last two judged.
local function unusual(place)
  return [[
    FROM registrations
    |> WHERE date BETWEEN DATE_SUB(@as_on, INTERVAL 69 DAY) AND @as_on
    |> AGGREGATE COUNT(*) AS registered GROUP BY ]] .. place .. [[, date
    |> WHERE ]] .. place .. [[ IS NOT NULL
    |> CALL gap_fill(ts_column => 'date', bucket_width => 'DAY',
         partitioning_columns => [']] .. place .. [['], value_columns => ['registered'])
    |> EXTEND EXTRACT(DAYOFWEEK FROM date) AS weekday
    |> EXTEND COUNT(*) OVER w AS weeks, PERCENTILE_CONT(registered, 0.5) OVER w AS usual
       WINDOW w AS (PARTITION BY ]] .. place .. [[, weekday)
    |> EXTEND PERCENTILE_CONT(ABS(registered - usual), 0.5) OVER w AS spread
       WINDOW w AS (PARTITION BY ]] .. place .. [[, weekday)
    |> EXTEND (registered - usual) / GREATEST(1.4826 * spread, SQRT(usual), 0.1 * usual, 1.0)
         AS deviations
    |> WHERE date > DATE_SUB(@as_on, INTERVAL 14 DAY) AND weeks >= @weeks AND usual >= @least
         AND ABS(deviations) > @deviations
    |> SELECT ]] .. place .. [[, date, registered, usual, deviations
  ]]
end

check "unusual_day" {
  title = { en = "A day far outside its usual range", hi = "सामान्य से बहुत अलग दिन" },
  help = {
    en = "A district registered far more or far fewer than it usually does on that day of the "
      .. "week. A failed portal, a holiday, a camp, or figures of several days sent as one.",
    hi = "ज़िले ने सप्ताह के उस दिन के सामान्य से बहुत अधिक या बहुत कम निबंधन किए। पोर्टल बंद रहा, "
      .. "छुट्टी थी, शिविर लगा, या कई दिनों के आँकड़े एक साथ भेजे गए।",
  },
  params = {
    as_on,
    { "weeks", type = "integer", default = 6, help = "as many days of its weekday must be known" },
    { "least", type = "integer", default = 20, help = "where fewer are usual, nothing is said" },
    { "deviations", type = "number", default = 6, help = "robust standard deviations" },
  },
  query = unusual("district"),
  columns = { { "usual", type = "integer" } },
  key = { "district", "date" },
  message = {
    en = "{district}: {registered} registrations on {date}, {usual} are usual on that weekday",
    hi = "{district}: {date} को {registered} निबंधन, उस वार को सामान्यतः {usual}",
  },
}

check "unusual_day_of_block" {
  title = { en = "A block's day far outside its usual range",
            hi = "प्रखंड का सामान्य से बहुत अलग दिन" },
  help = {
    en = "A block registered far more or far fewer than it usually does on that day of the week.",
    hi = "प्रखंड ने सप्ताह के उस दिन के सामान्य से बहुत अधिक या बहुत कम निबंधन किए।",
  },
  params = {
    as_on,
    { "weeks", type = "integer", default = 6 },
    { "least", type = "integer", default = 20 },
    { "deviations", type = "number", default = 8 },
  },
  query = unusual("block"),
  columns = { { "usual", type = "integer" } },
  key = { "block", "date" },
  severity = "info",
  message = {
    en = "{block}: {registered} registrations on {date}, {usual} are usual on that weekday",
    hi = "{block}: {date} को {registered} निबंधन, उस वार को सामान्यतः {usual}",
  },
}

check "centre_too_many" {
  title = { en = "A centre above what a person can register",
            hi = "एक व्यक्ति की क्षमता से अधिक निबंधन वाला केंद्र" },
  help = {
    en = "One centre sent more registrations for a day than one operator can make in it (two and a "
      .. "half minutes each, eight hours). Days sent together, or names made up.",
    hi = "एक केंद्र ने एक दिन में उतने निबंधन भेजे जितने एक संचालक नहीं कर सकता (आठ घंटे, ढाई मिनट "
      .. "प्रति निबंधन)। या तो कई दिन एक साथ भेजे गए, या नाम गढ़े गए।",
  },
  params = {
    as_on,
    { "days", type = "integer", default = 14, min = 1, max = 400 },
    { "per_day", type = "integer", default = 200, min = 1 },
  },
  query = [[
    FROM registrations
    |> WHERE centre IS NOT NULL
         AND date BETWEEN DATE_SUB(@as_on, INTERVAL @days - 1 DAY) AND @as_on
    |> AGGREGATE COUNT(*) AS registered GROUP BY district, block, centre, date
    |> WHERE registered > @per_day
  ]],
  key = { "district", "block", "centre", "date" },
  severity = { { "error", "registered > 2 * @per_day" }, { "warning" } },
  message = {
    en = "{centre}: {registered} registrations on {date}",
    hi = "{centre}: {date} को {registered} निबंधन",
  },
}

-- ---- digits -------------------------------------------------------------------------------------

-- Daily figures of blocks. Small ones are left out: the last digit of a small count is not even by
-- itself.
local daily_figures = [[
    FROM registrations
    |> WHERE date BETWEEN DATE_SUB(@as_on, INTERVAL @days - 1 DAY) AND @as_on
    |> AGGREGATE COUNT(*) AS n GROUP BY district, block, date
    |> WHERE block IS NOT NULL AND n >= @least
]]

-- Pearson's chi-square of ten even digits has nine degrees of freedom: by chance alone it goes
-- above 33.72 once in 10,000 districts, above 27.88 once in 1,000. Simulated districts of 150 daily
-- figures around 60 to 1,000 went above 33.72 once or never in 4,000; where the figures crowd just
-- above the least that is looked at (55 a day), once in 400.
check "last_digits" {
  title = { en = "Last digits that people invent", hi = "गढ़े हुए से अंतिम अंक" },
  help = {
    en = "The last digits of a district's daily figures are not spread as those of counted things "
      .. "are. By chance this happens once in 10,000 districts.",
    hi = "ज़िले के दैनिक आँकड़ों के अंतिम अंक वैसे नहीं बँटे हैं जैसे गिनी हुई चीज़ों के होते "
      .. "हैं। संयोग से "
      .. "ऐसा 10,000 ज़िलों में एक बार होता है।",
  },
  params = {
    as_on,
    { "days", type = "integer", default = 60, min = 1, max = 400 },
    { "least", type = "integer", default = 50, help = "smaller daily figures are left out" },
    { "figures", type = "integer", default = 100, help = "as many figures must be known" },
    { "chi_square", type = "number", default = 33.72 },
  },
  query = daily_figures .. [[
    |> AGGREGATE COUNT(*) AS times GROUP BY district, MOD(n, 10) AS digit
    |> AGGREGATE SUM(times) AS figures, SUM(times * times) AS squares, MAX(times) AS most
       GROUP BY district
    |> EXTEND 10.0 * squares / figures - figures AS chi_square
    |> WHERE figures >= @figures AND chi_square > @chi_square
    |> SELECT district, figures, most, chi_square
  ]],
  key = { "district" },
  severity = "info",
  columns = { { "chi_square", decimals = 1 } },
  message = {
    en = "{district}: of {figures} daily figures {most} end in one digit (chi-square {chi_square})",
    hi = "{district}: {figures} दैनिक आँकड़ों में से {most} एक ही अंक पर समाप्त होते हैं "
      .. "(काई-वर्ग {chi_square})",
  },
}

-- One figure in ten ends in 0. So many more than that came up in none of 4,000 simulated districts,
-- or in two where figures crowd just above the least that is looked at.
check "round_figures" {
  title = { en = "Too many round figures", hi = "बहुत अधिक पूर्णांकित आँकड़े" },
  help = {
    en = "Far more than one in ten of a district's daily figures end in 0: they are estimates and "
      .. "not counts.",
    hi = "ज़िले के दैनिक आँकड़ों में दस में एक से कहीं अधिक 0 पर समाप्त होते हैं: ये अनुमान "
      .. "हैं, गिनती नहीं।",
  },
  params = {
    as_on,
    { "days", type = "integer", default = 60, min = 1, max = 400 },
    { "least", type = "integer", default = 50 },
    { "figures", type = "integer", default = 30 },
    { "deviations", type = "number", default = 5 },
  },
  query = daily_figures .. [[
    |> AGGREGATE COUNT(*) AS figures, COUNTIF(MOD(n, 10) = 0) AS round GROUP BY district
    |> WHERE figures >= @figures
         AND (round - 0.1 * figures) / SQRT(0.09 * figures) > @deviations
  ]],
  key = { "district" },
  message = {
    en = "{district}: {round} of {figures} daily figures end in 0",
    hi = "{district}: {figures} में से {round} दैनिक आँकड़े 0 पर समाप्त होते हैं",
  },
}

-- ---- dates, ages, places ------------------------------------------------------------------------

check "before_launch" {
  title = { en = "Registrations before the launch", hi = "शुभारंभ से पहले के निबंधन" },
  help = {
    en = "The portal opened on 26 August 2021; what is dated before is a slip.",
    hi = "पोर्टल 26 अगस्त 2021 को खुला; उससे पहले की तिथि भूल है।",
  },
  params = { { "launch", type = "date", default = "2021-08-26" } },
  query = [[
    FROM registrations
    |> WHERE date < @launch
    |> AGGREGATE COUNT(*) AS registered, MIN(date) AS earliest GROUP BY district, source
  ]],
  key = { "district", "source" },
  severity = "error",
  message = {
    en = "{district}: {source} dates {registered} registrations before the launch, from "
      .. "{earliest} on",
    hi = "{district}: {source} के {registered} निबंधन शुभारंभ से पहले के हैं, {earliest} से",
  },
}

check "ages" {
  title = { en = "Ages outside 16 to 59", hi = "16 से 59 के बाहर की आयु" },
  help = {
    en = "Whoever is younger than 16 or older than 59 cannot be registered.",
    hi = "16 से कम या 59 से अधिक आयु वालों का निबंधन नहीं हो सकता।",
  },
  params = {
    { "youngest", type = "integer", default = 16 },
    { "oldest", type = "integer", default = 59 },
  },
  query = [[
    FROM registrations
    |> WHERE age < @youngest OR age > @oldest
    |> AGGREGATE COUNT(*) AS n GROUP BY district, source, age
    |> AGGREGATE SUM(n) AS registered, MIN(age) AS lowest, MAX(age) AS highest
       GROUP BY district, source
  ]],
  key = { "district", "source" },
  message = {
    en = "{district}: {registered} registrations of {source} have ages outside the limits "
      .. "({lowest} to {highest})",
    hi = "{district}: {source} के {registered} निबंधनों की आयु सीमा के बाहर है ({lowest} से "
      .. "{highest})",
  },
}

-- ---- what sources send --------------------------------------------------------------------------

-- Rows that were left out for one kind of reason, beside all that a source sent in as many days.
local function refused(condition)
  return [[
    FROM batches
    |> WHERE retracted IS NULL
    |> EXTEND DATE(LEFT(received, 10)) AS day
    |> WHERE day > DATE_SUB((FROM batches |> SELECT DATE(LEFT(received, 10)) AS d
                             |> AGGREGATE MAX(d)), INTERVAL @days DAY)
    |> AS b
    |> LEFT JOIN (FROM reject_counts |> WHERE ]] .. condition .. [[

                  |> AGGREGATE SUM(n) AS rows_refused, ANY_VALUE(example) AS example
                     GROUP BY source, batch) AS r
         ON r.source = b.source AND r.batch = b.batch
    |> AGGREGATE SUM(IFNULL(rows_refused, 0)) AS refused, SUM(accepted + rejected) AS sent,
         MAX(example) AS example GROUP BY b.source AS source
    |> WHERE refused >= @least AND refused * 100.0 > sent * @share
    |> SELECT source, refused, sent, example
  ]]
end

check "misplaced" {
  title = { en = "Places that are not where the source says",
            hi = "स्थान जो स्रोत के बताए स्थान में नहीं हैं" },
  help = {
    en = "Rows of a source were refused because the panchayat is not in the block, or the block "
      .. "not "
      .. "in the district. Its list of places is old, or its columns are mixed up: write a "
      .. "mapping.",
    hi = "पंचायत उस प्रखंड में, या प्रखंड उस ज़िले में नहीं है, इसलिए स्रोत की पंक्तियाँ "
      .. "अस्वीकार हुईं। "
      .. "उसकी स्थान-सूची पुरानी है, या स्तंभ मिल गए हैं: मैपिंग लिखें।",
  },
  params = {
    { "share", type = "percent", default = 1, help = "of the rows that the source sent" },
    { "least", type = "integer", default = 5 },
    { "days", type = "integer", default = 30, min = 1, max = 4000 },
  },
  query = refused("kind = 'elsewhere' AND field IN ('panchayat', 'block')"),
  key = { "source" },
  message = {
    en = "{source}: {refused} of {sent} rows name a place that lies elsewhere ({example})",
    hi = "{source}: {sent} में से {refused} पंक्तियों का स्थान कहीं और है ({example})",
  },
}

check "future_dates" {
  title = { en = "Dates in the future", hi = "भविष्य की तिथियाँ" },
  help = {
    en = "Rows of a source were refused because their day has not come yet: day and month are "
      .. "exchanged, or its clock is wrong.",
    hi = "स्रोत की पंक्तियाँ अस्वीकार हुईं क्योंकि उनका दिन अभी आया नहीं: दिन और महीना उलटे "
      .. "हैं, या "
      .. "घड़ी गलत है।",
  },
  params = {
    { "share", type = "percent", default = 1 },
    { "least", type = "integer", default = 5 },
    { "days", type = "integer", default = 30, min = 1, max = 4000 },
  },
  query = refused("kind = 'future'"),
  key = { "source" },
  message = {
    en = "{source}: {refused} of {sent} rows have dates in the future ({example})",
    hi = "{source}: {sent} में से {refused} पंक्तियों की तिथि भविष्य की है ({example})",
  },
}

-- Against its own rhythm: the usual time between two days on which it sent something. Today is the
-- day on which anybody sent anything last.
check "late_source" {
  title = { en = "A source that is late", hi = "विलंबित स्रोत" },
  help = {
    en = "A source has sent nothing for much longer than it usually takes. No report is not zero.",
    hi = "स्रोत ने अपने सामान्य अंतराल से बहुत अधिक समय से कुछ नहीं भेजा। रिपोर्ट न आना शून्य "
      .. "नहीं है।",
  },
  params = {
    { "reports", type = "integer", default = 5, help = "as many gaps must be known" },
    { "times", type = "number", default = 3, help = "times its usual gap" },
  },
  query = [[
    FROM batches
    |> WHERE retracted IS NULL
    |> EXTEND DATE(LEFT(received, 10)) AS day
    |> AGGREGATE COUNT(*) AS batches GROUP BY source, day
    |> EXTEND DATE_DIFF(day, LAG(day) OVER (PARTITION BY source ORDER BY day), DAY) AS gap
    |> AGGREGATE COUNT(gap) AS gaps, APPROX_QUANTILES(gap, 2)[OFFSET(1)] AS usual,
         MAX(day) AS last_on GROUP BY source
    |> EXTEND DATE_DIFF(MAX(last_on) OVER (), last_on, DAY) AS waited
    |> WHERE gaps >= @reports AND waited > @times * usual
    |> SELECT source, last_on, waited, usual
  ]],
  key = { "source" },
  message = {
    en = "{source}: nothing since {last_on}, {waited} days; usually every {usual} days",
    hi = "{source}: {last_on} से कुछ नहीं, {waited} दिन; सामान्यतः हर {usual} दिन पर",
  },
}
