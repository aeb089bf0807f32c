"""Which office a person belongs to, and what follows when they change to another.

The office follows the home area: an import, a join and a separation set both. It does not once a supervisor
has moved the person, and not of a person who came with an assessment: they belong to who assessed them.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from api.storage.audit import Audit
from api.storage.tables import caseload, people

EndCopies = Callable[[int, datetime], None]

_settled = (
    update(people)
    .where(people.c.id == bindparam("key"))
    .values(office=bindparam("new_office"), home_area=bindparam("new_home"))
)


class Belonging:
    """The offices of people in one transaction. `person` is always the key.

    `end_copies` ends the pages and files that are kept for an account: they may tell of a person who has left
    its caseload.
    """

    def __init__(self, connection: Connection, audit: Audit, *, end_copies: EndCopies) -> None:
        self._connection = connection
        self._audit = audit
        self._end_copies = end_copies

    def move(self, person: int, *, office: int, by: str, at: datetime) -> None:
        """A supervisor moves the person to that office, which no longer follows the home area."""
        chosen = update(people).where(people.c.id == person)
        self._connection.execute(chosen.values(office=office, follows_home=False))
        self._leave_caseloads([person], at=at)
        self._audit.append(
            "person.moved",
            actor=by,
            at=at,
            object_kind="person",
            object_key=str(person),
            detail={"office": office},
        )

    def live_in(self, homes: Mapping[int, int], *, by: str, at: datetime) -> None:
        """Note the area where each of up to 5,000 people lives now.

        The audit log has an entry for each office to which this moves people.
        """
        moved = self._settle(homes)
        if not moved:
            return
        self._leave_caseloads(moved, at=at)
        of_office: dict[int, list[int]] = {}
        for person, office in moved.items():
            of_office.setdefault(office, []).append(person)
        for office, persons in sorted(of_office.items()):
            self._audit.append(
                "people.moved",
                actor=by,
                at=at,
                object_kind="office",
                object_key=str(office),
                detail={"people": len(persons)},
                people=persons,
            )

    def _settle(self, homes: Mapping[int, int]) -> Mapping[int, int]:
        """Store these home areas; returns the new office of everybody who belongs to another one now."""
        elsewhere = self._elsewhere(homes, list(homes))
        if elsewhere:  # once more, when nobody else can change them: a supervisor may move them meanwhile
            self._connection.execute(
                select(people.c.id).where(people.c.id.in_(elsewhere)).order_by(people.c.id).with_for_update()
            )
            elsewhere = self._elsewhere(homes, elsewhere)
        if not elsewhere:
            return {}
        settled = [
            {"key": key, "new_home": homes[key], "new_office": homes[key] if follows else office}
            for key, (office, follows) in elsewhere.items()
        ]
        self._connection.execute(_settled, settled)
        return {
            one["key"]: one["new_office"] for one in settled if one["new_office"] != elsewhere[one["key"]][0]
        }

    def _elsewhere(self, homes: Mapping[int, int], among: Collection[int]) -> Mapping[int, tuple[int, bool]]:
        """Who is not where they should be: their office, and whether it follows the home area."""
        c = people.c
        rows = self._connection.execute(
            select(c.id, c.office, c.home_area, c.follows_home).where(c.id.in_(among)).order_by(c.id)
        )
        return {
            row.id: (row.office, row.follows_home)
            for row in rows
            if row.home_area != homes[row.id] or (row.follows_home and row.office != homes[row.id])
        }

    def _leave_caseloads(self, persons: Collection[int], *, at: datetime) -> None:
        """Take these people off every caseload."""
        ended = delete(caseload).where(caseload.c.person.in_(persons)).returning(caseload.c.user_id)
        for account in sorted(set(self._connection.scalars(ended))):
            self._end_copies(account, at)
