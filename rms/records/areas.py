"""The order in which the areas of a file are stored: each after the area around it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rms.errors import InvalidInput, Problem
from rms.people.offices import MOST_OFFICES
from rms.records.reading import Batch
from rms.records.rows import AreaRow, Row

AREAS_AT_ONCE = 2_000  # rows that are stored in one transaction


def parents_first(batches: Iterable[Batch], *, file: str) -> Iterator[Batch]:
    """The rows of all batches of a file in new ones, each row after that of its parent.

    So the file may have them in any order. `last_line` counts rows, in an order that is always the same for
    the same file, and is the file's last line at its end. A chain of parents that leads back to itself
    begins anywhere. Takes time in proportion to the file.

    Raises
    ------
    InvalidInput
        If the file has more lines than RMS can have areas.
    """
    whole = Batch()
    for batch in batches:
        if batch.last_line > MOST_OFFICES + 1:
            detail = (
                f"A file of areas can have up to {MOST_OFFICES + 1:,} lines, with its header and blank lines."
            )
            raise InvalidInput([Problem(f"/{file}", "too_many_lines", detail)])
        whole.rows += batch.rows
        whole.lines += batch.lines
        whole.problems += batch.problems
        whole.repeated += batch.repeated
        whole.blank += batch.blank
        whole.refused += batch.refused
        whole.last_line = batch.last_line
    order = list(_parents_first(whole.rows))
    for start in range(0, max(len(order), 1), AREAS_AT_ONCE):
        part = order[start : start + AREAS_AT_ONCE]
        rows, lines = [whole.rows[at] for at in part], [whole.lines[at] for at in part]
        end = start + len(part)
        last_line = whole.last_line if end == len(order) else end
        if start == 0:
            yield replace(whole, rows=rows, lines=lines, last_line=last_line)
        else:
            yield Batch(rows, lines, last_line=last_line)


def _parents_first(rows: Sequence[Row]) -> Iterator[int]:
    """The places of the rows in that order."""
    areas = {row.area: (at, row.parent) for at, row in enumerate(rows) if isinstance(row, AreaRow)}
    for code in list(areas):
        path: list[int] = []
        above: str | None = code
        while above is not None and above in areas:
            at, above = areas.pop(above)
            path.append(at)
        yield from reversed(path)
