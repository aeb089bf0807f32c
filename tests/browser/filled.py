"""An agency at work: a user of each role, people of the fictional caseload, and something of everything else.

`fill` makes it once, in a copy of the database `prepared` of the tests of the API.
"""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from api.caseload import FIRST_NUMBER, caseload
from api.services.accounts import Role, User, create_user, find_user, viewer_of
from api.services.assessments import submit_assessment
from api.services.bands import add_band
from api.services.drafts import Terms, repopulate, start_draft
from api.services.erasures import request_erasure
from api.services.holds import place_hold
from api.services.notes import write_note
from api.services.offices import add_office
from api.services.overrides import Direction, NewOverride, Reason, override
from api.services.saved import FILTERS, OPTIONS, save_under
from api.services.scopes import Scope
from api.services.service_accounts import add_credential, create_service_account
from api.storage import CredentialKind, Store
from rms.assessment import Kind
from rms.bands import Band, Outcome
from rms.engine.library import Library
from rms.submission import Submission
from tests.api.conftest import PASSWORD, START, USERNAME

PEOPLE = 60  # of the caseload: more than one page of a list
NAMES = {
    Role.CASE_WORKER: USERNAME,
    Role.SUPERVISOR: "s.visor",
    Role.ANALYST: "a.lyst",
    Role.ADMINISTRATOR: "a.min",
    Role.AUDITOR: "a.ditor",
}
SECOND_WORKER, SECOND_ADMINISTRATOR = "d.worker", "b.min"
CRITERIA = {"needs": {"empl": {"from": 60, "to": 100}}}


@dataclass(frozen=True)
class Filled:
    """Its folder, and the ids of an assessment that much has been said of, and of a what-if on it."""

    folder: Path
    id: str
    what_if: str


def fill(folder: Path, library: Library) -> Filled:
    """Everything there is to see, in the database of this folder."""
    with closing(Store(f"sqlite:///{folder / 'rms.sqlite'}")) as store:
        _staff(store)
        worker = find_user(USERNAME, store=store)
        theirs = store.within(viewer_of(worker, at=START))
        shown = [one for one in _submitted(theirs, worker, library) if _is_scored(one)]
        id = shown[-1].id
        what_if = _what_if(shown[-1], worker, theirs, library)
        _work(id, worker, theirs, library)
        _keeping(store, library)
    return Filled(folder, id, what_if)


def _staff(store: Store) -> None:
    for role, name in NAMES.items():
        if name != USERNAME:
            create_user(name, PASSWORD, role=role, by="test", store=store, at=START)
    create_user(SECOND_WORKER, PASSWORD, role=Role.CASE_WORKER, by="test", store=store, at=START)
    create_user(SECOND_ADMINISTRATOR, PASSWORD, role=Role.ADMINISTRATOR, by="test", store=store, at=START)
    add_office("North", parent=None, by="test", store=store, at=START)
    add_office("South", parent=None, by="test", store=store, at=START)
    create_service_account("case.system", by="test", store=store, at=START)
    add_credential(
        "case.system",
        kind=CredentialKind.KEY,
        name="nightly run",
        scopes=[Scope.ASSESSMENTS_READ],
        days=90,
        by="test",
        store=store,
        at=START,
    )


def _submitted(store: Store, worker: User, library: Library) -> list[Submission]:
    first = {str(FIRST_NUMBER + number) for number in range(PEOPLE)}
    return [
        submit_assessment(one.assessment, by=worker.username, library=library, store=store, at=one.at)
        for one in caseload(library, until=START)
        if one.assessment.offender_number in first
    ]


def _is_scored(one: Submission) -> bool:
    scored = all(simulation.score is not None for simulation in one.result.simulations)
    return scored and one.assessment.kind is Kind.ASSESSMENT


def _what_if(one: Submission, worker: User, store: Store, library: Library) -> str:
    answers = {**one.assessment.answers, "empl": 0, "drug": 0}
    changed = replace(
        one.assessment,
        kind=Kind.WHAT_IF,
        baseline_id=one.id,
        based_on=None,
        answers=answers,
        unknown={code: reason for code, reason in one.assessment.unknown.items() if code not in answers},
        assessed_on=START.date(),
    )
    stored = submit_assessment(changed, by=worker.username, library=library, store=store, at=START)
    return stored.id


def _work(id: str, worker: User, store: Store, library: Library) -> None:
    """What a case worker has left about: drafts, a note, an override, kept criteria and options."""
    for user in (worker, find_user(NAMES[Role.SUPERVISOR], store=store)):
        start_draft({"offender_number": "70001"}, user=user, store=store, at=START, terms=Terms())
    repopulate(id, instrument=library.instrument, user=worker, store=store, at=START, terms=Terms())
    write_note(id, "Began a course in January.", by=worker, store=store, at=START)
    new = NewOverride(
        "recidivism", Direction.LOWER, Reason.CHANGED_SINCE, "Has found steady work since then."
    )
    override(id, new, by=worker, store=store, at=START)
    save_under("Out of work", CRITERIA, FILTERS, user=worker, store=store, at=START)
    save_under(
        "Scores", {"fields": ["id", "score"], "format": "csv"}, OPTIONS, user=worker, store=store, at=START
    )


def _keeping(store: Store, library: Library) -> None:
    """What supervisors and administrators have decided."""
    administrator = find_user(NAMES[Role.ADMINISTRATOR], store=store)
    place_hold(str(FIRST_NUMBER + 1), "A court has asked for it.", user=administrator, store=store, at=START)
    for name, number in (
        (NAMES[Role.ADMINISTRATOR], FIRST_NUMBER + 2),
        (SECOND_ADMINISTRATOR, FIRST_NUMBER + 3),
    ):
        request_erasure(
            str(number),
            reason="request_of_the_person",
            text="Asked by letter.",
            user=find_user(name, store=store),
            store=store,
            at=START,
        )
    measured = Outcome(0.41, 812, "2019 to 2022", library.reference.name)
    band = Band(
        "Reviewed first", "recidivism", 175, 200, "Policy board", date(START.year + 1, 1, 1), measured
    )
    add_band(band, by="test", store=store, at=START)
