"""Training, a survey that has ended and an open one, help requests, the rota, a note of probation."""

from collections.abc import Sequence
from datetime import timedelta

from api.services.context import Context, context_of
from api.services.harm.listing import offender_list
from api.services.harm.rules import HarmRules
from api.services.support.help_requests import answer, ask_for_help, rota, set_rota
from api.services.support.service_notes import add_service_note
from api.services.support.surveys import answer_survey, close_survey, open_survey
from api.services.support.training import try_exercise
from api.services.users import Role, User, viewer_of
from rms.harm.listing import HarmFilter
from rms.support.service_notes import ServiceNote
from rms.support.survey import SurveyAnswer
from rms.support.training import exercises

ANSWERS = (
    SurveyAnswer(4, 4, 5, 5, "Show the map on the first page."),
    SurveyAnswer(3, 4, 4, 4),
    SurveyAnswer(2, 3, 4, 3, "I trust it more now that I can see every point."),
    SurveyAnswer(4, 5, 4, 5),
    SurveyAnswer(3, 2, 3, 2),
    SurveyAnswer(5, 4, 4, 4),
)
PASSED = 4  # exercises that the first user has passed
ASKED = "How do I find somebody by the beginning of a surname?"
ANSWERED = "Type the surname, or its first letters, into the second field on Home."
WAITS = "The list is longer than our team can manage. Can it be shorter?"
NOTE = "Keeps appointments since May. Started work in a warehouse. The supervision ends in autumn."
MONTH = timedelta(days=30)


def add_support(
    context: Context, users: Sequence[User], *, manager: User, supervisor: User, rules: HarmRules
) -> None:
    """All of it. `users` have answered the survey that has ended. The first of the list has a note."""
    _train(context, manager)
    administrator = next(user for user in users if user.role is Role.ADMINISTRATOR)
    _survey(context, users, administrator)
    _ask(context, manager, supervisor, administrator)
    at = context_of(manager, store=context.store.within(viewer_of(manager, at=context.at)), at=context.at)
    listed = offender_list(at, HarmFilter(), rules=rules, limit=1).people
    note = ServiceNote("probation", "J. Hart, Westmarch probation", context.today - timedelta(days=9), NOTE)
    for one in listed:
        add_service_note(at, one.person.person, note)


def _train(context: Context, user: User) -> None:
    first, *others = exercises()
    at = _as(user, context)
    try_exercise(at, first, next(name for name in first.options if name != first.right))
    for one in (first, *others[: PASSED - 1]):
        try_exercise(at, one, one.right)


def _survey(context: Context, users: Sequence[User], administrator: User) -> None:
    earlier = Context(context.store, context.at - MONTH, context.by)
    open_survey(_as(administrator, earlier), earlier.today + timedelta(days=14))
    for user, given in zip(users, ANSWERS, strict=False):
        answer_survey(_as(user, earlier), given)
    close_survey(_as(administrator, earlier))
    open_survey(_as(administrator, context), context.today + MONTH)


def _ask(context: Context, manager: User, supervisor: User, administrator: User) -> None:
    first, second, *_ = rota(context)
    set_rota(_as(administrator, context), first.monday, [supervisor.username])
    set_rota(_as(administrator, context), second.monday, [administrator.username])
    key = ask_for_help(_as(manager, context), ASKED, page="/harm")
    answer(_as(supervisor, context), key, ANSWERED)
    ask_for_help(_as(manager, context), WAITS, page="/harm")


def _as(user: User, context: Context) -> Context:
    return context_of(user, store=context.store, at=context.at)
