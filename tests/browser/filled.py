"""An agency at work: a user of each role, people of the fictional caseload, and something of everything else.

`fill` makes it once, in a copy of the database `prepared` of the tests of the API.
"""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from api.demonstration.caseload import FIRST_NUMBER, caseload
from api.services.access.accounts import Role, User, create_user, find_user, viewer_of
from api.services.access.offices import add_office
from api.services.access.scopes import Scope
from api.services.assessments.assessments import submit_assessment
from api.services.assessments.corrections import corrected
from api.services.assessments.drafts import Terms, repopulate, start_draft
from api.services.assessments.notes import write_note
from api.services.assessments.overrides import Agreement, Direction, NewOverride, Reason, decide, override
from api.services.feedback import give_feedback
from api.services.governance.erasures import request_erasure
from api.services.governance.holds import place_hold
from api.services.search.bands import add_band
from api.services.search.saved import FILTERS, OPTIONS, save_under
from api.services.systems.service_accounts import add_credential, create_service_account
from api.services.transfer.export_fields import DEFAULT
from api.services.transfer.exports import Export, ask_for_export
from api.services.transfer.jobs import JobTerms
from api.storage import CredentialKind, JobFiles, Store
from reference_library import load
from rms.assessment import Kind
from rms.engine.bands import Band, Outcome
from rms.engine.filter import Filter, Sort
from rms.engine.library import Library
from rms.instrument import Answer, Item
from rms.submission import Correction, Submission
from tests.api.conftest import PASSWORD, START, USERNAME, small_library

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
    """Its folder; the ids of an assessment that much has been said of, of a what-if on it, and more.

    `corrected` has been corrected, `correction` stands in its place; `withheld` has no score.
    """

    folder: Path
    id: str
    what_if: str
    corrected: str
    correction: str
    withheld: str


def fill(folder: Path, library: Library) -> Filled:
    """Everything there is to see, in the database of this folder."""
    with TemporaryDirectory() as scratch, closing(Store(f"sqlite:///{folder / 'rms.sqlite'}")) as store:
        _staff(store)
        worker = find_user(USERNAME, store=store)
        theirs = store.within(viewer_of(worker, at=START))
        shown = [one for one in _submitted(theirs, worker, library) if _is_scored(one)]
        id = shown[-1].id
        what_if = _what_if(shown[-1], worker, theirs, library)
        correction = _correction(shown[0], worker, theirs, library)
        # Where every factor weighs the same, it is known who is like nobody.
        plain = load(small_library(Path(scratch), policy="nearest", name="plain", version="2"))
        withheld = _withheld(shown[1], worker, theirs, plain)
        _work(id, worker, theirs, library)
        _files(worker, theirs)
        _supervised(id, store)
        _keeping(store, library)
    return Filled(folder, id, what_if, shown[0].id, correction, withheld)


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


def _correction(one: Submission, worker: User, store: Store, library: Library) -> str:
    right = corrected(
        one.id,
        answers={"drug": 0 if one.assessment.answers.get("drug") else 1},
        unknown={},
        identification={},
        instrument=library.instrument,
        store=store,
    )
    why = Correction(one.id, "The level below was ticked by mistake.")
    stored = submit_assessment(
        right, by=worker.username, library=library, store=store, at=START, correction=why
    )
    return stored.id


def _withheld(one: Submission, worker: User, store: Store, library: Library) -> str:
    """Of somebody unlike everybody: every answer at its greatest."""
    answers = {item.code: _greatest(item) for item in library.instrument.asked}
    unlike = replace(
        one.assessment,
        answers=answers,
        unknown={},
        based_on=one.id,
        assessed_on=START.date(),
        baseline_id=None,
    )
    return submit_assessment(unlike, by=worker.username, library=library, store=store, at=START).id


def _greatest(item: Item) -> Answer:
    return item.levels[-1].value if item.levels else item.maximum


def _work(id: str, worker: User, store: Store, library: Library) -> None:
    """What a case worker has left about: drafts, a note, an override, kept criteria and options."""
    for user in (worker, find_user(NAMES[Role.SUPERVISOR], store=store)):
        start_draft({"offender_number": "70001"}, user=user, store=store, at=START, terms=Terms())
    repopulate(id, instrument=library.instrument, user=worker, store=store, at=START, terms=Terms())
    write_note(id, "Began a course in January.", by=worker, store=store, at=START)
    write_note(id, "Lives with a brother.", by=worker, store=store, at=START)
    write_note(id, "That was somebody else.", by=worker, store=store, at=START, withdraws=2)
    for process, direction, reason, text in (
        ("recidivism", Direction.LOWER, Reason.CHANGED_SINCE, "Has found steady work since then."),
        ("violence", Direction.HIGHER, Reason.NOT_ASKED, "Has named somebody he means to visit."),
    ):
        override(id, NewOverride(process, direction, reason, text), by=worker, store=store, at=START)
    save_under("Out of work", CRITERIA, FILTERS, user=worker, store=store, at=START)
    save_under(
        "Scores", {"fields": ["id", "score"], "format": "csv"}, OPTIONS, user=worker, store=store, at=START
    )


def _files(worker: User, store: Store) -> None:
    """An export, which the application makes when it runs; and a word about the pages."""
    wanted = Export(Filter(), Sort(), DEFAULT, "csv", "case_review")
    terms = JobTerms(JobFiles(Path("no files yet")), 7, "")
    ask_for_export(wanted, user=worker, store=store, terms=terms, at=START)
    give_feedback("The list is long.\nMine first, please.", page="/results", by=worker, store=store, at=START)


def _supervised(id: str, store: Store) -> None:
    """The first override is decided, the second waits."""
    supervisor = find_user(NAMES[Role.SUPERVISOR], store=store)
    theirs = store.within(viewer_of(supervisor, at=START))
    decide(id, 1, Agreement.AGREED, text="Payslips seen.", by=supervisor, store=theirs, at=START)


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
