"""What is most important about a person with case records, on one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from api.services.context import Context
from api.services.harm.explaining import Explanation, OffencePart, explain_score
from api.services.harm.rules import HarmRules
from api.services.records.person import Person, person_in
from rms.records.current import cohort_on, is_in_force, mappa_level_on, stage_of_case


@dataclass(frozen=True)
class InForce:
    """A registration or a drug marker in force. `level`: of a registration, if it has one."""

    kind: str
    level: str | None
    from_day: date | None
    to_day: date | None


@dataclass(frozen=True)
class _Case:
    day: date
    stage: str | None
    outcome: int | None


@dataclass(frozen=True)
class Overview:
    """A person, their score, and what is in force today. `stage`: the furthest stage of the open cases.

    `explanation`: as at the day of the last calculation.
    """

    person: Person
    explanation: Explanation
    cohort: str | None
    mappa: str | None
    stage: str | None
    registrations: tuple[InForce, ...]
    markers: tuple[InForce, ...]


def overview_of(context: Context, person: int, *, rules: HarmRules) -> Overview:
    """
    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        found = person_in(tx, person, on=context.today)
        tx.audit.looked("person.records_read", person=person)
        records = tx.records.of_person(person)
    explanation = explain_score(context, person, rules=rules)
    today = context.today
    registrations = [
        InForce(row.kind, row.level, row.first_day, row.last_day) for row in records["registrations"]
    ]
    markers = [InForce(row.kind, None, row.first_day, row.last_day) for row in records["drug_markers"]]
    return Overview(
        person=found,
        explanation=explanation,
        cohort=cohort_on(registrations, today),
        mappa=mappa_level_on(registrations, today),
        stage=stage_of_case(_cases(explanation.offences), today),
        registrations=tuple(one for one in registrations if is_in_force(one, today)),
        markers=tuple(one for one in markers if is_in_force(one, today)),
    )


def _cases(parts: Iterable[OffencePart]) -> Iterable[_Case]:
    for part in parts:
        yield _Case(part.offence.committed_on, part.offence.stage, part.offence.outcome)
