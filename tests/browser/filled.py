"""An agency at work: a user of each role, people of the fictional caseload, and something of everything else.

`fill` makes it once, in a copy of the database `prepared` of the tests of the API.
"""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from api.demonstration.caseload import FIRST_NUMBER, caseload
from api.services.access.accounts import create_user, find_user
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
from api.services.search.saved import EXPORT_OPTIONS, SAVED_FILTERS, save_item
from api.services.systems.service_accounts import add_credential, create_service_account
from api.services.transfer.export_fields import DEFAULT
from api.services.transfer.exports import Export, request_export
from api.services.transfer.jobs import JobSettings
from api.services.users import Role, User, viewer_of
from api.storage import CredentialKind, JobFiles, Store
from reference_library import load
from rms.assessment import AssessmentKind
from rms.assessment.carrying import Carried
from rms.engine.bands import Band, Outcome
from rms.engine.filter import Filter, Sort
from rms.engine.library import Library
from rms.instrument import Answer, Item
from rms.submission import Correction, Submission
from tests.api.conftest import PASSWORD, START, USERNAME, small_library
from tests.api.contexts import context_for

PEOPLE = 60  # of the caseload: more than one page of a list
NAMES = {
    Role.CASE_WORKER: USERNAME,
    Role.SUPERVISOR: "s.visor",
    Role.ANALYST: "a.lyst",
    Role.ADMINISTRATOR: "a.min",
    Role.AUDITOR: "a.ditor",
}
SECOND_WORKER, SECOND_ADMINISTRATOR = "d.worker", "b.min"
CRITERIA = {"latest": True, "need.empl.min": 60}


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
        worker = find_user(context_for(store), USERNAME)
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
            create_user(context_for(store, at=START, by="test"), name, PASSWORD, role=role)
    create_user(context_for(store, at=START, by="test"), SECOND_WORKER, PASSWORD, role=Role.CASE_WORKER)
    create_user(
        context_for(store, at=START, by="test"), SECOND_ADMINISTRATOR, PASSWORD, role=Role.ADMINISTRATOR
    )
    add_office(context_for(store, at=START, by="test"), "North", parent=None)
    add_office(context_for(store, at=START, by="test"), "South", parent=None)
    create_service_account(context_for(store, at=START, by="test"), "case.system")
    add_credential(
        context_for(store, at=START, by="test"),
        "case.system",
        kind=CredentialKind.KEY,
        name="nightly run",
        scopes=[Scope.ASSESSMENTS_READ],
        days=90,
    )


def _submitted(store: Store, worker: User, library: Library) -> list[Submission]:
    first = {str(FIRST_NUMBER + number) for number in range(PEOPLE)}
    return [
        submit_assessment(context_for(store, at=one.at, by=worker.username), one.assessment, library=library)
        for one in caseload(library, until=START)
        if one.assessment.offender_number in first
    ]


def _is_scored(one: Submission) -> bool:
    scored = all(simulation.score is not None for simulation in one.result.simulations)
    return scored and one.assessment.kind is AssessmentKind.ASSESSMENT


def _what_if(one: Submission, worker: User, store: Store, library: Library) -> str:
    answers = {**one.assessment.answers, "empl": 0, "drug": 0}
    changed = replace(
        one.assessment,
        kind=AssessmentKind.WHAT_IF,
        baseline_id=one.id,
        based_on=None,
        answers=answers,
        unknown={code: reason for code, reason in one.assessment.unknown.items() if code not in answers},
        assessed_on=START.date(),
    )
    stored = submit_assessment(context_for(store, at=START, by=worker.username), changed, library=library)
    return stored.id


def _correction(one: Submission, worker: User, store: Store, library: Library) -> str:
    right = corrected(
        context_for(store),
        one.id,
        Carried({"drug": 0 if one.assessment.answers.get("drug") else 1}, {}),
        identification={},
        instrument=library.instrument,
    )
    why = Correction(one.id, "The level below was ticked by mistake.")
    stored = submit_assessment(
        context_for(store, at=START, by=worker.username), right, library=library, correction=why
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
    return submit_assessment(context_for(store, at=START, by=worker.username), unlike, library=library).id


def _greatest(item: Item) -> Answer:
    return item.levels[-1].value if item.levels else item.maximum


def _work(id: str, worker: User, store: Store, library: Library) -> None:
    """What a case worker has left about: drafts, a note, an override, kept criteria and options."""
    for user in (worker, find_user(context_for(store), NAMES[Role.SUPERVISOR])):
        start_draft(context_for(store, at=START, by=user), {"offender_number": "70001"}, terms=Terms())
    repopulate(context_for(store, at=START, by=worker), id, instrument=library.instrument, terms=Terms())
    write_note(context_for(store, at=START, by=worker), id, "Began a course in January.")
    write_note(context_for(store, at=START, by=worker), id, "Lives with a brother.")
    write_note(context_for(store, at=START, by=worker), id, "That was somebody else.", withdraws=2)
    for process, direction, reason, text in (
        ("recidivism", Direction.LOWER, Reason.CHANGED_SINCE, "Has found steady work since then."),
        ("violence", Direction.HIGHER, Reason.NOT_ASKED, "Has named somebody he means to visit."),
    ):
        override(context_for(store, at=START, by=worker), id, NewOverride(process, direction, reason, text))
    save_item(context_for(store, at=START, by=worker), "Out of work", CRITERIA, SAVED_FILTERS)
    save_item(
        context_for(store, at=START, by=worker),
        "Scores",
        {"fields": ["id", "score"], "format": "csv"},
        EXPORT_OPTIONS,
    )


def _files(worker: User, store: Store) -> None:
    """An export, which the application makes when it runs; and a word about the pages."""
    wanted = Export(Filter(), Sort(), DEFAULT, "csv", "case_review")
    settings = JobSettings(JobFiles(Path("no files yet")), 7, "")
    request_export(context_for(store, at=START, by=worker), wanted, settings=settings)
    give_feedback(
        context_for(store, at=START, by=worker), "The list is long.\nMine first, please.", page="/results"
    )


def _supervised(id: str, store: Store) -> None:
    """The first override is decided, the second waits."""
    supervisor = find_user(context_for(store), NAMES[Role.SUPERVISOR])
    theirs = store.within(viewer_of(supervisor, at=START))
    decide(context_for(theirs, at=START, by=supervisor), id, 1, Agreement.AGREED, text="Payslips seen.")


def _keeping(store: Store, library: Library) -> None:
    """What supervisors and administrators have decided."""
    administrator = find_user(context_for(store), NAMES[Role.ADMINISTRATOR])
    place_hold(
        context_for(store, at=START, by=administrator), str(FIRST_NUMBER + 1), "A court has asked for it."
    )
    for name, number in (
        (NAMES[Role.ADMINISTRATOR], FIRST_NUMBER + 2),
        (SECOND_ADMINISTRATOR, FIRST_NUMBER + 3),
    ):
        request_erasure(
            context_for(store, at=START, by=find_user(context_for(store), name)),
            str(number),
            reason="request_of_the_person",
            text="Asked by letter.",
        )
    measured = Outcome(0.41, 812, "2019 to 2022", library.reference.name)
    band = Band(
        "Reviewed first", "recidivism", 175, 200, "Policy board", date(START.year + 1, 1, 1), measured
    )
    add_band(context_for(store, at=START, by="test"), band)
