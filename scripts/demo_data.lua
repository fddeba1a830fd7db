-- SPDX-License-Identifier: MIT
--
-- Demonstration data: writes the CSV files that `scripts/demo` imports.
--
--     lua5.4 scripts/demo_data.lua OUT_DIR MAPPING
--
-- The RECORDS ARE SIMULATED so that they add up to totals that were published:
--
--   Ramgarh (Jharkhand)  a district's review of the e-Shram drive on a Thursday: 42,478
--                        registrations, eleven sectors that add up to 41,178. The other 1,300 are
--                        written without a sector, as the review leaves them unexplained.
--   Haryana              a state's review: about 2.66 lakh, written as 2,66,000.
--
-- Neither document is dated; both are taken to speak of 18 November 2021, a Thursday in the weeks
-- when they appeared. What is real: the totals above, the states, districts and blocks with their
-- codes (Local Government Directory, Ministry of Panchayati Raj, Government Open Data License -
-- India), the population of the census of 2011. What is simulated: how registrations spread over
-- days, blocks, panchayats, centres, camps and attributes; the `workers` facts; the tables of
-- factories, of camps and of departments' targets, all names and figures in them; a list of a
-- department whose people were registered already (its ids are recognised and add nothing); the
-- panchayats of
-- Ramgarh, which are numbered and carry codes from 900001 on, outside the directory; a day without
-- registrations (21 October 2021, as in an outage of the portal).
--
-- Same program, same bytes: integers only, and a generator of its own. Totals are shared out by
-- largest remainder and attributes dealt from shuffled decks, so that every margin is exact.

local out_dir, mapping_path = arg[1], arg[2]
if not out_dir or not mapping_path then
    io.stderr:write("usage: lua5.4 demo_data.lua OUT_DIR MAPPING\n")
    os.exit(2)
end

---------------------------------------------------------------------------------------- numbers

local Random = {}
Random.__index = Random

function Random.new(seed)
    return setmetatable({ state = seed }, Random)
end

-- SplitMix64: Steele, Lea and Flood, OOPSLA 2014.
function Random:next()
    self.state = self.state + 0x9E3779B97F4A7C15
    local z = self.state
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
end

-- Uniform in 0 .. n - 1, for n below 2^31.
function Random:below(n)
    return ((self:next() >> 33) * n) >> 31
end

function Random:shuffle(t)
    for i = #t, 2, -1 do
        local j = self:below(i) + 1
        t[i], t[j] = t[j], t[i]
    end
    return t
end

-- Index of `weights`, each with a chance in proportion to its weight.
function Random:pick(weights, sum)
    local at = self:below(sum)
    for i = 1, #weights do
        at = at - weights[i]
        if at < 0 then
            return i
        end
    end
end

local function sum_of(t)
    local sum = 0
    for i = 1, #t do
        sum = sum + t[i]
    end
    return sum
end

-- Shares `total` over weights with nothing lost: largest remainder, ties to the lower index.
local function share(total, weights)
    local sum, parts, order, left = sum_of(weights), {}, {}, total
    local rest = {}
    for i, w in ipairs(weights) do
        parts[i] = total * w // sum
        rest[i] = total * w % sum
        left = left - parts[i]
        order[i] = i
    end
    table.sort(order, function(a, b)
        if rest[a] ~= rest[b] then
            return rest[a] > rest[b]
        end
        return a < b
    end)
    for i = 1, left do
        parts[order[i]] = parts[order[i]] + 1
    end
    return parts
end

