"""Published rules as pure functions over dated rule sets. Each decision has all its reasons.

`today` is always an argument, and nothing here reads a clock, a file of an agency or a database. A rule set
is a table in `sets/`: its rows, thresholds, dates in force and source. `catalogue` finds the one of a day.
"""
