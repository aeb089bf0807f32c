"""A severity table as an agency writes it, and small tables to look codes up in."""

from datetime import date

from rms.harm.severity import CodePeriod, Severity, SeverityTable

BURGLARY = Severity("Burglary", "Residential burglary", 273.5)
THEFT = Severity("Theft", "Other theft", 2.0)

TOML = """\
name = "county-2026"
title = "Crime harm of the county, 2026"
unit = "days"
valid_from = 2026-01-01
source = "Cambridge Crime Harm Index 2026, all offences."

codes = [
  { code = "28/3", group = "Residential burglary" },
  { code = "4900", group = "Other theft", days = 3, from = 1999-01-01, to = 2003-12-31 },
  { code = "4900", group = "Other theft", from = 2004-01-01 },
]

[[groups]]
category = "Burglary"
name = "Residential burglary"
days = 273.5

[[groups]]
category = "Theft"
name = "Other theft"
days = 2
"""


def table(
    name: str = "county", *, valid_from=date(2020, 1, 1), valid_to=None, unit="days", **codes
) -> SeverityTable:
    """`codes`: what each code means: a severity, or a list of periods. `c02803` stands for `02803`."""
    periods = {
        code.removeprefix("c"): (CodePeriod(given),) if isinstance(given, Severity) else tuple(given)
        for code, given in codes.items()
    }
    groups = {period.severity.group: period.severity for each in periods.values() for period in each}
    return SeverityTable(name, name.title(), unit, valid_from, valid_to, "a test", groups, periods)
