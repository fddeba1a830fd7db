plugin { name = "fuzz", version = "1", api = 1 }
report "r" { title = "x", columns = { { "n" } }, run = function(p, q) local s = "x" while true do s = s .. s end end }
