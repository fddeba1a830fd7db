plugin { name = "fuzz", version = 1, api = 2, titel = "x" }
targets "t" { level = "blok", total = { x = 1, [607] = { A = -1 } }, values = { [3168] = 1.5 } }
report "r" { title = { hi = "x" }, query = [[ FORM registrations ]], columns = { { "blok" }, "x" } }
report "r" { params = { { "a", type = "plce" } }, query = "FROM registrations |> WHERE a = @b" }
alert "a" { key = {}, severity = { { "x", "y" } } }
test "x" { data = { registrations = { { "date" }, {} } }, run = "q", expect = {}, by_day = { x = {} } }
foo "bar" { }
x = 1
