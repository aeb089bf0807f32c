"""Closed meetings, and their minutes: the people of each section as they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from api.storage.audit import Audit
from api.storage.meetings.recommendations import band_named
from api.storage.people.caseload import Caseload
from api.storage.tables import closed_meetings, meeting_people, offices, users
from rms.harm.settings import BANDS

_select: Select[Any] = (
    select(
        *(closed_meetings.c[name] for name in ("id", "area", "since", "scores_on", "closed_at", "totals")),
        offices.c.name.label("area_name"),
        users.c.username.label("closed_by"),
    )
    .join_from(closed_meetings, offices, offices.c.id == closed_meetings.c.area)
    .join(users, users.c.id == closed_meetings.c.closed_by)
    .order_by(closed_meetings.c.id.desc())
)


@dataclass(frozen=True)
class ClosedMeeting:
    """A meeting of an area. `scores_on`: the day of the scores then; None: they had not been calculated.

    `totals`: how many people a section had, if the minutes have fewer of them.
    """

    id: int
    area: int
    area_name: str
    since: date
    scores_on: date | None
    closed_by: str
    closed_at: datetime
    totals: Mapping[str, int]


@dataclass(frozen=True)
class MinutesLine:
    """A person in a section, as they were. `record`: the source record that the line belongs to.

    `recommendation` is its key; `state` is what it was then. `band_before`: on the day of the last meeting.
    """

    section: str
    person: int
    record: int
    score: float | None = None
    band: str | None = None
    band_before: str | None = None
    cohort: str | None = None
    managed: bool | None = None
    recommendation: int | None = None
    state: str | None = None


class Minutes:
    """Closed meetings in one transaction. Lines about people whom the viewer may not see now are left out."""

    def __init__(self, connection: Connection, audit: Audit, caseload: Caseload) -> None:
        self._connection = connection
        self._audit = audit
        self._caseload = caseload

    def hold(self, area: int) -> None:
        """Let nobody else close a meeting of this area until the transaction ends."""
        self._connection.execute(select(offices.c.id).where(offices.c.id == area).with_for_update())

    def close(
        self,
        lines: Sequence[MinutesLine],
        *,
        totals: Mapping[str, int],
        area: int,
        since: date,
        scores_on: date | None,
        user: int,
        by: str,
        at: datetime,
    ) -> int:
        """Keep the minutes of a meeting. `totals`: of the sections of which not everybody is kept.

        Returns its key.
        """
        values = {"area": area, "since": since, "scores_on": scores_on, "closed_by": user, "closed_at": at}
        values["totals"] = dict(totals)
        adding = insert(closed_meetings).returning(closed_meetings.c.id)
        key: int = self._connection.execute(adding, values).scalar_one()
        if lines:
            self._connection.execute(insert(meeting_people), [_row(line, key) for line in lines])
        self._audit.append(
            "meeting.closed",
            actor=by,
            at=at,
            object_kind="meeting",
            object_key=str(key),
            detail={"office": area},
            people=sorted({line.person for line in lines}),
        )
        return key

    def get(self, key: int) -> ClosedMeeting | None:
        row = self._connection.execute(_select.where(closed_meetings.c.id == key)).first()
        return None if row is None else _meeting(row)

    def of_area(self, area: int, *, most: int) -> tuple[ClosedMeeting, ...]:
        """The closed meetings of an area itself, the last one first."""
        rows = self._connection.execute(_select.where(closed_meetings.c.area == area).limit(most))
        return tuple(_meeting(row) for row in rows)

    def lines(self, meeting: int) -> tuple[MinutesLine, ...]:
        """The minutes in their order."""
        visible = self._caseload.theirs(meeting_people.c.person)
        chosen = select(meeting_people).where(meeting_people.c.meeting == meeting, visible)
        return tuple(map(_line, self._connection.execute(chosen.order_by(meeting_people.c.id))))


def _meeting(row: Row[Any]) -> ClosedMeeting:
    return ClosedMeeting(**{**row._mapping, "totals": row.totals or {}})


def _row(line: MinutesLine, meeting: int) -> dict[str, Any]:
    places = {
        name: None if band is None else BANDS.index(band)
        for name, band in (("band", line.band), ("band_before", line.band_before))
    }
    return {**vars(line), **places, "meeting": meeting}


def _line(row: Row[Any]) -> MinutesLine:
    values = {name: row._mapping[name] for name in MinutesLine.__dataclass_fields__}
    bands = {name: band_named(values[name]) for name in ("band", "band_before")}
    return MinutesLine(**{**values, **bands})
