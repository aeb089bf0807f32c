"""From rows of a database to the columns of a harm score."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from rms.harm.columnar import STILL_IN_FORCE, MarkerColumns, ReportColumns
from rms.harm.severity import Severity, SeverityTable
from rms.records.choices import DRUG_MARKERS, GRADES

EPOCH = date(1970, 1, 1).toordinal()


def severities_of(rows: Sequence[Any], table: SeverityTable) -> Iterator[Severity | None]:
    """The severity of each offence; None for an unknown code.

    A row begins with the person, the day since 1 January 1970, and the code. Each code is looked up once, if
    its severity is the same on every day.
    """
    changing = {
        code
        for code, periods in table.codes.items()
        if any(period.first is not None or period.last is not None for period in periods)
    }
    known: dict[tuple[str, int], Severity | None] = {}
    for _, on, code, *_ in rows:
        key = (code, on if code in changing else 0)
        if key not in known:
            known[key] = table.severity_of(code, date.fromordinal(EPOCH + on))
        yield known[key]


def days_of_harm(severity: Severity | None) -> float:
    """NaN for an unknown code, and for one that has a weight and no days."""
    return np.nan if severity is None or severity.days is None else severity.days


def marker_columns(rows: Sequence[Any], place: Mapping[int, int]) -> MarkerColumns:
    """Drug markers from rows of person, kind, first and last day. `place`: the position of each person."""
    return MarkerColumns(
        np.array([place[row[0]] for row in rows], np.int32),
        np.array([DRUG_MARKERS.index(row[1]) for row in rows], np.int8),
        np.array([row[2] for row in rows], np.int32),
        np.array([STILL_IN_FORCE if row[3] is None else row[3] for row in rows], np.int32),
    )


def report_columns(rows: Sequence[Any], place: Mapping[int, int]) -> ReportColumns:
    """Intelligence reports from rows of person, grade and day."""
    return ReportColumns(
        np.array([place[row[0]] for row in rows], np.int32),
        np.array([GRADES.index(row[1]) for row in rows], np.int8),
        np.array([row[2] for row in rows], np.int32),
    )
