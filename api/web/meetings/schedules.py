"""The page of schedules: files of offender lists each month, and harm scores each week."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AGENCY_POLICY
from api.context import request_context
from api.services.meetings.schedules import (
    NO_SCHEDULE,
    end_schedule,
    next_due,
    offered_lists,
    receivers,
    schedule_list,
    schedule_refresh,
    schedules,
)
from api.storage import Schedule
from api.web.blueprint import blueprint
from api.web.form_data import done_message, typed, whole_typed
from rms.errors import Conflict, InvalidInput, NotFound
from rms.meetings.due_days import LAST_MONTHDAY, DueDays

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DONE = {"set": "Schedule set.", "ended": "Schedule ended."}
MESSAGES = {
    "list": "Choose a list.",
    "users": "Choose who gets the file.",
    "monthday": f"Enter a day of the month from 1 to {LAST_MONTHDAY}.",
    "weekday": "Choose a day of the week.",
}


@dataclass(frozen=True)
class ShownSchedule:
    """A schedule as shown. `when`: its day in words."""

    schedule: Schedule
    when: str
    next_due: date


@blueprint.get("/administration/schedules")
@allow_roles(AGENCY_POLICY)
def schedules_page() -> str:
    return _page()


@blueprint.post("/administration/schedules/lists")
@allow_roles(AGENCY_POLICY)
def set_list_schedule() -> ResponseReturnValue:
    return _set(
        "monthday",
        lambda days: schedule_list(
            request_context(), request.form.get("list", ""), days, request.form.getlist("users")
        ),
    )


@blueprint.post("/administration/schedules/refresh")
@allow_roles(AGENCY_POLICY)
def set_refresh_schedule() -> ResponseReturnValue:
    return _set("weekday", lambda days: schedule_refresh(request_context(), days))


@blueprint.post("/administration/schedules/<number>/end")
@allow_roles(AGENCY_POLICY)
def end_a_schedule(number: str) -> ResponseReturnValue:
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound(NO_SCHEDULE)
    end_schedule(request_context(), int(number))
    return redirect(url_for("web.schedules_page", done="ended"), HTTPStatus.SEE_OTHER)


def _set(field: str, act: Callable[[DueDays], None]) -> ResponseReturnValue:
    """Set the schedule of the form whose day is in this field."""
    day = whole_typed(request.form.get(field, ""))
    try:
        if not isinstance(day, int):
            return _page({field: MESSAGES[field]}), HTTPStatus.UNPROCESSABLE_ENTITY
        act(DueDays(**{field: day}))
    except InvalidInput as refused:
        errors = {
            one.pointer.removeprefix("/"): MESSAGES[one.pointer.removeprefix("/")] for one in refused.problems
        }
        return _page(errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page({field: refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.schedules_page", done="set"), HTTPStatus.SEE_OTHER)


def _page(errors: Mapping[str, str] | None = None) -> str:
    context = request_context()
    return render_template(
        "meetings/schedules.html",
        schedules=[
            ShownSchedule(one, _when(one), next_due(one, context=context)) for one in schedules(context)
        ],
        lists={"": "Choose a list", **{one.id: one.title for one in offered_lists(context)}},
        receivers={user.username: user.username for user in receivers(context)},
        chosen_users=request.form.getlist("users"),
        weekdays={"": "Choose a day", **{str(place): name for place, name in enumerate(WEEKDAYS)}},
        last_monthday=LAST_MONTHDAY,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _when(schedule: Schedule) -> str:
    if schedule.weekday is not None:
        return f"Each {WEEKDAYS[schedule.weekday]}"
    return f"Day {schedule.monthday} of each month"
