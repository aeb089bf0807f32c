"""Surveys and their answers. No answer says whose it is."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.tables import survey_answers, survey_users, surveys
from rms.errors import Conflict
from rms.support.survey import SurveyAnswer

ANSWERED_ALREADY = "You have already answered this survey."


@dataclass(frozen=True)
class Survey:
    """A survey. It is open until the end of its last day, unless it was closed before."""

    id: int
    opened_at: datetime
    last_day: date
    closed_at: datetime | None

    def is_open(self, today: date) -> bool:
        return self.closed_at is None and today <= self.last_day


class Surveys:
    """Surveys in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def all(self) -> tuple[Survey, ...]:
        """Every survey, newest first."""
        columns = (surveys.c.id, surveys.c.opened_at, surveys.c.last_day, surveys.c.closed_at)
        rows = self._connection.execute(select(*columns).order_by(surveys.c.id.desc()))
        return tuple(Survey(**row._mapping) for row in rows)

    def open(self, last_day: date, *, user: int, by: str, at: datetime) -> int:
        values = {"last_day": last_day, "opened_by": user, "opened_at": at}
        key: int = self._connection.execute(insert(surveys).returning(surveys.c.id), values).scalar_one()
        self._note("opened", key, by=by, at=at)
        return key

    def close(self, survey: int, *, by: str, at: datetime) -> None:
        self._connection.execute(update(surveys).where(surveys.c.id == survey).values(closed_at=at))
        self._note("closed", survey, by=by, at=at)

    def answer(self, survey: int, answer: SurveyAnswer, *, user: int, by: str, at: datetime) -> None:
        """
        Raises
        ------
        Conflict
            If this user has answered it.
        """
        try:
            self._connection.execute(insert(survey_users), {"survey": survey, "user_id": user})
        except IntegrityError as error:
            raise Conflict(ANSWERED_ALREADY) from error
        values = {"id": secrets.token_hex(16), "survey": survey, **vars(answer)}
        self._connection.execute(insert(survey_answers), values)
        self._note("answered", survey, by=by, at=at)

    def has_answered(self, survey: int, *, user: int) -> bool:
        chosen = select(survey_users.c.user_id).where(
            survey_users.c.survey == survey, survey_users.c.user_id == user
        )
        return self._connection.scalar(chosen) is not None

    def counts(self) -> Mapping[int, int]:
        """Survey → number of its answers."""
        counted = select(survey_answers.c.survey, func.count().label("answers")).group_by(
            survey_answers.c.survey
        )
        return {row.survey: row.answers for row in self._connection.execute(counted)}

    def answers(self, survey: int) -> tuple[SurveyAnswer, ...]:
        names = ("trust", "ease", "usefulness", "used", "text")
        chosen = (
            select(*(survey_answers.c[name] for name in names))
            .where(survey_answers.c.survey == survey)
            .order_by(survey_answers.c.id)
        )
        return tuple(SurveyAnswer(**row._mapping) for row in self._connection.execute(chosen))

    def _note(self, action: str, survey: int, *, by: str, at: datetime) -> None:
        self._audit.append(f"survey.{action}", actor=by, at=at, object_kind="survey", object_key=str(survey))