-- A deck of `total` cards: values[i] as often as its weight asks for, in random order.
local function deck(random, total, values, weights)
    local cards = {}
    for i, n in ipairs(share(total, weights)) do
        for _ = 1, n do
            cards[#cards + 1] = values[i]
        end
    end
    return random:shuffle(cards)
end

------------------------------------------------------------------------------------------- days

-- Days since 1970-01-01 of a civil date, and back (Howard Hinnant's algorithms).
local function day_of(y, m, d)
    if m <= 2 then
        y = y - 1
    end
    local era, yoe = y // 400, y % 400
    local doy = (153 * ((m + 9) % 12) + 2) // 5 + d - 1
    return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468
end

local function iso(day)
    local z = day + 719468
    local era, doe = z // 146097, z % 146097
    local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    local mp = (5 * doy + 2) // 153
    local d, m = doy - (153 * mp + 2) // 5 + 1, (mp + 2) % 12 + 1
    return string.format("%04d-%02d-%02d", era * 400 + yoe + (m <= 2 and 1 or 0), m, d)
end

local function is_sunday(day)
    return (day + 4) % 7 == 0
end

local FIRST, LAST = day_of(2021, 8, 26), day_of(2021, 11, 18)
local OUTAGE = day_of(2021, 10, 21)

-- The course of the drive, in parts of the full pace: {from which day on, pace}. Straight between.
local COURSE = {
    { day_of(2021, 8, 26), 20 }, { day_of(2021, 9, 8), 90 }, { day_of(2021, 9, 20), 330 },
    { day_of(2021, 10, 4), 620 }, { day_of(2021, 10, 16), 900 }, { day_of(2021, 11, 1), 1000 },
    { day_of(2021, 11, 18), 940 },
}
-- Days that stay behind, in per cent of what they would be.
local SLOW = {
    [day_of(2021, 9, 10)] = 70, -- Ganesh Chaturthi
    [day_of(2021, 10, 2)] = 55, -- Gandhi Jayanti
    [day_of(2021, 10, 14)] = 45, [day_of(2021, 10, 15)] = 25, -- Dussehra
    [day_of(2021, 11, 4)] = 12, [day_of(2021, 11, 5)] = 35, [day_of(2021, 11, 6)] = 60, -- Diwali
    [day_of(2021, 11, 10)] = 40, [day_of(2021, 11, 11)] = 55, -- Chhath
    [OUTAGE] = 0,
}

-- The weight of each day, from FIRST on; some randomness, so that no two places have one curve.
local function day_weights(random)
    local weights, leg = {}, 1
    for day = FIRST, LAST do
        while leg < #COURSE - 1 and COURSE[leg + 1][1] <= day do
            leg = leg + 1
        end
        local a, b = COURSE[leg], COURSE[leg + 1]
        local w = a[2] + (b[2] - a[2]) * (day - a[1]) // (b[1] - a[1])
        w = w * (88 + random:below(25)) // 100
        w = w * (SLOW[day] or 100) // 100
        weights[#weights + 1] = is_sunday(day) and w * 22 // 100 or w
    end
    return weights
end

------------------------------------------------------------------------------------------ places

-- code, name, Hindi name, workers (simulated), registrations (simulated but for their sum),
-- panchayats (simulated). The weights of sectors that a block has more of than others follow.
local RAMGARH_BLOCKS = {
    { 6716, "Chitarpur", "चितरपुर", 14870, 5517, 13, { [7] = 130, [14] = 150 } },
    { 6717, "Dulmi", "दुलमी", 12310, 2483, 10, { [1] = 120 } },
    { 3168, "Gola", "गोला", 26050, 5347, 21, { [1] = 125 } },
    { 3172, "Mandu", "मांडू", 30200, 12344, 36, { [3] = 140, [7] = 115 } },
    { 3174, "Patratu", "पतरातू", 28640, 11241, 32, { [6] = 150, [10] = 220, [7] = 110 } },
    { 3175, "Ramgarh", "रामगढ़", 15770, 5546, 13, { [25] = 160, [9] = 130, [8] = 125 } },
}
local PANCHAYAT_FIRST = 900001

-- code, name, Hindi name, population (2011), per cent of the state's pace, blocks.
local HARYANA_DISTRICTS = {
    { 58, "Ambala", "अंबाला", 1128350, 92, "447 Ambala-I, 448 Ambala-II, 449 Barara, 450 Naraingarh, 451 Saha, 452 Shahzadpur" },
    { 59, "Bhiwani", "भिवानी", 1132169, 121, "454 Bawani Khera, 455 Behal, 456 Bhiwani, 459 Kairu, 460 Loharu, 461 Siwani, 462 Tosham" },
    { 60, "Faridabad", "फरीदाबाद", 1809733, 64, "463 Ballabgarh, 464 Faridabad, 7093 Tigaon" },
    { 61, "Fatehabad", "फतेहाबाद", 942011, 128, "469 Bhattu Kalan, 470 Bhuna, 471 Fatehabad, 472 Jakhal, 473 Ratia, 474 Tohana, 7094 Nagpur" },
    { 62, "Gurugram", "गुरुग्राम", 1514432, 48, "475 Farrukh Nagar, 477 Gurgaon, 480 Pataudi, 482 Sohna" },
    { 63, "Hisar", "हिसार", 1743931, 118, "484 Adampur, 485 Agroha, 486 Barwala, 487 Hansi-I, 488 Hansi-II, 489 Hisar-I, 490 Hisar-II, 491 Narnaund, 492 Uklana" },
    { 64, "Jhajjar", "झज्जर", 958405, 89, "493 Bahadurgarh, 494 Beri, 495 Jhajjar, 496 Matannail, 497 Salhawas, 7095 Badli, 7357 Machhrauli" },
    { 65, "Jind", "जींद", 1334152, 125, "498 Alewa, 499 Jind, 500 Julana, 501 Narwana, 502 Pillukhera, 503 Safidon, 504 Uchana, 7096 Ujhana" },
    { 66, "Kaithal", "कैथल", 1074304, 133, "505 Guhla, 506 Kaithal, 507 Kalayat, 508 Pundri, 509 Rajound, 510 Siwan, 7097 Dhand" },
    { 67, "Karnal", "करनाल", 1505324, 115, "511 Assandh, 512 Gharaunda (Part), 513 Indri, 514 Karnal, 515 Nilokheri, 516 Nissing, 7098 Munak, 7099 Kunjpura, 7495 Chirao" },
    { 68, "Kurukshetra", "कुरुक्षेत्र", 964655, 110, "517 Babain, 518 Ladwa, 519 Pehowa, 520 Shahbad, 521 Thanesar, 6733 Ismailabad, 7100 Pipli" },
    { 69, "Mahendragarh", "महेंद्रगढ़", 922088, 97, "522 Ateli Nangal, 523 Kanina, 524 Mahendragarh, 525 Nangal Chaudhry, 526 Narnaul, 6731 Sihma, 6776 Nizampur, 6777 Satnali" },
    { 70, "Panchkula", "पंचकूला", 561293, 71, "527 Barwala, 528 Morni, 529 Pinjore, 530 Raipur Rani" },
    { 71, "Panipat", "पानीपत", 1205437, 104, "531 Bapoli, 532 Israna, 533 Madlauda, 534 Panipat, 535 Samalkha, 7023 Sanauli Khurd" },
    { 72, "Rewari", "रेवाड़ी", 900332, 86, "536 Bawal, 537 Jatusana, 538 Khol At Rewari, 539 Nahar, 540 Rewari, 7104 Dahina, 7358 Dharuhera" },
    { 73, "Rohtak", "रोहतक", 1061204, 94, "541 Kalanaur, 542 Lakhan Majra, 543 Maham, 544 Rohtak, 545 Sampla" },
    { 74, "Sirsa", "सिरसा", 1295189, 122, "546 Baragudha, 547 Dabwali, 548 Ellenabad, 549 Nathusari Chopta, 550 Odhan, 551 Rania, 552 Sirsa" },
    { 75, "Sonipat", "सोनीपत", 1450001, 99, "553 Ganaur, 554 Gohana, 555 Kathura, 556 Kharkhoda, 557 Mundlana, 558 Rai, 559 Sonipat, 6778 Murthal" },
    { 76, "Yamunanagar", "यमुनानगर", 1214205, 107, "560 Bilaspur, 561 Chhachhrauli, 562 Jagadhri, 563 Saraswati Nagar, 564 Radaur, 565 Sadaura (Part), 7105 Partap Nagar" },
    { 604, "Nuh", "नूंह", 1089263, 143, "476 Ferozepur Jhirka, 478 Nagina, 479 Nuh, 481 Punahana, 483 Taoru, 7101 Indri, 7102 Pingwan" },
    { 619, "Palwal", "पलवल", 1042708, 112, "465 Hassanpur, 466 Hathin, 467 Hodal, 468 Palwal, 6734 Prithla, 7103 Badoli" },
    { 701, "Charki Dadri", "चरखी दादरी", 502276, 101, "453 Badhra, 7092 Charkhi Dadri, 7106 Baund, 7107 Jhojhu" },
}
-- Other spellings in use.
local ALIASES = {
    [62] = "Gurgaon|गुड़गांव", [604] = "Mewat|मेवात", [701] = "Charkhi Dadri", [63] = "Hissar",
    [60] = "फ़रीदाबाद", [75] = "Sonepat",
}
local HARYANA_TOTAL, HARYANA_POPULATION = 266000, 25351462
local HARYANA_WORKERS = 5250000

local function workers_of_panchayats(block)
    local random, weights = Random.new(block[1]), {}
    for i = 1, block[6] do
        weights[i] = 700 + random:below(600)
    end
    return share(block[4], weights)
end

-- Haryana's blocks as {code, name, workers, registrations} by district.
local function haryana_blocks()
    local people, pace = {}, {}
    for i, d in ipairs(HARYANA_DISTRICTS) do
        people[i], pace[i] = d[4], d[4] * d[5]
    end
    assert(sum_of(people) == HARYANA_POPULATION)
    local workers, totals = share(HARYANA_WORKERS, people), share(HARYANA_TOTAL, pace)
    local blocks = {}
    for i, d in ipairs(HARYANA_DISTRICTS) do
        local random, list, by_workers, by_pace = Random.new(d[1]), {}, {}, {}
        for code, name in d[6]:gmatch("(%d+) ([^,]+)") do
            list[#list + 1] = { tonumber(code), name }
            by_workers[#list] = 600 + random:below(800)
            by_pace[#list] = by_workers[#list] * (70 + random:below(60))
        end
        local w, r = share(workers[i], by_workers), share(totals[i], by_pace)
        for k, b in ipairs(list) do
            b[3], b[4] = w[k], r[k]
        end
        blocks[i] = { workers = workers[i], total = totals[i], list = list }
    end
    return blocks
end

------------------------------------------------------------------------------------------- files

local function quoted(s)
    s = tostring(s)
    return s:find('[",\n]') and '"' .. s:gsub('"', '""') .. '"' or s
end

-- A CSV file in the making: rows that are equal but for `count` are one row.
local File = {}
File.__index = File

function File.new(name, header)
    return setmetatable({ name = name, header = header, lines = {}, counts = {} }, File)
end

function File:add(line)
    local n = self.counts[line]
    if not n then
        self.lines[#self.lines + 1] = line
    end
    self.counts[line] = (n or 0) + 1
end

function File:write()
    local f = assert(io.open(out_dir .. "/" .. self.name, "wb"))
    f:write(self.header, "\n")
    for _, line in ipairs(self.lines) do
        f:write(line, ",", self.counts[line], "\n")
    end
    assert(f:close())
end

-- One row for each registration, with an id of its own: it can be recognised when it comes again.
local Single = {}
Single.__index = Single

function Single.new(name, header)
    return setmetatable({ name = name, lines = { header .. ",registration_id,count" } }, Single)
end

function Single:add(line)
    self.lines[#self.lines + 1] = string.format("%s,SIM-%05d,1", line, #self.lines)
end

local function write_lines(name, lines)
    local f = assert(io.open(out_dir .. "/" .. name, "wb"))
    f:write(table.concat(lines, "\n"), "\n")
    assert(f:close())
end

local function write_places(blocks_of_haryana)
    local lines = { "level,code,parent,name,name_hi,aliases,workers,population" }
    local function place(level, code, parent, name, hindi, workers, population)
        lines[#lines + 1] = table.concat({ level, code, parent, quoted(name), hindi or "",
            level == "district" and ALIASES[code] or "", workers or "", population or "" }, ",")
    end
    place("state", 20, "", "Jharkhand", "झारखंड", nil, 32988134)
    place("state", 6, "", "Haryana", "हरियाणा", HARYANA_WORKERS, HARYANA_POPULATION)
    local workers = 0
    for _, b in ipairs(RAMGARH_BLOCKS) do
        workers = workers + b[4]
    end
    place("district", 607, 20, "Ramgarh", "रामगढ़", workers, 949443)
    local code = PANCHAYAT_FIRST
    for _, b in ipairs(RAMGARH_BLOCKS) do
        place("block", b[1], 607, b[2], b[3], b[4])
        for i, w in ipairs(workers_of_panchayats(b)) do
            place("panchayat", code, b[1], b[2] .. " panchayat " .. i, b[3] .. " पंचायत " .. i, w)
            code = code + 1
        end
    end
    for i, d in ipairs(HARYANA_DISTRICTS) do
        place("district", d[1], 6, d[2], d[3], blocks_of_haryana[i].workers, d[4])
        for _, b in ipairs(blocks_of_haryana[i].list) do
            place("block", b[1], d[1], b[2], nil, b[3])
        end
    end
    write_lines("places.csv", lines)
end

----------------------------------------------------------------------------------------- sectors

-- The portal's thirty, by code, with Haryana's weights, the share of women in per mille and some
-- occupations.
local SECTORS = {
    { "AGRICULTURE", 412, 560, "Agricultural labourer|Cultivator|Dairy worker|Poultry worker" },
    { "APPAREL", 48, 720, "Tailor|Embroiderer" },
    { "AUTOMOBILE & TRANSPORTATION", 46, 40, "Auto rickshaw driver|Rickshaw puller|Loader|Mechanic" },
    { "BANKING, FINANCIAL SERVICES & INSURANCE", 2, 350, "Business correspondent" },
    { "BEAUTY & WELLNESS", 8, 600, "Barber|Beautician" },
    { "CAPITAL GOODS & MANUFACTURING", 44, 310, "Machine helper|Brick kiln worker|Welder" },
    { "CONSTRUCTION", 142, 290, "Mason|Construction labourer|Painter|Carpenter at site" },
    { "DOMESTIC AND HOUSEHOLD WORKERS", 96, 930, "Domestic help|Cook|Caretaker" },
    { "EDUCATION", 9, 760, "Mid-day meal worker|Private tutor|Anganwadi worker" },
    { "ELECTRONICS & HW", 9, 90, "Electrician|Line helper" },
    { "FOOD INDUSTRY", 16, 380, "Food vendor|Mill worker" },
    { "GEM & JEWELLERY", 2, 210, "Goldsmith" },
    { "GLASS & CERAMICS", 3, 300, "Potter" },
    { "HANDICRAFTS & CARPETS", 8, 640, "Basket weaver|Handicraft worker|Papad maker" },
    { "HEALTHCARE", 18, 820, "ASHA worker|Nursing help|Sanitation worker" },
    { "LEATHER INDUSTRY WORKS", 6, 180, "Cobbler" },
    { "MINING", 4, 150, "Quarry worker" },
    { "MISCELLANEOUS", 34, 500, "Other worker" },
    { "MUSICAL INSTRUMENTS", 1, 120, "Instrument maker" },
    { "OFFICE ADMINISTRATION & FACILITY MANAGEMENT", 6, 340, "Sweeper|Office help" },
    { "ORGANISED RETAIL", 7, 300, "Shop assistant" },
    { "PRINTING", 2, 160, "Press helper" },
    { "PRIVATE SECURITY", 7, 60, "Watchman" },
    { "PROFESSIONALS", 4, 300, "Photographer" },
    { "RETAIL", 26, 340, "Street vendor|Shopkeeper" },
    { "SERVICE", 19, 260, "Delivery worker|Laundry worker" },
    { "TEXTILE & HANDLOOM", 11, 450, "Weaver|Loom helper" },
    { "TOBACCO INDUSTRY", 2, 780, "Bidi roller" },
    { "TOURISM & HOSPITALITY", 5, 280, "Dhaba worker" },
    { "WOOD & CARPENTRY", 3, 60, "Carpenter" },
}
-- The eleven of the district's review in its own words, with its figures and the nearest of the
-- portal's sectors (for occupations only: what a word means is the mapping's business).
local RAMGARH_SECTORS = {
    { "कृषि", 24239, 1 }, { "निर्माण", 4119, 7 }, { "उत्पादन", 3590, 6 },
    { "घरेलू कामगार", 2468, 8 }, { "स्वास्थ्य", 2015, 15 }, { "परिवहन", 1407, 3 },
    { "लघु उद्योग", 1323, 14 }, { "शिक्षा", 659, 9 }, { "व्यवसायिक", 564, 25 },
    { "विद्युत", 444, 10 }, { "अन्य", 350, 18 }, { "", 1300, 18 },
}
local RAMGARH_TOTAL = 42478

local OCCUPATIONS = {}
for i, s in ipairs(SECTORS) do
    OCCUPATIONS[i] = {}
    for name in s[4]:gmatch("[^|]+") do
        table.insert(OCCUPATIONS[i], name)
    end
end

-- Registrations of Ramgarh by block and sector: rows add up to the blocks, columns to the sectors.
-- Small sectors first, by capacity and inclination; agriculture takes what is left.
local function ramgarh_cells()
    local cells, left = {}, {}
    for b, block in ipairs(RAMGARH_BLOCKS) do
        cells[b], left[b] = {}, block[5]
    end
    for s = #RAMGARH_SECTORS, 2, -1 do
        local weights = {}
        for b, block in ipairs(RAMGARH_BLOCKS) do
            weights[b] = left[b] * (block[7][RAMGARH_SECTORS[s][3]] or 100)
        end
        for b, n in ipairs(share(RAMGARH_SECTORS[s][2], weights)) do
            cells[b][s], left[b] = n, left[b] - n
            assert(left[b] >= 0)
        end
    end
    for b in ipairs(RAMGARH_BLOCKS) do
        cells[b][1] = left[b]
    end
    assert(sum_of(left) == RAMGARH_SECTORS[1][2])
    return cells
end

------------------------------------------------------------------------------------- attributes

local AGES, AGE_WEIGHTS = {}, {}
for age = 16, 59 do
    AGES[#AGES + 1] = age
    AGE_WEIGHTS[#AGES] = age < 18 and 2 or age <= 40 and 58 - math.abs(age - 27) or age < 50 and 42 or
        30 - (age - 50)
end
local AGE_SUM = sum_of(AGE_WEIGHTS)

local function gender_of(random, sector, women)
    if random:below(2000) == 0 then
        return "O"
    end
    return random:below(1000) < SECTORS[sector][3] * women // 100 and "F" or "M"
end

local function occupation_of(random, sector)
    return OCCUPATIONS[sector][random:below(#OCCUPATIONS[sector]) + 1]
end

local CATEGORIES = { "OBC", "GEN", "SC", "ST" }

----------------------------------------------------------------------------------------- Ramgarh

-- The centres of a block: one a panchayat, in every third a second; with the days when they sent
-- nothing. Every seventh is silent on the last day; one of Gola's for the last two weeks.
local function centres_of(block, panchayats)
    local centres = {}
    for i, code in ipairs(panchayats) do
        for _ = 1, i % 3 == 0 and 2 or 1 do
            local n = #centres + 1
            centres[n] = { name = string.format("CSC-%d-%02d", block[1], n), panchayat = code }
            if n % 7 == 4 then
                centres[n].silent_from = LAST
            end
        end
    end
    if block[1] == 3168 then
        centres[5].silent_from = LAST - 13
    end
    return centres
end

local function choose_centre(random, centres, weights, sum, day)
    while true do
        local c = centres[random:pick(weights, sum)]
        if not c.silent_from or day < c.silent_from then
            return c
        end
    end
end

-- Special camps: day, block, panchayat of the block, name, department, at most so many.
local CAMPS = {
    { day_of(2021, 10, 8), 3174, 4, "Patratu thermal plant gate", "Energy", 55 },
    { day_of(2021, 10, 22), 3172, 11, "Mandu colliery road works", "Road Construction", 70 },
    { day_of(2021, 10, 29), 3175, 2, "Ramgarh town hall", "Urban Development", 40 },
    { day_of(2021, 11, 9), 6716, 6, "Rajrappa temple approach", "Building Construction", 45 },
    { day_of(2021, 11, 12), 3174, 19, "Saunda industrial area", "Industries", 60 },
    { day_of(2021, 11, 16), 3168, 8, "Gola block office", "Rural Development", 25 },
    { day_of(2021, 11, 18), 3172, 23, "Kuju bus stand", "Drinking Water and Sanitation", 50 },
}

-- What the table of camps says beside these: planned and not held, and still to come. The camp at
-- the temple was held without a plan.
local CAMPS_NOT_HELD = {
    { day_of(2021, 10, 26), 6717, "Dulmi market", 6500 },
    { day_of(2021, 11, 3), 3168, "Rola brick kilns", 9000 },
    { day_of(2021, 11, 24), 3174, "Bhurkunda washery", 8000 },
}
local CAMP_UNPLANNED = "Rajrappa temple approach"

-- Departments and their targets. Those without a camp have registered nobody under their name.
local DEPARTMENT_TARGETS = {
    { "Energy", 400 }, { "Road Construction", 500 }, { "Urban Development", 150 },
    { "Building Construction", 300 }, { "Industries", 350 }, { "Rural Development", 25 },
    { "Drinking Water and Sanitation", 50 }, { "Social Welfare", 900 }, { "Health", 250 },
}

-- Factories: name, block, how many work there, how many of them are registered.
local FACTORIES = {
    { "Sponge iron works", 3172, 640, 214 }, { "Wire rod mill", 3172, 380, 96 },
    { "Refractory works", 3175, 220, 220 }, { "Rolling mill", 3175, 310, 118 },
    { "Cement grinding unit", 3174, 270, 61 }, { "Glass works", 3174, 150, 0 },
    { "Brick works", 3168, 90, 17 }, { "Rice mill", 6716, 45, 0 },
}
local MANUFACTURING = 6

-- The factories of a block, as cards to be dealt to registrations of manufacturing.
local function factory_cards(block)
    local cards = {}
    for _, f in ipairs(FACTORIES) do
        for _ = 1, f[2] == block[1] and f[4] or 0 do
            cards[#cards + 1] = f[1]
        end
    end
    return cards
end

local function camp_on(day, block)
    for _, c in ipairs(CAMPS) do
        if c[1] == day and c[2] == block[1] then
            return c
        end
    end
end

-- Every registration of one block, day by day.
local function write_block(random, block, cells, panchayats, channels, files)
    local sectors = {}
    for s, n in ipairs(cells) do
        for _ = 1, n do
            sectors[#sectors + 1] = s
        end
    end
    random:shuffle(sectors)
    local centres, pace = centres_of(block, panchayats), {}
    for i in ipairs(centres) do
        pace[i] = 40 + random:below(120)
    end
    local pace_sum, at = sum_of(pace), 0
    -- A generator of its own: the other columns are the same whatever the factories are.
    local luck, cards = Random.new(700000 + block[1]), factory_cards(block)
    local chances = 0 -- of the cards, less those at camps, who name no factory
    for _, s in ipairs(sectors) do
        chances = chances + (RAMGARH_SECTORS[s][3] == MANUFACTURING and 1 or 0)
    end
    for _, c in ipairs(CAMPS) do
        chances = chances - (c[2] == block[1] and c[6] or 0)
    end
    luck:shuffle(cards)
    for i, n in ipairs(share(block[5], day_weights(random))) do
        local day = FIRST + i - 1
        local camp = camp_on(day, block)
        local camp_left = camp and math.min(camp[6], n // 2) or 0
        for _ = 1, n do
            at = at + 1
            local s = RAMGARH_SECTORS[sectors[at]]
            local sector = s[3]
            local person = table.concat({ s[1], occupation_of(random, sector),
                gender_of(random, sector, 108), AGES[random:pick(AGE_WEIGHTS, AGE_SUM)],
                CATEGORIES[random:pick({ 46, 13, 19, 22 }, 100)] }, ",")
            local head = iso(day) .. ",607," .. block[1] .. ","
            local channel = table.remove(channels)
            local at_camp, factory = channel == "CSC" and camp_left > 0, ""
            if sector == MANUFACTURING then
                if not at_camp and luck:below(math.max(chances, 1)) < #cards then
                    factory = table.remove(cards)
                end
                chances = chances - 1
            end
            if at_camp then
                camp_left = camp_left - 1
                files.camp:add(head .. panchayats[camp[3]] .. "," .. person .. ",CSC," ..
                    quoted(camp[4]) .. "," .. quoted(camp[5]))
            elseif channel == "CSC" then
                local c = choose_centre(random, centres, pace, pace_sum, day)
                files.csc:add(head .. c.panchayat .. "," .. person .. ",CSC," .. c.name .. "," ..
                    factory)
            else
                local p = panchayats[random:below(#panchayats) + 1]
                files.portal:add(head .. p .. "," .. person .. "," .. channel .. "," .. factory)
            end
        end
    end
    assert(#cards == 0)
    assert(at == block[5])
end

-- A department's list that names every ninth of those at the camps again.
local function write_again(lines)
    local again = { lines[1] }
    for i = 2, #lines, 9 do
        again[#again + 1] = lines[i]
    end
    write_lines("ramgarh-department.csv", again)
end

local function write_ramgarh()
    local random, cells = Random.new(607), ramgarh_cells()
    local start = "date,district,block,panchayat,sector,occupation,gender,age,category,channel,"
    local files = {
        csc = File.new("ramgarh-csc.csv", start .. "centre,establishment,count"),
        camp = Single.new("ramgarh-camp.csv", start .. "camp,department"),
        portal = File.new("ramgarh-portal.csv", start .. "establishment,count"),
    }
    local channels = deck(random, RAMGARH_TOTAL, { "CSC", "SELF", "SSK", "UMANG" },
        { 800, 197, 2, 1 })
    local code = PANCHAYAT_FIRST
    for b, block in ipairs(RAMGARH_BLOCKS) do
        local panchayats = {}
        for i = 1, block[6] do
            panchayats[i], code = code, code + 1
        end
        write_block(random, block, cells[b], panchayats, channels, files)
    end
    assert(#channels == 0)
    files.csc:write()
    write_lines(files.camp.name, files.camp.lines)
    files.portal:write()
    write_again(files.camp.lines)
end

-- What a district's offices keep beside the records, as tables to be uploaded.
local function write_tables()
    local camps = { "camp,block,planned_on,cost" }
    for _, c in ipairs(CAMPS) do
        if c[4] ~= CAMP_UNPLANNED then
            camps[#camps + 1] = table.concat({ c[4], c[2], iso(c[1]), 4000 + 90 * c[6] }, ",")
        end
    end
    for _, c in ipairs(CAMPS_NOT_HELD) do
        camps[#camps + 1] = table.concat({ c[3], c[2], iso(c[1]), c[4] }, ",")
    end
    write_lines("camps.csv", camps)
    local departments = { "department,district,target" }
    for _, d in ipairs(DEPARTMENT_TARGETS) do
        departments[#departments + 1] = d[1] .. ",607," .. d[2]
    end
    write_lines("department_targets.csv", departments)
    local factories = { "name,block,workers" }
    for _, f in ipairs(FACTORIES) do
        factories[#factories + 1] = table.concat({ f[1], f[2], f[3] }, ",")
    end
    write_lines("factories.csv", factories)
end

----------------------------------------------------------------------------------------- Haryana

local function write_haryana(blocks)
    local random = Random.new(6)
    local codes, weights = {}, {}
    for i, s in ipairs(SECTORS) do
        codes[i], weights[i] = i, s[2]
    end
    local sectors = deck(random, HARYANA_TOTAL, codes, weights)
    local channels = deck(random, HARYANA_TOTAL, { "CSC", "SELF", "SSK", "UMANG" },
        { 800, 197, 2, 1 })
    local file = File.new("haryana-portal.csv",
        "date,district,block,sector,gender,age,category,channel,count")
    local at = 0
    for i, district in ipairs(HARYANA_DISTRICTS) do
        for _, block in ipairs(blocks[i].list) do
            local place = "," .. district[1] .. "," .. quoted(block[2]) .. ","
            for d, n in ipairs(share(block[4], day_weights(random))) do
                local head = iso(FIRST + d - 1) .. place
                for _ = 1, n do
                    at = at + 1
                    local sector = sectors[at]
                    file:add(head .. quoted(SECTORS[sector][1]) .. "," ..
                        gender_of(random, sector, 82) .. "," ..
                        AGES[random:pick(AGE_WEIGHTS, AGE_SUM)] .. "," ..
                        CATEGORIES[random:pick({ 36, 29, 35, 0 }, 100)] .. "," .. channels[at])
                end
            end
        end
    end
    assert(at == HARYANA_TOTAL)
    file:write()
end

---------------------------------------------------------------------------------- stated figures

-- What the mapping makes of the district's words.
local function mapped_sectors()
    local ours = {}
    for line in io.lines(mapping_path) do
        local theirs, name = line:match("^%s*sector%s*:%s*(.-)%s*=%s*(.-)%s*$")
        if theirs then
            ours[theirs] = name
        end
    end
    return ours
end

local function write_stated()
    local ours, as_on = mapped_sectors(), iso(LAST)
    local lines = { "as_on,level,place,sector,total,source" }
    for _, s in ipairs(RAMGARH_SECTORS) do
        if s[1] ~= "" then
            local name = assert(ours[s[1]], mapping_path .. " has no sector for " .. s[1])
            lines[#lines + 1] = as_on .. ",district,607," .. quoted(name) .. "," .. s[2] ..
                ",district review"
        end
    end
    lines[#lines + 1] = as_on .. ",district,607,," .. RAMGARH_TOTAL .. ",district review"
    lines[#lines + 1] = as_on .. ",state,6,," .. HARYANA_TOTAL .. ",state review"
    write_lines("stated.csv", lines)
end

local blocks_of_haryana = haryana_blocks()
write_places(blocks_of_haryana)
write_ramgarh()
write_haryana(blocks_of_haryana)
write_stated()
write_tables()
