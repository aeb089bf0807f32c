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
from api.services.harm.listing import SAVED_LISTS
from api.services.harm.policy import decide_on_suspects
from api.services.harm.rules import harm_rules
from api.services.meetings.agenda import close_meeting, meeting_area
from api.services.meetings.comparisons import set_up
from api.services.meetings.recommendations import decide as end_recommendation
from api.services.meetings.recommendations import recommend
from api.services.meetings.schedules import schedule_refresh
from api.services.records.duplicates import propose_duplicates
from api.services.search.bands import add_band
from api.services.search.saved import EXPORT_OPTIONS, SAVED_FILTERS, save_item
from api.services.support.help_requests import answer, ask_for_help, rota, set_rota
from api.services.support.service_notes import add_service_note
from api.services.support.surveys import answer_survey, close_survey, open_survey
from api.services.support.training import try_exercise
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
from rms.harm.listing import HarmFilter
from rms.instrument import Answer, Item
from rms.meetings.due_days import DueDays
from rms.meetings.recommendations import Kind, Proposal, State
from rms.submission import Correction, Submission
from rms.support.service_notes import ServiceNote
from rms.support.survey import SurveyAnswer
from rms.support.training import exercises
from tests.api import case_records
from tests.api.conftest import PASSWORD, START, USERNAME, small_library
from tests.api.contexts import context_for
from tests.api.mapped_force import write_boundaries

# Two people, one of whom is in the crime records too.
CUSTODY_RECORDS = """person,forename,surname,date_of_birth,sex,home_area
X1,DI,MOSS,1999-09-09,female,W1
X2,Ed,Frost,1988-08-08,male,W2
"""
PEOPLE = 60  # of the caseload: more than one page of a list
NAMES = {
    Role.CASE_WORKER: USERNAME,
    Role.SUPERVISOR: "s.visor",
    Role.OFFENDER_MANAGER: "o.manager",
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
        _case_records(worker, store)
        _keeping(store, library)
        _support(store)
    write_boundaries(folder)
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


def _case_records(worker: User, store: Store) -> None:
    """People with case records. Two of them are on the case worker's caseload. A score has changed."""
    case_records.load(store)
    before = case_records.FILES["offences"].replace("O6,P2,04600", "O6,P2,00101")
    case_records.load(store, {"offences": before}, day=START.date(), at=START)
    case_records.import_files(store, {"people": CUSTODY_RECORDS}, source="custody records")
    assert propose_duplicates(context_for(store, at=START)).waiting == 1
    with store.transaction() as tx:
        for source_id in ("P1", "P2"):
            tx.caseload.assign(case_records.key_of(store, source_id), to=worker.id, by="test", at=START)
    manager = find_user(context_for(store), NAMES[Role.OFFENDER_MANAGER])
    save_item(
        context_for(store, at=START, by=manager), "Robbery", {"offence_category": "Robbery"}, SAVED_LISTS
    )
    _meeting(manager, store)
    administrator = find_user(context_for(store), NAMES[Role.ADMINISTRATOR])
    context = context_for(store, at=START, by=administrator)
    place_hold(context, case_records.key_of(store, "P2"), "A complaint is pending.")
    decide_on_suspects(context, show=True, reason="Decision of the ethics committee.")


def _meeting(manager: User, store: Store) -> None:
    """Two recommendations, one of them withdrawn, a closed meeting, a schedule, and a comparison."""
    context = context_for(store.within(viewer_of(manager, at=START)), at=START, by=manager)
    rules = harm_rules(Path("no folder"))
    proposal = Proposal(Kind.SELECT, "flex", "Was seen with the group of the market.")
    first, _ = (
        recommend(context, case_records.key_of(store, id), proposal, HarmFilter(), rules=rules)
        for id in ("P2", "P3")
    )
    end_recommendation(context, first, State.WITHDRAWN, reason="Moves away.")
    area = meeting_area(context, None)
    assert area is not None
    close_meeting(context, area, rules=rules, after=0)
    administrator = find_user(context_for(store), NAMES[Role.ADMINISTRATOR])
    by_administrator = context_for(store, at=START, by=administrator)
    schedule_refresh(by_administrator, DueDays(weekday=0))
    by_analyst = context_for(store, at=START, by=find_user(context_for(store), NAMES[Role.ANALYST]))
    everybody = context_for(store, at=START)
    set_up(by_analyst, everybody, title="Spring", treatment="All", filter=HarmFilter(), rules=rules)


def _support(store: Store) -> None:
    """A survey that has ended and an open one, requests for help, the rota, and a note of another service."""
    administrator, supervisor, manager = (
        context_for(store, at=START, by=find_user(context_for(store), NAMES[role]))
        for role in (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.OFFENDER_MANAGER)
    )
    open_survey(administrator, START.date())
    for name in (*NAMES.values(), SECOND_WORKER):
        given = SurveyAnswer(4, 3, 5, 2, "Show the map first." if name == USERNAME else "")
        answer_survey(context_for(store, at=START, by=find_user(context_for(store), name)), given)
    close_survey(administrator)
    open_survey(administrator, START.date())
    try_exercise(manager, exercises()[0], exercises()[0].right)
    set_rota(administrator, rota(administrator)[0].monday, [NAMES[Role.SUPERVISOR]])
    answer(supervisor, ask_for_help(manager, "How do I print the list?", page="/harm"), "With your browser.")
    ask_for_help(manager, "Where are the people who have moved away?", page="/harm")
    theirs = store.within(viewer_of(manager.user, at=START))
    note = ServiceNote("probation", "J. Hart", START.date(), "Works since February.")
    person = case_records.key_of(store, "P1")
    add_service_note(context_for(theirs, at=START, by=manager.user), person, note)


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
