"""Maps: all starts, or all values of two numbers, at once; and the fair race. Frozen values and numpy arrays, no screen.

`model.Map` is a map and its link (`model.parse_map`, `Map.query`, `Map.at` for the experiment of one pixel), `axes.Axis` what
varies along a side, `goal.Goal` what is to be reached. `computing.refined(map)` yields a `computing.Result` for each
resolution, the coarse one first; `computing.answer(map, row, column)` is one pixel's run to the step. `theory.theory(map)` is
the line and the point that theory knows.

`race.Race` is a fair race and its link (`race.parse_race`), `race.raced(race)` yields a `race.Standing` for each method;
`race.table`, `race.ordered`, `race.csv_text`, `race.verdict`, `race.fair`, `race.cost` and `Race.chosen` are what is made of
these.
"""
