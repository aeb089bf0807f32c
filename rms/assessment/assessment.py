"""An assessment: what one form said about one person on one day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rms.assessment.numbering import person_key
from rms.calendar import completed_years
from rms.errors import InvalidInput, Problem
from rms.instrument import Answer, Instrument
from rms.people.offender_numbers import offender_number, wrong_number
from rms.people.sexes import SEXES

REASON_LENGTH = 200


class AssessmentKind(StrEnum):
    ASSESSMENT = "assessment"
    WHAT_IF = "what_if"


@dataclass(frozen=True)
class Assessment:
    """Answers to an instrument's items, with the identification they belong to.

    `answers` holds item code → answer and `unknown` item code → reason; together
    they cover every required item. Construction refuses anything else with
    `InvalidInput`, so an `Assessment` need not be checked again.
    """

    instrument: Instrument
    offender_number: str
    sex: str
    date_of_birth: date
    assessed_on: date
    answers: Mapping[str, Answer]
    unknown: Mapping[str, str] = field(default_factory=dict)
    release_date: date | None = None
    kind: AssessmentKind = AssessmentKind.ASSESSMENT
    baseline_id: str | None = None
    based_on: str | None = None

    def __post_init__(self) -> None:
        problems = [*self._identification_problems(), *self._answer_problems()]
        if problems:
            raise InvalidInput(problems)

    @property
    def age(self) -> int:
        """Completed years on the day of the assessment."""
        return completed_years(self.date_of_birth, self.assessed_on)

    @property
    def person(self) -> int:
        return person_key(self.offender_number)

    def vector(self) -> NDArray[np.float64]:
        """The answers as numbers, shape (p,), NaN where not known."""
        return self.instrument.vector(self.answers, sex=self.sex, age=self.age)

    def _identification_problems(self) -> Iterator[Problem]:
        if offender_number(self.offender_number) != self.offender_number:
            yield Problem("/offender_number", "invalid_offender_number", wrong_number(self.offender_number))
        if self.sex not in SEXES:
            yield Problem("/sex", "invalid_choice", f"Sex must be one of {', '.join(SEXES)}.")
        if self.date_of_birth >= self.assessed_on:
            yield Problem("/date_of_birth", "date_out_of_range", "Date of birth must be in the past.")
        elif not 10 <= self.age <= 110:
            yield Problem(
                "/date_of_birth",
                "date_out_of_range",
                f"Date of birth gives an age of {self.age}. RMS accepts ages from 10 to 110.",
            )
        if self.release_date is not None and self.release_date <= self.date_of_birth:
            yield Problem(
                "/release_date", "date_out_of_range", "Release date must be after the date of birth."
            )
        if (self.kind is AssessmentKind.WHAT_IF) != (self.baseline_id is not None):
            yield Problem(
                "/baseline_id",
                "invalid_baseline",
                "A what-if must name the assessment it starts from in baseline_id. An assessment must not.",
            )

    def _answer_problems(self) -> Iterator[Problem]:
        items = {item.code: item for item in self.instrument.asked}
        for where, codes in (("answers", self.answers), ("unknown", self.unknown)):
            for code in codes:
                if code not in items:
                    yield Problem(
                        f"/{where}/{_escaped(code)}",
                        "unknown_item",
                        self.instrument.no_such_item,
                    )
        for code, item in items.items():
            if code in self.answers:
                if wrong := item.wrong_with(self.answers[code]):
                    yield Problem(f"/answers/{code}", "invalid_answer", wrong)
                if code in self.unknown:
                    yield Problem(
                        f"/unknown/{code}",
                        "answered_and_unknown",
                        "This item is both answered and marked unknown. Choose one.",
                    )
            elif code in self.unknown:
                if not item.unknown_allowed:
                    yield Problem(
                        f"/unknown/{code}", "unknown_not_allowed", f"{item.label} must be answered."
                    )
                elif not 0 < len(self.unknown[code].strip()) <= REASON_LENGTH:
                    yield Problem(
                        f"/unknown/{code}",
                        "invalid_reason",
                        f"Enter why this item is unknown, in 1 to {REASON_LENGTH} characters.",
                    )
            elif item.required:
                or_unknown = " or marked unknown with a reason" if item.unknown_allowed else ""
                yield Problem(
                    f"/answers/{code}",
                    "missing_answer",
                    f"{item.label} must be answered{or_unknown}. Enter {item.allowed}.",
                )


def _escaped(code: str) -> str:
    return code.replace("~", "~0").replace("/", "~1")
