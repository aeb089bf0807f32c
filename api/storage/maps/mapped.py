"""Where listed people live, and where their offences took place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from api.storage.harm.inputs import among
from api.storage.harm.listing import OffenderList
from api.storage.tables import harm_scores, offences, offices
from rms.harm.listing import HarmQuery
from rms.maps.places import Recorded

BLOCK = 5_000  # people in one statement


class Mapped:
    """Reads for a map in one transaction. The caller has checked that the viewer may see the people."""

    def __init__(self, connection: Connection, offender_list: OffenderList) -> None:
        self._connection = connection
        self._offender_list = offender_list

    def homes(self, people: Sequence[int]) -> Mapping[str | None, int]:
        """How many of these people, who have a score, live in each area, by its code."""
        found: Counter[str | None] = Counter()
        for block in _blocks(people):
            counted = (
                select(offices.c.code, func.count())
                .select_from(harm_scores)
                .outerjoin(offices, offices.c.id == harm_scores.c.home_area)
                .where(among(harm_scores.c.person, block))
                .group_by(offices.c.code)
            )
            for code, number in self._connection.execute(counted):
                found[code] += number
        return found

    def offences(self, people: Sequence[int], query: HarmQuery) -> tuple[Recorded, ...]:
        """The offences of these people that count and meet the criteria about offences, by point and area."""
        found: Counter[tuple[Any, ...]] = Counter()
        where = offences.c.latitude, offences.c.longitude, offences.c.area
        for block in _blocks(people):
            tests = among(offences.c.person, block), *self._offender_list.offence_tests(query)
            counted = select(*where, func.count()).where(*tests).group_by(*where)
            for latitude, longitude, area, number in self._connection.execute(counted):
                found[latitude, longitude, area] += number
        codes = self._codes()
        return tuple(
            Recorded(latitude, longitude, codes.get(area), number)
            for (latitude, longitude, area), number in found.items()
        )

    def _codes(self) -> Mapping[int, str]:
        chosen = select(offices.c.id, offices.c.code).where(offices.c.code.is_not(None))
        return {row.id: row.code for row in self._connection.execute(chosen)}


def _blocks(people: Sequence[int]) -> Iterator[list[int]]:
    in_order = sorted(people)
    for first in range(0, len(in_order), BLOCK):
        yield in_order[first : first + BLOCK]
