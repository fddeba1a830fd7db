-- How a Hindi page calls departments and occupations: the records have them in English, in the
-- words of this office. What is not listed appears as the records have it; capitals and blanks
-- around do not count. Add yours here.

local hindi = {
  -- departments
  ["agriculture"] = "कृषि", ["building construction"] = "भवन निर्माण",
  ["drinking water and sanitation"] = "पेयजल एवं स्वच्छता", ["education"] = "शिक्षा",
  ["energy"] = "ऊर्जा", ["health"] = "स्वास्थ्य", ["industries"] = "उद्योग", ["labour"] = "श्रम",
  ["panchayati raj"] = "पंचायती राज", ["road construction"] = "पथ निर्माण",
  ["rural development"] = "ग्रामीण विकास", ["social welfare"] = "समाज कल्याण",
  ["transport"] = "परिवहन", ["urban development"] = "नगर विकास",
  ["water resources"] = "जल संसाधन",
  -- occupations
  ["agricultural labourer"] = "खेत मज़दूर", ["anganwadi worker"] = "आंगनबाड़ी कार्यकर्ता",
  ["asha worker"] = "आशा कार्यकर्ता", ["auto rickshaw driver"] = "ऑटो रिक्शा चालक",
  ["basket weaver"] = "टोकरी बुनकर", ["brick kiln worker"] = "ईंट भट्ठा मज़दूर",
  ["caretaker"] = "देखभाल करने वाले", ["carpenter at site"] = "निर्माण स्थल के बढ़ई",
  ["construction labourer"] = "निर्माण मज़दूर", ["cook"] = "रसोइया", ["cultivator"] = "किसान",
  ["dairy worker"] = "डेयरी कामगार", ["domestic help"] = "घरेलू सहायक",
  ["electrician"] = "बिजली मिस्त्री", ["handicraft worker"] = "हस्तशिल्प कामगार",
  ["line helper"] = "लाइन सहायक", ["loader"] = "पल्लेदार", ["machine helper"] = "मशीन सहायक",
  ["mason"] = "राजमिस्त्री", ["mechanic"] = "मैकेनिक",
  ["mid-day meal worker"] = "मिड-डे मील कर्मी", ["nursing help"] = "परिचर्या सहायक",
  ["other worker"] = "अन्य कामगार", ["painter"] = "रंगाई मिस्त्री",
  ["papad maker"] = "पापड़ बनाने वाले", ["poultry worker"] = "मुर्गीपालन कामगार",
  ["private tutor"] = "निजी शिक्षक", ["rickshaw puller"] = "रिक्शा चालक",
  ["sanitation worker"] = "सफ़ाई कर्मी", ["shopkeeper"] = "दुकानदार",
  ["street vendor"] = "फेरीवाले", ["welder"] = "वेल्डर",
}

local names = {}

-- What tells one name from another.
function names.key(text)
  return string.lower(string.match(text, "^%s*(.-)%s*$"))
end

function names.shown(text, lang)
  return lang == "hi" and hindi[names.key(text)] or text
end

return names
