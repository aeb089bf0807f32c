"""Writing the folder of the fictional force."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from api.demonstration.force.areas import Areas, areas
from api.demonstration.force.associations import draw_associations, write_associations
from api.demonstration.force.days import YEAR, DayTexts
from api.demonstration.force.draws import Integers, Stream, stream
from api.demonstration.force.identifiers import cro_numbers, pnc_numbers
from api.demonstration.force.known import Known
from api.demonstration.force.markers import write_markers
from api.demonstration.force.offences import draw_days, of_escalations, write_offences
from api.demonstration.force.people import (
    CUSTODY,
    FORENAMES,
    NATIONALITIES,
    SURNAMES,
    People,
    draw_people,
)
from api.demonstration.force.tables import blocks, person_ids, texts, write_rows
from rms.people.sexes import SEXES

SOURCE = "crime records"
OFFENCES_EACH = 8
OLDEST, FURTHEST = 81, 14  # years before and after the day of the data


def write_force(
    folder: Path,
    *,
    seed: int,
    people: int,
    day: date,
    offences: int | None = None,
    known: Sequence[Known] = (),
) -> None:
    """Write an import folder: the records of a fictional police force as they are on a day.

    The same arguments, with the same numpy, write the same bytes.

    Parameters
    ----------
    people : 100 or more.
    offences : in all; eight for each person by default.
    known : people who are in RMS already. The force knows them too, by their offender numbers.
    """
    everyone, where = draw_force(seed, people=people, day=day, offences=offences, known=known)
    days = day_texts(day)
    write_declaration(folder, source=SOURCE, day=day)
    write_rows(folder, "areas", where.rows)
    write_rows(folder, "people", _people_rows(everyone, where, days))
    ties = draw_associations(seed, everyone)
    drawn = draw_days(seed, everyone, ties, total=_total(people, offences))
    write_offences(folder, seed, everyone, where, drawn=drawn, days=days)
    write_markers(folder, seed, everyone, days=days)
    write_associations(folder, ties, days=days)


def draw_force(
    seed: int, *, people: int, day: date, offences: int | None, known: Sequence[Known]
) -> tuple[People, Areas]:
    where = areas(stream(seed, Stream.AREAS), people=people)
    usual = _total(people, offences) - of_escalations(_total(people, offences))
    return draw_people(seed, where, people=people, day=day, offences=usual, known=known), where


def _total(people: int, offences: int | None) -> int:
    return OFFENCES_EACH * people if offences is None else offences


def day_texts(day: date) -> DayTexts:
    """The texts of all days that a folder can have."""
    return DayTexts(day.toordinal() - int(OLDEST * YEAR), day.toordinal() + int(FURTHEST * YEAR))


def write_declaration(folder: Path, *, source: str, day: date) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = (
        "# synthetic = true: a seed and random numbers made these records. No one in them is a real person.",
        f'source = "{source}"',
        f"as_at = {day.isoformat()}",
        'dates = "year-month-day"',
    )
    (folder / "import.toml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _people_rows(everyone: People, where: Areas, days: DayTexts) -> Iterator[tuple[str, ...]]:
    for first, last in blocks(len(everyone)):
        yield from zip(*_people_columns(everyone, np.arange(first, last), where, days), strict=True)


def _people_columns(everyone: People, who: Integers, where: Areas, days: DayTexts) -> Iterator[list[str]]:
    """The columns of `people.csv` in their order."""
    ids = person_ids(who)
    yield ids
    yield texts(FORENAMES, everyone.forename[who])
    yield texts(SURNAMES, everyone.surname[who])
    yield days(everyone.born[who])
    yield texts(SEXES, everyone.sex[who])
    yield texts(where.codes, everyone.ward[who])
    yield pnc_numbers(everyone.pnc_year[who], who)
    yield cro_numbers(everyone.cro_year[who], who)
    yield [everyone.offender_numbers.get(person, "") for person in who.tolist()]
    yield texts(tuple(NATIONALITIES), everyone.nationality[who])
    yield texts(CUSTODY, everyone.custody[who])
    for column in (everyone.custody_from, everyone.release, everyone.deceased):
        yield days(column[who])
    yield [f"https://records.example/people/{id}" for id in ids]
