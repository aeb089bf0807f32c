"""Surveys of users: open and close one, answer it, read the results of those that have ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from api.services.context import Context
from api.services.transfer.export_fields import Cells, Holds, as_it_is, safe_cells
from api.services.transfer.export_files import csv_parts
from api.storage import Survey, Transaction
from rms.errors import Conflict, InvalidInput, NotFound, Problem
from rms.support.survey import (
    POINTS,
    STATEMENTS,
    USED,
    SurveyAnswer,
    SurveyResult,
    survey_result,
)

LONGEST_DAYS = 92
NOT_OPEN = "No survey is open."
FIELDS = (
    as_it_is("opened", "Opened", Holds.DAY),
    as_it_is("last_day", "Last day", Holds.DAY),
    as_it_is("answers", "Answers", Holds.NUMBER),
    as_it_is("question", "Question"),
    *(as_it_is(f"chose_{point}", f"Chose {point}", Holds.NUMBER) for point in POINTS),
    as_it_is("agree", "Agree", Holds.NUMBER),
    as_it_is("agree_percent", "Agree, percent", Holds.NUMBER, 1),
    as_it_is("interval_low", "95% interval from, percent", Holds.NUMBER, 1),
    as_it_is("interval_high", "95% interval to, percent", Holds.NUMBER, 1),
)


@dataclass(frozen=True)
class EndedSurvey:
    """A survey that has ended. `result`: None with fewer than `FEWEST` answers."""

    survey: Survey
    result: SurveyResult | None


@dataclass(frozen=True)
class SurveyState:
    """`open`: the survey that is open. `answered`: the caller has answered it. `answers`: how many it has."""

    open: Survey | None
    answered: bool
    answers: int


def survey_state(context: Context) -> SurveyState:
    """The survey that is open now, if any."""
    with context.store.reading() as tx:
        now = _open(tx, context)
        if now is None:
            return SurveyState(None, answered=False, answers=0)
        answered = tx.surveys.has_answered(now.id, user=context.user.id)
        return SurveyState(now, answered, tx.surveys.counts().get(now.id, 0))


def ended_surveys(context: Context) -> tuple[EndedSurvey, ...]:
    """The surveys that have ended, newest first. Results of an open one would tell each new answer."""
    with context.store.reading() as tx:
        ended = [one for one in tx.surveys.all() if not one.is_open(context.today)]
        return tuple(EndedSurvey(one, survey_result(tx.surveys.answers(one.id))) for one in ended)


def open_survey(context: Context, last_day: date) -> None:
    """
    Raises
    ------
    InvalidInput
        If the day is not today or one of the next `LONGEST_DAYS`.
    Conflict
        If a survey is open.
    """
    if not context.today <= last_day <= context.today + timedelta(days=LONGEST_DAYS):
        detail = f"Enter today or a day in the next {LONGEST_DAYS} days."
        raise InvalidInput([Problem("/last_day", "out_of_range", detail)])
    with context.store.transaction() as tx:
        if _open(tx, context) is not None:
            raise Conflict("A survey is open. Close it first.")
        tx.surveys.open(last_day, user=context.user.id, by=context.by, at=context.at)


def close_survey(context: Context) -> None:
    """End the survey that is open before its last day.

    Raises
    ------
    NotFound
        If none is open.
    """
    with context.store.transaction() as tx:
        now = _open(tx, context)
        if now is None:
            raise NotFound(NOT_OPEN)
        tx.surveys.close(now.id, by=context.by, at=context.at)


def answer_survey(context: Context, answer: SurveyAnswer) -> None:
    """
    Raises
    ------
    Conflict
        If no survey is open, or the caller has answered it.
    """
    with context.store.transaction() as tx:
        now = _open(tx, context)
        if now is None:
            raise Conflict(NOT_OPEN)
        tx.surveys.answer(now.id, answer, user=context.user.id, by=context.by, at=context.at)


def csv_of_surveys(context: Context) -> str:
    """The results of all surveys that have ended with at least `FEWEST` answers; no texts."""
    rows = [row for one in ended_surveys(context) for row in _rows(one, context)]
    cells: list[Cells] = [list(zip(*rows, strict=True))] if rows else []
    return "".join(csv_parts([one.name for one in FIELDS], [safe_cells(part, FIELDS) for part in cells]))


def _open(tx: Transaction, context: Context) -> Survey | None:
    return next((one for one in tx.surveys.all() if one.is_open(context.today)), None)


def _rows(one: EndedSurvey, context: Context) -> Iterator[tuple[str, ...]]:
    if one.result is None:
        return
    opened = one.survey.opened_at.astimezone(context.zone).date()
    head = (opened.isoformat(), one.survey.last_day.isoformat(), str(one.result.answers))
    for statement in one.result.statements:
        counts = (str(statement.counts[point]) for point in POINTS)
        low, high = statement.interval
        shares = (statement.agree / statement.of, low, high)
        percents = (f"{100 * share:.1f}" for share in shares)
        yield (*head, STATEMENTS[statement.name], *counts, str(statement.agree), *percents)
    yield (*head, USED, *(str(one.result.used[point]) for point in POINTS), "", "", "", "")
