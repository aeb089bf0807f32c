"""The records of an import folder as the columns that features are made of, without a database."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from api.services.harm.rules import HarmRules
from api.services.prediction.columns import offence_types, records_of, ties_of
from api.storage import KnownBlock
from rms.harm.bands import cuts_of
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.columnar import harm_scores
from rms.prediction.features import features, features_of
from rms.prediction.model import Model
from rms.prediction.records import Flags, Records, Ties
from rms.prediction.standing import standing
from rms.prediction.target import Day, can_become_high, last_complete_day, outcomes, training_days
from rms.prediction.training import train

RULES = HarmRules(harm_settings(), crime_harm_index())
TYPES = offence_types(RULES.table)
EPOCH = date(1970, 1, 1).toordinal()
SOURCE = 1
DETAILS = ("date_of_birth", "deceased_on", "custody_from", "release_date")


@dataclass(frozen=True)
class FolderRecords:
    """Everybody in the folder, in the order of `people.csv`; `high`: where the band begins on `as_at`."""

    records: Records
    ties: Ties
    as_at: date
    high: float

    def about(self, on: date) -> Flags:
        """Whom a prediction on this day is about."""
        return can_become_high(self.scores(on).score, self.records.died, on=on, high=self.high)

    def scores(self, on: date) -> Any:
        return harm_scores(self.records.harm, on=on, settings=RULES.settings)

    def day(self, on: date) -> Day:
        scores, about = self.scores(on), self.about(on)
        with np.errstate(invalid="ignore"):
            high = scores.score >= self.high
        day = on.toordinal() - EPOCH
        place = standing(self.ties, people=self.records.people, day=day, high=high)
        x = features_of(self.records, place, scores, on=on, high=self.high, types=TYPES)
        found = outcomes(self.records, on=on, high=self.high, settings=RULES.settings)
        return Day(on, x[about], scores.score[about], found.became_high[about], found.type[about])

    @property
    def test_day(self) -> date:
        return last_complete_day(self.as_at)

    def model(self) -> Model:
        days = training_days(test=self.test_day, earliest=date(self.as_at.year - 6, self.as_at.month, 1))
        return train(
            [self.day(on) for on in days],
            test=self.day(self.test_day),
            version="test",
            trained_on=self.as_at,
            as_at=self.as_at,
            features=features(TYPES),
            types=TYPES,
            high=self.high,
            rules=RULES.name,
        )


def folder_records(folder: Path, *, as_at: date, high: float | None = None) -> FolderRecords:
    """`high`: where the band begins, by default that of the people in the folder."""
    block = _block(folder)
    records = records_of(block, rules=RULES)
    ties = [
        (_person(row["person"]), _person(row["other"]), _day(row["from"]), _day(row["to"]))
        for row in _rows(folder, "associations")
    ]
    if high is None:
        scores = harm_scores(records.harm, on=as_at, settings=RULES.settings).score
        high = cuts_of(scores, on=as_at, settings=RULES.settings).scores[2]
    return FolderRecords(records, ties_of(ties, block.people), as_at, high)


def _block(folder: Path) -> KnownBlock:
    details = list(_rows(folder, "people"))

    def of(name: str, *columns: Callable[[dict[str, str]], Any]) -> list[Any]:
        rows = ((_person(row["person"]), *(column(row) for column in columns)) for row in _rows(folder, name))
        return sorted(rows, key=lambda row: row[0])

    period = (lambda row: _day(row["from"]), lambda row: _day(row["to"]))
    return KnownBlock(
        people=[_person(row["person"]) for row in details],
        offences=of(
            "offences",
            lambda row: _day(row["date"]),
            lambda row: row["code"],
            lambda row: row["stage"] or None,
            lambda row: int(row["outcome"]) if row["outcome"] else None,
            lambda row: row["domestic_abuse"] == "yes",
            lambda _: SOURCE,
            lambda row: row["offence"],
        ),
        sentences=of(
            "sentences",
            lambda _: SOURCE,
            lambda row: row["offence"],
            lambda row: row["kind"],
            lambda row: _day(row["sentenced_on"]),
            *period,
        ),
        markers=of("drug_markers", lambda row: row["kind"], *period),
        reports=of("intelligence", lambda row: row["grade"], lambda row: _day(row["date"])),
        registrations=of("registrations", lambda row: row["kind"], *period),
        plans=of("plans", lambda row: row["managed"] == "yes", *period),
        details=[
            (
                _person(row["person"]),
                *(
                    _day(row[name])
                    for name in ("date_of_birth", "deceased_on", "custody_from", "release_date")
                ),
            )
            for row in details
        ],
    )


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _person(id: str) -> int:
    return int(id[1:])


def _day(text: str) -> int | None:
    return date.fromisoformat(text).toordinal() - EPOCH if text else None
