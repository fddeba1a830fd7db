plugin { name = "fuzz", version = "1", api = 1, title = { en = "A", hi = "अ" } }
targets "s" { source = "x", level = "block", from = "2021-11-01", to = "2021-11-30", by = "sector",
  total = { [607] = { Agriculture = 100, ["निर्माण"] = 7 } }, share_by = "workers",
  fixed = { [3172] = { Agriculture = 40 } }, phasing = { 100 }, holidays = { "2021-11-19" } }
targets "d" { source = "x", level = "block", from = "2021-11-01", to = "2021-12-31", by = "department",
  parts = { A = 1, B = 2.5 }, total = { [607] = 100 }, share_by = "workers", phasing = "working_days" }
upload "factories" { columns = { { "name", "STRING" }, { "block" }, { "workers", "INT64" } } }
fn "plus" { args = { "a:INT64" }, returns = "INT64", lua = function(a) return a + 1 end }
fn "rate" { args = { "a", "b" }, returns = "FLOAT64", expr = "100.0 * a / NULLIF(b, 0)" }
fn "over" { args = { "n:INT64" }, returns = "TABLE", query = [[ FROM input |> WHERE done > @n ]] }
report "r" { title = { en = "R", hi = "र" }, total = true,
  params = { { "district", type = "place", level = "district", default = 607 },
             { "as_on", type = "date", default = "latest" }, { "c", type = "choice", choices = { "a" } } },
  query = [[ FROM registrations |> WHERE district = @district AND date <= @as_on
    |> AGGREGATE COUNT(*) AS done GROUP BY block |> CALL complete('block', under => @district)
    |> CALL against_target('s', achieved => 'done', as_on => @as_on) |> EXTEND plus(done) AS more ]],
  columns = { { "block", null = "-" }, { "done", type = "integer", bands = { 1, 2 } },
              { "target" }, { "pct", type = "percent", total = "rate(done, target)" } },
  chart = { mark = "bar", encoding = { x = { field = "done" } } },
  summary = function(rows, p) return fill("{n} {d}", { n = sum(rows, "done"), d = p.district }) end }
report "l" { title = "L", columns = { { "a", type = "text" }, { "n", type = "integer" } },
  queries = { q = "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY sector" },
  run = function(p, query)
    local rows = {}
    for i, r in ipairs(query("q")) do rows[i] = { a = r.sector or indian(1234567), n = r.n } end
    for k, v in sorted { b = 1, a = 2 } do rows[#rows + 1] = { a = k, n = v } end
    return rows, { a = "all", n = 1 }
  end }
alert "a" { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS done GROUP BY block ]], key = { "block" },
  severity = { { "critical", "done < 20" }, { "warning", "done < 70" } }, clear = "done > 80", share_max = 90,
  pending = "1 day", keep = "2 hours", message = { en = "{block}: {done}", hi = "{block}" } }
check "c" { query = [[ FROM registrations |> WHERE block IS NULL |> AGGREGATE COUNT(*) AS n GROUP BY district ]] }
schedule "e" { report = "r", each = "district", at = "18:00", deliver = "x", format = "csv" }
test "t" { data = { registrations = { { "date", "block", "count" }, { "2021-11-18", "Gola", 5 } } },
  run = "r", expect = { { block = "Gola", done = 5 } } }
