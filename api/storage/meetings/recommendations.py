"""Recommendations and the decisions on them. Neither is ever changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.people.caseload import Caseload
from api.storage.row_access import below, in_offices
from api.storage.tables import people, recommendation_decisions, recommendations, users
from rms.errors import Conflict
from rms.harm.settings import BANDS, COMPONENTS
from rms.meetings.recommendations import Kind, Proposal, State

DECIDED_ALREADY = "This recommendation has already been decided."
_author = users.alias("author_of")
_decider = users.alias("decider_of")
_select: Select[Any] = (
    select(
        recommendations,
        _author.c.username.label("author_name"),
        recommendation_decisions.c.state,
        recommendation_decisions.c.reason.label("decision_reason"),
        _decider.c.username.label("decided_by"),
        recommendation_decisions.c.decided_at,
    )
    .join_from(recommendations, _author, _author.c.id == recommendations.c.author)
    .outerjoin(recommendation_decisions, recommendation_decisions.c.recommendation == recommendations.c.id)
    .outerjoin(_decider, _decider.c.id == recommendation_decisions.c.decided_by)
)
_undecided = recommendation_decisions.c.recommendation.is_(None)
_accepted = recommendation_decisions.c.state == str(State.ACCEPTED)


@dataclass(frozen=True)
class ScoreThen:
    """The harm score of a person at one moment, `day` the day that it describes.

    `components` by the names of `COMPONENTS`, 0 to 100. `rules`: the versions of the settings and of the
    severity table.
    """

    day: date
    score: float
    band: str | None
    components: Mapping[str, float]
    rules: str


@dataclass(frozen=True)
class RankThen:
    """The position of a person in a list, from 1, and its criteria in words. None: not on the list."""

    rank: int | None
    criteria: str


@dataclass(frozen=True)
class RecommendationDecision:
    """How a recommendation ended: accepted or refused by somebody else, or withdrawn by its author."""

    state: State
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Recommendation:
    """A recommendation with the score of that time; `author` is a user's key. `score`: None without one."""

    id: int
    person: int
    kind: Kind
    cohort: str | None
    reason: str
    author: int
    by: str
    at: datetime
    score: ScoreThen | None
    rank: RankThen
    decision: RecommendationDecision | None = None

    @property
    def state(self) -> State:
        return State.WAITING if self.decision is None else self.decision.state


@dataclass(frozen=True)
class RecommendationsPart:
    """The first recommendations of a list, of `total` in all."""

    first: tuple[Recommendation, ...]
    total: int


@dataclass(frozen=True)
class RecommendationPlace:
    """Where a recommendation is in a list of the newest first."""

    at: datetime
    id: int


