"""Assessments and results made by hand, so that storage is tested without the engine."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from api.storage import AGENCY, Job, RecordMarks, Store, User
from rms.assessment import Assessment, AssessmentKind
from rms.engine.result import (
    Comparable,
    Evidence,
    LibraryReference,
    NeedReading,
    Result,
    Simulation,
    Status,
)
from rms.instrument import Answer, Item, instrument

AT = datetime(2025, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
MARKS = RecordMarks("a secret of the service")
LIBRARY = LibraryReference(
    "made-up", "1", "ab" * 32, policy="nearest", synthetic=True, facts={"period": "never", "cut_off": "2020"}
)


def job(id: str, *, owner: int = 1, kind: str = "export", **more: Any) -> Job:
    """A job that waits, asked for by a case worker of the agency itself."""
    given = {"role": "case_worker", "office": AGENCY, "created_at": AT, "request": {}, **more}
    return Job(id=id, kind=kind, owner=owner, **given)


def assessment(number: str = "10000", **changes: object) -> Assessment:
    form = instrument("rms")
    given: dict[str, object] = {
        "instrument": form,
        "offender_number": number,
        "sex": "male",
        "date_of_birth": date(1980, 2, 29),
        "assessed_on": date(2025, 3, 4),
        "release_date": date(2026, 1, 1),
        "answers": {item.code: _answer(item) for item in form.asked if not item.unknown_allowed},
        "unknown": {item.code: "Not on record." for item in form.asked if item.unknown_allowed},
    }
    return Assessment(**(given | changes))  # type: ignore[arg-type]


def what_if(number: str, *, baseline: str, **changes: object) -> Assessment:
    """As `assessment` in all but the release date."""
    given = {"kind": AssessmentKind.WHAT_IF, "baseline_id": baseline, "release_date": date(2026, 6, 1)}
    return assessment(number, **(given | changes))


def result(form: Assessment, *, cases: int = 25, number: float = 1 / 3) -> Result:
    """A result with every column filled for the first process and the second one withheld."""
    return Result(
        simulations=(
            Simulation(
                process="violence",  # not in alphabetical order: the order must come back as it was
                status=Status.SIMULATED,
                score=1 + number / 2,
                interval=(1.0 + number / 4, 2.0 - number / 8),
                effective_size=number * 20,
                typicality=number,
                comparables=tuple(_comparable(place, number) for place in range(10)),
                outside_range=("age",),
                evidence=Evidence(
                    np.arange(cases, dtype=np.int64) - 7,
                    np.linspace(0.0, number, cases),
                    np.linspace(number, 0.0, cases) / 7,
                ),
            ),
            Simulation("recidivism", Status.NO_COMPARABLE_CASES, typicality=number / 100),
        ),
        needs=(NeedReading("ACAD", None, number, None, -number, 1e-300), NeedReading("EMPL", *[None] * 5)),
        vector=form.vector(),
        library=LIBRARY,
        engine_version="0.1.0",
    )


def _comparable(place: int, number: float) -> Comparable:
    return Comparable(
        case_number=place,
        sex="male" if place else None,
        birth_year=1970 + place if place else None,
        actual=1 + place % 2,
        weight=number / (place + 1),
        percent=round(100 * number, 2),
        stands_for=place,
        distance=number * place,
        shown={"years_served": None, "violence": place},
    )


def _answer(item: Item) -> Answer:
    if item.levels:
        return item.levels[0].value
    return int(item.minimum or 0)


def add_user(store: Store, name: str = "ada") -> User:
    with store.transaction() as tx:
        return tx.accounts.add_user(name, password_hash="$argon2", role="case_worker", by="setup", at=AT)


def add(store: Store, number: str = "10000") -> None:
    with store.transaction() as tx:
        tx.submissions.add(assessment(number), result(assessment(number)), by="ada", at=AT)


def add_large(store: Store, number: str = "10000") -> str:
    """Store an assessment whose result takes several pages; returns its ID."""
    form = assessment(number)
    with store.transaction() as tx:
        return tx.submissions.add(form, result(form, cases=300), by="ada", at=AT).id
