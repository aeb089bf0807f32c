"""A second source system that knows some of the same people, each by a name spelled differently."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from api.demonstration.force.days import BLANK
from api.demonstration.force.draws import Generator, Stream, stream
from api.demonstration.force.folder import day_texts, draw_force, write_declaration
from api.demonstration.force.identifiers import pnc_numbers
from api.demonstration.force.known import Known
from api.demonstration.force.names import SHORT_FORMS
from api.demonstration.force.people import CUSTODY, FORENAMES, SURNAMES
from api.demonstration.force.tables import texts, write_rows
from rms.people.sexes import SEXES

SOURCE = "custody records"
SHARED, WITH_PNC = 0.5, 0.5  # shares: of those who are or were in custody; of those with a PNC number


def write_second_source(
    folder: Path,
    *,
    seed: int,
    people: int,
    day: date,
    offences: int | None = None,
    known: Sequence[Known] = (),
) -> None:
    """Write an import folder with some of the people that `write_force` writes for the same arguments.

    They have the same dates of birth, other spellings of their names, and only some of them a number. The
    areas are those in the folder of the force: import that one first.
    """
    everyone, where = draw_force(seed, people=people, day=day, offences=offences, known=known)
    rng, days = stream(seed, Stream.SECOND_SOURCE), day_texts(day)
    who = np.flatnonzero((everyone.custody_from != BLANK) & (rng.random(len(everyone)) < SHARED))
    who = rng.permutation(who)  # so that its IDs do not tell the other's
    names = zip(texts(FORENAMES, everyone.forename[who]), texts(SURNAMES, everyone.surname[who]), strict=True)
    spellings = [spelled_differently(rng, *name) for name in names]
    ids = [f"C{number:07}" for number in range(1, len(who) + 1)]
    blank = [""] * len(who)
    columns: tuple[Sequence[str], ...] = (
        ids,
        [forename for forename, _ in spellings],
        [surname for _, surname in spellings],
        days(everyone.born[who]),
        texts(SEXES, everyone.sex[who]),
        texts(where.codes, everyone.ward[who]),
        pnc_numbers(np.where(rng.random(len(who)) < WITH_PNC, everyone.pnc_year[who], 0), who),
        *(blank, blank, blank),  # CRO number, offender number, nationality
        texts(CUSTODY, everyone.custody[who]),
        *(days(column[who]) for column in (everyone.custody_from, everyone.release, everyone.deceased)),
        [f"https://custody.example/people/{id}" for id in ids],
    )
    write_declaration(folder, source=SOURCE, day=day)
    write_rows(folder, "people", zip(*columns, strict=True))


def spelled_differently(rng: Generator, forename: str, surname: str) -> tuple[str, str]:
    """The name as another system has it: with a short form, one part, exchanged, in capitals, or mistyped."""
    way = rng.random()
    if forename in SHORT_FORMS and way < 0.6:
        return SHORT_FORMS[forename], surname
    if "-" in surname and way < 0.6:
        return forename, surname.split("-")[0]
    if way < 0.1:
        return surname, forename
    if way < 0.25:
        return forename.upper(), surname.upper()
    if way < 0.5:
        return _mistyped(rng, forename), surname
    return forename, _mistyped(rng, surname)


def _mistyped(rng: Generator, name: str) -> str:
    """One letter, not the first, left out or twice."""
    place = int(rng.integers(1, len(name)))
    return name[:place] + (name[place + 1 :] if rng.random() < 0.5 else name[place] + name[place:])
