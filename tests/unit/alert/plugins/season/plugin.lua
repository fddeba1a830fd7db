-- What drive's lagging_block is measured beside: a plain threshold. The rule itself and its targets
-- are read from the plugin as it is served (see the links beside this file).
plugin { name = "season", version = "1.0.0", api = 1 }
use "targets"
use "alerts"

alert "plain_threshold" {
  query = [[
    FROM registrations
    |> AGGREGATE COUNT(*) AS done GROUP BY block
    |> CALL complete('block')
    |> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)
    |> WHERE target IS NOT NULL AND pct < expected_pct - 10
  ]],
  params = { { "as_on", type = "date", default = "latest" } },
  key = { "block" },
  pending = "2 days",
  message = "{block}",
}
