"""What is looked for in the audit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo

from sqlalchemy import ColumnElement, String, and_, cast, func, or_

from api.storage.audit_people import about
from api.storage.tables import audit
from api.storage.tables.columns import on_days

ASSESSMENT, PERSON = "assessment", "person"

# The texts of details with `,` around every number of a list: `{"keys":[1,12]}` holds `,12,`.
_numbers = func.replace(func.replace(cast(audit.c.detail, String), "[", ","), "]", ",")


@dataclass(frozen=True)
class AuditCriteria:
    """Criteria that hold together. Both days are included; they are days of the agency.

    `people` are the keys of one person and of those joined to them. An entry can be about others too.
    """

    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_key: str | None = None
    people: tuple[int, ...] | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Which criteria there are, without what they say."""
        return tuple(name for name, value in vars(self).items() if value is not None)


def conditions(criteria: AuditCriteria, zone: tzinfo) -> Iterator[ColumnElement[bool]]:
    """What an entry must meet. Of an assessment, also the entries that name it among others are found."""
    if criteria.actor is not None:
        yield audit.c.actor == criteria.actor
    if criteria.action is not None:
        yield audit.c.action == criteria.action
    if criteria.object_kind == ASSESSMENT and criteria.object_key is not None:
        yield _touching(criteria.object_key)
    elif criteria.object_kind is not None:
        yield audit.c.object_kind == criteria.object_kind
        if criteria.object_key is not None:
            yield audit.c.object_key == criteria.object_key
    if criteria.people is not None:
        yield about(criteria.people)
    if criteria.first_day or criteria.last_day:
        yield on_days(audit.c.at, criteria.first_day, criteria.last_day, zone=zone)


def _touching(key: str) -> ColumnElement[bool]:
    """Entries about this assessment, alone or among others."""
    named = _numbers.contains(f",{key},", autoescape=True)
    alone = and_(audit.c.object_kind == ASSESSMENT, audit.c.object_key == key)
    among_others = and_(audit.c.object_kind == ASSESSMENT, audit.c.object_key == "", named)
    return or_(alone, among_others, and_(audit.c.object_kind == PERSON, named))
