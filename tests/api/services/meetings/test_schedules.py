"""Schedules run on their days, once, and catch up after a stop. Each user gets their own people."""

import io
from datetime import date, timedelta
from threading import Barrier, Thread

import openpyxl
import pytest
from flask import Flask

from api.runtime.job_runner import run_one
from api.services.access.accounts import change_user, create_user
from api.services.context import Context
from api.services.long_reads import long_read
from api.services.meetings.schedules import (
    REFRESH,
    end_schedule,
    next_due,
    offered_lists,
    run_due,
    schedule_list,
    schedule_refresh,
    schedules,
)
from api.services.transfer.exports import LIST_EXPORT
from api.services.transfer.jobs import jobs_of
from api.services.users import Role, User
from api.storage import State
from rms.errors import InvalidInput, NotFound
from rms.meetings.due_days import DueDays
from tests.api.case_records import load
from tests.api.conftest import PASSWORD, Clock
from tests.api.contexts import context_for

READY = "ready under-25-violence"
ANYBODY = "ready disagreements"
CRITERIA_OF_ALL = {"show_hidden": True}


@pytest.fixture
def admin(app: Flask, clock: Clock) -> Context:
    """An administrator, with two supervisors of different areas beside."""
    store = app.extensions["rms"].store
    load(store)
    by_test = context_for(store, at=clock())
    create_user(by_test, "castle", PASSWORD, role=Role.OFFENDER_MANAGER, office="Castle ward")
    create_user(by_test, "mill", PASSWORD, role=Role.SUPERVISOR, office="Mill ward")
    return context_for(store, by=create_user(by_test, "ada", PASSWORD, role=Role.ADMINISTRATOR), at=clock())


def background(app: Flask) -> Context:
    context: Context = app.extensions["rms"].background()
    return context


def user(app: Flask, name: str) -> User:
    with app.extensions["rms"].store.reading() as tx:
        found = tx.accounts.user(name)
    assert found is not None
    return User(found.id, found.username, Role(found.role), found.office)


def files(app: Flask, name: str) -> list[set[str]]:
    """The surnames in each file of this user, oldest first. All their jobs are done."""
    settings = app.extensions["rms"].jobs
    found = []
    for job in jobs_of(context_for(app.extensions["rms"].store, by=user(app, name)))[::-1]:
        assert (job.kind, job.state) == (LIST_EXPORT, State.DONE), job.outcome
        rows = openpyxl.load_workbook(io.BytesIO(settings.files.result(job).read_bytes())).worksheets[0]
        found.append({str(row[1]) for row in rows.iter_rows(min_row=2, values_only=True)})
    return found


def run_all(app: Flask) -> int:
    begun = run_due(background(app))
    while run_one(app.extensions["rms"]):
        pass
    return begun


def test_each_user_gets_their_own_people_on_the_day(app: Flask, admin: Context, clock: Clock) -> None:
    schedule_list(admin, "ready top-10-burglary", DueDays(monthday=10), ["castle"])
    with app.extensions["rms"].store.transaction() as tx:
        tx.schedules.add(
            LIST_EXPORT,
            "Everybody",
            CRITERIA_OF_ALL,
            monthday=10,
            weekday=None,
            users=[user(app, name).id for name in ("castle", "mill")],
            user=admin.user.id,
            by="ada",
            at=clock(),
        )
    assert run_all(app) == 0  # it is the 4th
    assert [next_due(one, context=admin) for one in schedules(admin)] == [date(2026, 3, 10)] * 2
    clock.advance(days=6)
    assert run_all(app) == 2
    assert files(app, "castle") in ([set(), {"Lee", "Park"}], [{"Lee", "Park"}, set()])
    assert files(app, "mill") == [{"Dunn"}]
    assert run_all(app) == 0
    assert [one.last_run for one in schedules(admin)] == [date(2026, 3, 10)] * 2


