"""What the tables of all wings share: the metadata and the types of columns."""

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Dialect, MetaData, String, and_, func, null, true
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones, so they are taken off and put back on here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("An instant without a time zone cannot be stored.")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def on_days(at: Any, first: date | None, last: date | None, *, zone: tzinfo) -> ColumnElement[bool]:
    """Whether a moment falls on one of these days, each of them from midnight to midnight in this zone."""
    clauses = []
    if first is not None:
        clauses.append(at >= _midnight(first, zone))
    if last is not None and last < date.max:
        clauses.append(at < _midnight(last + timedelta(days=1), zone))
    return and_(true(), *clauses)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Where the day begins. In the first and the last year there is, in UTC: elsewhere it may lie beyond."""
    return datetime.combine(day, time(), zone if MINYEAR < day.year < MAXYEAR else UTC)


def hidden(column: Any) -> ColumnElement[Any]:
    """The column, written so that the database does not use its indexes."""
    return func.coalesce(column, null(), type_=column.type)


# Compared as bytes on both databases: they sort alike, and a beginning of one is a range.
Number = String().with_variant(String(collation="C"), "postgresql")
AFTER_Z = "["  # the character after the last one that an offender number can contain


def begins_with(number: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """Whether an offender number begins with this text: a range, which both databases read from an index."""
    return and_(number >= beginning, number < beginning + AFTER_Z)
