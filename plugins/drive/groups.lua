-- The groups of workers that the minister named, and the words by which they are known in the
-- records. An occupation belongs to the first group of which a word occurs in it; capitals do not
-- count. The words are this office's reading of its own records: change them here.

return {
  { en = "MGNREGA workers", hi = "मनरेगा मज़दूर", words = { "mgnrega", "nrega", "मनरेगा" } },
  { en = "Self-help groups", hi = "स्वयं सहायता समूह",
    words = { "self help", "self-help", "shg", "nrlm", "papad", "basket", "handicraft",
              "सहायता समूह" } },
  { en = "Anganwadi", hi = "आंगनबाड़ी", words = { "anganwadi", "आंगनबाड़ी" } },
  { en = "Mid-day meal", hi = "मिड-डे मील",
    words = { "mid-day", "mid day", "midday", "मिड", "मध्याह्न" } },
  { en = "ASHA", hi = "आशा", words = { "asha", "आशा" } },
  { en = "Farm labour", hi = "खेत मज़दूर",
    words = { "agricultur", "farm", "cultivator", "dairy", "poultry", "खेत", "कृषि", "किसान" } },
  { en = "Street vendors", hi = "रेहड़ी, फेरी वाले",
    words = { "vendor", "hawker", "रेहड़ी", "फेरी", "ठेला" } },
  { en = "Domestic help", hi = "घरेलू कामगार",
    words = { "domestic", "house maid", "housemaid", "cook", "caretaker", "घरेलू", "कामवाली" } },
  { en = "Market yard (mandi)", hi = "मंडी",
    words = { "mandi", "loader", "hamal", "मंडी", "पल्लेदार" } },
  { en = "Rickshaw", hi = "रिक्शा", words = { "rickshaw", "रिक्शा" } },
}
