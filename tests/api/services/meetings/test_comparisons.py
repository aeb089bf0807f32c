"""Comparisons beside their pages: the order of the people, who waits for whom, and how many are kept."""

from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from prometheus_client import REGISTRY

from api.services.access.accounts import create_user
from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.services.meetings import comparisons
from api.services.meetings.comparisons import (
    comparison_of,
    csv_of_comparison,
    delete_comparison,
    latest_comparisons,
    set_up,
)
from api.services.turns import AlreadyRunning
from api.services.users import Role
from rms.errors import Conflict, InvalidInput, LimitReached
from rms.evaluation.comparison import Subject, matched
from rms.harm.listing import HarmFilter
from tests.api.case_records import FILES, load
from tests.api.conftest import PASSWORD, Clock, Database
from tests.api.contexts import context_for
from tests.api.rows import change

ALIKE = range(10, 50)  # people who differ in nothing
WRITING = "rms_writers"  # how many write or wait for it


@pytest.fixture
def admin(app: Flask, clock: Clock) -> Context:
    """An administrator, in a force with forty people who are alike."""
    store = app.extensions["rms"].store
    people = "".join(f"P{place},Xa,Bell,2004-06-07,female,W1,,no,,\n" for place in ALIKE)
    offences = "".join(f"N{place},P{place},03401,2025-12-01,W1,charged,1,\n" for place in ALIKE)
    load(store, {**FILES, "people": FILES["people"] + people, "offences": FILES["offences"] + offences})
    by_test = context_for(store, at=clock())
    return context_for(store, by=create_user(by_test, "ada", PASSWORD, role=Role.ADMINISTRATOR), at=clock())


@pytest.fixture
def everybody(app: Flask) -> Context:
    context: Context = app.extensions["rms"].background()
    return context


@pytest.fixture
def rules(app: Flask) -> HarmRules:
    found: HarmRules = app.extensions["rms"].harm
    return found


def made(admin: Context, everybody: Context, rules: HarmRules) -> int:
    chosen = HarmFilter(size=20)
    return set_up(admin, everybody, title="Spring", treatment="Twenty", filter=chosen, rules=rules)


def test_no_order_of_a_comparison_is_that_of_the_import(
    admin: Context, everybody: Context, rules: HarmRules
) -> None:
    """Of twenty people, one order in 2 × 10¹⁸ is the one that the import had."""
    people = comparison_of(admin, everybody, made(admin, everybody, rules)).people
    listed = [one.person for one in people if one.listed]
    assert len(listed) == 20 and listed != sorted(listed)
    pairs = {one.pair: one.person for one in people if one.listed and one.pair is not None}
    assert len(pairs) > 10
    by_number = [pairs[number] for number in sorted(pairs)]
    assert by_number != sorted(by_number)
    matches = [one.person for one in people if not one.listed]
    assert matches != sorted(matches)
    again = comparison_of(admin, everybody, made(admin, everybody, rules)).people
    assert [one.person for one in again if one.listed] != listed


def test_the_rows_of_the_file_are_in_the_order_of_the_study_ids(
    admin: Context, everybody: Context, rules: HarmRules
) -> None:
    key = made(admin, everybody, rules)
    ids = [line.split(",")[0] for line in csv_of_comparison(admin, everybody, key).splitlines()[1:]]
    assert len(ids) > 30
    numbers = [int(id.strip('"').rpartition("-")[2]) for id in ids]
    assert numbers == sorted(numbers)


def while_matching(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do this just before the next matching."""

    def both(*people: Sequence[Subject]) -> dict[int, int]:
        monkeypatch.setattr(comparisons, "matched", matched)
        act()
        return matched(*people)

    monkeypatch.setattr(comparisons, "matched", both)


def test_nobody_who_writes_waits_for_the_matching_and_an_account_sets_up_one_at_a_time(
    admin: Context, everybody: Context, rules: HarmRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def act() -> None:
        assert REGISTRY.get_sample_value(WRITING) == 0
        with pytest.raises(AlreadyRunning):
            made(admin, everybody, rules)
        create_user(admin, "written", PASSWORD, role=Role.ANALYST)
        done.append("written")

    while_matching(monkeypatch, act)
    made(admin, everybody, rules)
    assert done == ["written"]
    made(admin, everybody, rules)  # the turn has ended


def test_nothing_is_kept_if_its_people_were_joined_meanwhile(
    admin: Context,
    everybody: Context,
    rules: HarmRules,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = made(admin, everybody, rules)
    one, other, *_ = (person.person for person in comparison_of(admin, everybody, key).people)

    def act() -> None:
        change(database.url, f"UPDATE person_records SET person = {other} WHERE person = {one}")

    while_matching(monkeypatch, act)
    with pytest.raises(Conflict, match="Records changed"):
        made(admin, everybody, rules)
    assert [found.id for found in latest_comparisons(admin, everybody)[0]] == [key]


@pytest.mark.parametrize(("bound", "says"), [("MOST_OF_ONE", "You have set up"), ("MOST", "There are")])
def test_so_many_are_kept_and_no_more(
    admin: Context,
    everybody: Context,
    rules: HarmRules,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    says: str,
) -> None:
    monkeypatch.setattr(comparisons, bound, 2)
    first, _ = made(admin, everybody, rules), made(admin, everybody, rules)
    with pytest.raises(LimitReached, match=says):
        made(admin, everybody, rules)
    delete_comparison(admin, everybody, first)
    made(admin, everybody, rules)


def test_a_list_that_would_take_too_long_is_refused(
    admin: Context, everybody: Context, rules: HarmRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "MOST_COMPARED", 440)
    with pytest.raises(InvalidInput) as refused:
        made(admin, everybody, rules)
    assert refused.value.problems[0].pointer == "/list"
    assert refused.value.problems[0].detail.endswith("there can be up to 10.")
