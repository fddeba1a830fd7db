-- The reports, targets and alerts of a registration drive.
--
-- This folder is a plugin: the server reads plugin.lua, which says what it is and uses the files
-- beside it. Each file is made to be read and changed by the office that runs the drive; the
-- README in the folder above explains how, from nothing.
--
--   targets.lua    how many registrations each place is to reach, by when
--   state.lua      the state's review: districts
--   district.lua   the district's review: sectors, blocks, centres
--   revised.lua    figures that were other on an earlier day
--   panchayats.lua which panchayats are reached
--   people.lua     groups of workers (their words in groups.lua), insurance cover
--   departments.lua, camps.lua, factories.lua   reports on tables that the office uploads
--   meeting.lua    the sheet for a block's next meeting
--   alerts.lua     where somebody should look: data, district, blocks, centres
--   desk.lua       what became of the alerts, and what is sent every evening
--   checks.lua     what looks wrong with the data
--   tests.lua, report_tests.lua, check_tests.lua, upload_tests.lua, desk_tests.lua   examples that
--                  must come true whenever the plugin is loaded
--   names.lua      departments and occupations in Hindi
--   note.lua       what every report says about the demonstration

plugin {
  name = "drive",
  version = "1.0.0",
  api = 1,
  title = { en = "Registration drive", hi = "निबंधन अभियान" },
  help = {
    en = "Registration of unorganised workers: states, districts, blocks, sectors, centres.",
    hi = "असंगठित श्रमिकों का निबंधन: राज्य, ज़िले, प्रखंड, क्षेत्र, प्रज्ञा केंद्र।",
  },
}

use "targets"
use "state"
use "district"
use "revised"
use "panchayats"
use "people"
use "departments"
use "camps"
use "factories"
use "meeting"
use "alerts"
use "desk"
use "checks"
use "tests"
use "check_tests"
use "report_tests"
use "upload_tests"
use "desk_tests"
