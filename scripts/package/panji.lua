-- The configuration of Panji: `panji serve --check-config` says what holds. What is commented out
-- is what holds when nothing is said, or an example. All names: core/main/README.md.

listen = "127.0.0.1:8090"
-- plugins = "/etc/panji/plugins"      -- else those that are installed
-- timezone = "Asia/Kolkata"
-- fiscal_year_start_month = 4
-- memory_limit = "4GiB"
-- workers = 2

-- log = { format = "json", level = "info", requests = "notable", slow_ms = 1000 }
-- metrics = { drive = "districts" }

-- Who is told of alerts.
-- notifiers = {
--   office = { type = "alertmanager", url = "http://127.0.0.1:9093" },
--   bdo = { type = "smtp", url = "smtps://mail.example.in", from = "panji@example.in",
--           to = "officers:block", user = "panji", password_file = "/etc/panji/mail" },
-- }
-- default_notify = { "office" }
