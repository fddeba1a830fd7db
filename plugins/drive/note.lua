-- What every report says about the demonstration. An office that copies this plugin for its own
-- data takes the two sentences out here.

return {
  en = " In the demonstration, records are simulated so that they add up to published totals.",
  hi = " प्रदर्शन में अभिलेख कृत्रिम हैं, ऐसे बनाए गए कि उनका योग प्रकाशित आँकड़ों के बराबर हो।",
}