class Recommendations:
    """Recommendations in one transaction, of the people whom the viewer may see now."""

    def __init__(self, connection: Connection, audit: Audit, caseload: Caseload) -> None:
        self._connection = connection
        self._audit = audit
        self._caseload = caseload

    def add(
        self,
        person: int,
        record: int,
        proposal: Proposal,
        *,
        score: ScoreThen | None,
        rank: RankThen,
        author: int,
        by: str,
        at: datetime,
    ) -> int:
        """Add a recommendation about the person who has this source record. Returns its key."""
        values: dict[str, Any] = {
            **{"person": person, "record": record, "author": author, "made_at": at},
            **{"kind": str(proposal.kind), "cohort": proposal.cohort, "reason": proposal.reason},
            **{"rank": rank.rank, "criteria": rank.criteria},
        }
        if score is not None:
            values |= {"day": score.day, "score": score.score, "rules": score.rules, **score.components}
            values |= {"band": None if score.band is None else BANDS.index(score.band)}
        adding = insert(recommendations).returning(recommendations.c.id)
        key: int = self._connection.execute(adding, values).scalar_one()
        self._note("made", person, by=by, at=at, recommendation=key, kind=str(proposal.kind))
        return key

    def get(self, key: int) -> Recommendation | None:
        found = self._found(recommendations.c.id == key)
        return found[0] if found else None

    def of(self, person: int) -> tuple[Recommendation, ...]:
        """All recommendations about a person, newest first."""
        return self._found(recommendations.c.person == person)

    def waiting(self, area: int, *, most: int) -> RecommendationsPart:
        """Those about people of an area, or of one below it, that wait for a decision, oldest first."""
        tests = _undecided, _of_area(area)
        return RecommendationsPart(self._found(*tests, most=most, oldest=True), self._number(*tests))

    def waiting_about(self, keys: Collection[int]) -> frozenset[int]:
        """Those of these people about whom a recommendation waits."""
        chosen = self._decided(select(recommendations.c.person))
        return self._people(chosen.where(_undecided, recommendations.c.person.in_(keys)))

    def number_to_decide(self, area: int, *, user: int) -> int:
        """How many of `waiting` were made by somebody else than this user."""
        return self._number(_undecided, _of_area(area), recommendations.c.author != user)

    def ended(
        self,
        area: int,
        moment: datetime,
        *,
        left_out: Collection[int],
        most: int,
        only_deselected: bool = False,
    ) -> RecommendationsPart:
        """Those of the area that ended at this moment or later, but for those with these keys, newest first.

        `only_deselected`: those to deselect that were accepted.
        """
        tests = [*_ended(moment, left_out), _of_area(area)]
        if only_deselected:
            tests += [recommendations.c.kind == str(Kind.DESELECT), _accepted]
        return RecommendationsPart(self._found(*tests, most=most), self._number(*tests))

    def settled(self, area: int, moment: datetime) -> frozenset[int]:
        """The people of the area about whom a recommendation waits, or was accepted since that moment."""
        accepted = and_(*_ended(moment, ()), _accepted)
        chosen = self._decided(select(recommendations.c.person))
        return self._people(chosen.where(or_(_undecided, accepted), _of_area(area)))

    def page(
        self, area: int, moment: datetime, *, most: int, after: RecommendationPlace | None
    ) -> tuple[Recommendation, ...]:
        """Up to `most` of the area after a place, newest first.

        They wait, or were made or decided at this moment or later.
        """
        made_at, key = recommendations.c.made_at, recommendations.c.id
        tests = [or_(_undecided, made_at >= moment, recommendation_decisions.c.decided_at >= moment)]
        if after is not None:
            tests.append(or_(made_at < after.at, and_(made_at == after.at, key < after.id)))
        return self._found(*tests, _of_area(area), most=most)

    def about(self, keys: Collection[int]) -> Mapping[int, Recommendation]:
        """These recommendations, by key, as far as the viewer may see their people."""
        found = self._found(recommendations.c.id.in_(keys)) if keys else ()
        return {one.id: one for one in found}

    def decide(
        self, made: Recommendation, state: State, *, reason: str, user: int, by: str, at: datetime
    ) -> None:
        """
        Raises
        ------
        Conflict
            If it has already been decided.
        """
        values = {"recommendation": made.id, "state": str(state), "reason": reason}
        try:
            self._connection.execute(
                insert(recommendation_decisions), {**values, "decided_by": user, "decided_at": at}
            )
        except IntegrityError as error:
            raise Conflict(DECIDED_ALREADY) from error
        action = "withdrawn" if state is State.WITHDRAWN else "decided"
        self._note(action, made.person, by=by, at=at, recommendation=made.id, state=str(state))

    def _found(
        self, *tests: ColumnElement[bool], most: int | None = None, oldest: bool = False
    ) -> tuple[Recommendation, ...]:
        """Up to `most` (all, if None), the newest first, or the oldest."""
        visible = self._caseload.theirs(recommendations.c.person)
        order = [recommendations.c.made_at, recommendations.c.id]
        rows: Sequence[Row[Any]] = self._connection.execute(
            _select.where(*tests, visible)
            .order_by(*(column if oldest else column.desc() for column in order))
            .limit(most)
        ).all()
        return tuple(map(_recommendation, rows))

    def _number(self, *tests: ColumnElement[bool]) -> int:
        counted = self._decided(select(func.count(recommendations.c.id))).where(*tests)
        visible = self._caseload.theirs(recommendations.c.person)
        return self._connection.scalar(counted.where(visible)) or 0

    def _people(self, chosen: Select[tuple[int]]) -> frozenset[int]:
        visible = self._caseload.theirs(recommendations.c.person)
        return frozenset(self._connection.scalars(chosen.where(visible)))

    def _decided(self, chosen: Select[Any]) -> Select[Any]:
        """With the decision, if there is one."""
        return chosen.outerjoin_from(
            recommendations,
            recommendation_decisions,
            recommendation_decisions.c.recommendation == recommendations.c.id,
        )

    def _note(self, action: str, person: int, *, by: str, at: datetime, **detail: str | int) -> None:
        self._audit.append(
            f"recommendation.{action}",
            actor=by,
            at=at,
            object_kind="person",
            object_key=str(person),
            detail=detail,
        )


def _ended(moment: datetime, left_out: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return recommendation_decisions.c.decided_at >= moment, recommendations.c.id.not_in(left_out)


def _of_area(area: int) -> ColumnElement[bool]:
    return exists().where(people.c.id == recommendations.c.person, in_offices(below(area)))


def _recommendation(row: Row[Any]) -> Recommendation:
    score = None
    if row.score is not None:
        components = {name: row._mapping[name] for name in COMPONENTS}
        score = ScoreThen(row.day, row.score, band_named(row.band), components, row.rules)
    decision = None
    if row.state is not None:
        decision = RecommendationDecision(
            State(row.state), row.decision_reason, row.decided_by, row.decided_at
        )
    return Recommendation(
        **{name: row._mapping[name] for name in ("id", "person", "cohort", "reason", "author")},
        kind=Kind(row.kind),
        by=row.author_name,
        at=row.made_at,
        score=score,
        rank=RankThen(row.rank, row.criteria),
        decision=decision,
    )


def band_named(place: int | None) -> str | None:
    return None if place is None else BANDS[place]