def test_a_file_is_made_while_its_user_reads_a_long_list(app: Flask, admin: Context, clock: Clock) -> None:
    schedule_list(admin, "ready top-10-burglary", DueDays(monthday=10), ["castle"])
    clock.advance(days=6)
    with long_read("castle"):
        assert run_all(app) == 1
    assert len(files(app, "castle")) == 1


def test_what_was_missed_is_caught_up_once(app: Flask, admin: Context, clock: Clock) -> None:
    schedule_list(admin, READY, DueDays(monthday=5), ["mill"])
    clock.advance(days=100)  # RMS was stopped on three due days
    assert run_all(app) == 1
    assert len(files(app, "mill")) == 1
    assert schedules(admin)[0].last_run == date(2026, 6, 5)


def test_several_processes_do_not_run_it_twice(app: Flask, admin: Context, clock: Clock) -> None:
    schedule_list(admin, READY, DueDays(monthday=4), ["castle", "mill"])
    at_once, begun = Barrier(4), []

    def process() -> None:
        context = background(app)
        at_once.wait()
        begun.append(run_due(context))

    threads = [Thread(target=process) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(begun) == [0, 0, 0, 1]
    assert [len(jobs_of(context_for(admin.store, by=user(app, name)))) for name in ("castle", "mill")] == [
        1,
        1,
    ]


def test_scores_are_calculated_each_week(app: Flask, admin: Context, clock: Clock) -> None:
    schedule_refresh(admin, DueDays(weekday=2))
    schedule_refresh(admin, DueDays(weekday=4))  # Friday replaces Wednesday
    (schedule,) = schedules(admin)
    assert (schedule.kind, schedule.weekday) == (REFRESH, 4)
    clock.advance(days=3)  # Saturday: RMS was stopped on Friday
    assert run_all(app) == 1
    with app.extensions["rms"].store.reading() as tx:
        last = tx.harm.last_refresh()
    assert last is not None and last.day == date(2026, 3, 7)
    (job,) = jobs_of(context_for(admin.store, by=admin.user, at=clock()))
    assert (job.state, job.outcome) == (State.DONE, {"day": "2026-03-07", "scored": 3})


def test_an_ended_schedule_and_users_who_left(app: Flask, admin: Context, clock: Clock) -> None:
    schedule_list(admin, READY, DueDays(monthday=20), ["castle", "mill"])
    change_user(admin, "castle", active=False)
    clock.advance(days=20)
    assert run_all(app) == 1
    assert jobs_of(context_for(admin.store, by=user(app, "castle"))) == ()
    (schedule,) = schedules(admin)
    end_schedule(admin, schedule.id)
    clock.advance(days=60)
    assert run_all(app) == 0 and schedules(admin) == ()
    with pytest.raises(NotFound):
        end_schedule(admin, schedule.id)


@pytest.mark.parametrize(
    ("chosen", "users", "fields"),
    [
        ("ready nothing", ["mill"], ["/list"]),
        (READY, [], ["/users"]),
        (READY, ["mill", "ada"], ["/users"]),  # an administrator sees no people
        ("own mine", ["nobody"], ["/list", "/users"]),
    ],
)
def test_what_cannot_be_scheduled(admin: Context, chosen: str, users: list[str], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedule_list(admin, chosen, DueDays(monthday=1), users)
    assert [one.pointer for one in refused.value.problems] == fields


def test_every_step_is_on_record(app: Flask, admin: Context, clock: Clock) -> None:
    assert READY in [one.id for one in offered_lists(admin)]
    schedule_list(admin, READY, DueDays(monthday=4), ["mill"])
    clock.advance(minutes=1)
    run_all(app)
    end_schedule(admin, schedules(admin)[0].id)
    with app.extensions["rms"].store.reading() as tx:
        noted = [(one.action, one.actor) for one in tx.audit.entries()]
        assert list(tx.audit.problems()) == []
    for step in (
        *(("schedule.set", "ada"), ("schedule.run", "ada"), ("list_export.requested", "ada")),
        *(("harm.exported", "mill"), ("list_export.made", "mill"), ("schedule.ended", "ada")),
    ):
        assert step in noted, step
    assert timedelta(minutes=1) == clock() - admin.at
