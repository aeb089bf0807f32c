"""Row access: which assessments a viewer may see (`authorised`), and whose results (`judged`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, false, or_, select, union

from api.storage.tables import assessments, caseload, judgements, offices, people
from api.storage.viewer import AGENCY, Reach, Viewer

Clause = ColumnElement[bool]
Figures = Callable[[ColumnElement[int]], Clause]  # of an assessment, by its key
each_once = lru_cache(maxsize=1000)  # making a clause takes as long as looking up a row


@dataclass(frozen=True)
class Criterion:
    """`test` checks a row of `assessments`; `keys` finds all rows that pass it by an index.

    `near` is the part of the test that uses only columns of the index of every order. `bounds` tests the
    first column of such an index, so that the database can start there. `figures` looks up results by the
    key of an assessment, where `test` is not complete.
    """

    test: Clause
    keys: Select[tuple[int]] | None = None
    near: Clause | None = None
    bounds: Clause | None = None
    figures: Figures | None = None


def authorised(viewer: Viewer | None) -> Iterator[Criterion]:
    """The criteria that an assessment must meet for this viewer to see it; none if they may see all."""
    if viewer is None:
        return
    if viewer.reach is Reach.NONE:
        yield Criterion(false())
    elif viewer.reach is Reach.OWN:
        yield _submitted_by(viewer.name)
        if viewer.office != AGENCY:
            yield _of_office_or_caseload(viewer.office, viewer.account)
    elif viewer.reach is Reach.CASELOAD:
        yield _of_caseload(viewer.account)
    elif viewer.office != AGENCY:
        yield _of_office(viewer.office)


def judged(viewer: Viewer | None) -> Iterator[Criterion]:
    """The criteria that an assessment must meet for this viewer to see its results; none if they may see all.

    A judgement of the baseline counts for its what-ifs.
    """
    if viewer is not None and viewer.judges_first:
        yield _judged_by(viewer.account)


def of_offices(chosen: Select[tuple[int]]) -> Criterion:
    """The assessments of the people of these offices, and of the people who live in these areas."""
    same = people.c.id == assessments.c.person
    keys = (
        select(assessments.c.pk).join(people, same).where(column.in_(chosen))
        for column in (people.c.office, people.c.home_area)
    )  # one query for each index: PostgreSQL would read everybody for `OR`
    return Criterion(exists().where(same, in_offices(chosen)), select(union(*keys).subquery().c.pk))


def in_offices(chosen: Select[tuple[int]]) -> Clause:
    """Whether a person, a row of `people`, belongs to one of these offices or lives in one of these areas."""
    return or_(people.c.office.in_(chosen), people.c.home_area.in_(chosen))


def below(office: int | ScalarSelect[int]) -> Select[tuple[int]]:
    """The office and all below it. Each query gets a name of its own: a statement may contain several."""
    tree = select(offices.c.id).where(offices.c.id == office).cte(recursive=True)
    return select(tree.union(select(offices.c.id).join(tree, offices.c.parent == tree.c.id)).c.id)


@each_once
def _submitted_by(name: str) -> Criterion:
    own = assessments.c.submitted_by == name
    return Criterion(own, select(assessments.c.pk).where(own))


@each_once
def _of_office(office: int) -> Criterion:
    return of_offices(below(office))


@each_once
def _of_office_or_caseload(office: int, account: int) -> Criterion:
    same = people.c.id == assessments.c.person
    on_caseload = exists().where(caseload.c.user_id == account, caseload.c.person == assessments.c.person)
    return Criterion(or_(exists().where(same, in_offices(below(office))), on_caseload))


@each_once
def _judged_by(account: int) -> Criterion:
    own = select(judgements.c.assessment).where(judgements.c.account == account)
    baselines = assessments.alias("baselines")
    of_baseline = select(baselines.c.id).where(baselines.c.pk.in_(own))
    return Criterion(or_(assessments.c.pk.in_(own), assessments.c.baseline_id.in_(of_baseline)))


@each_once
def _of_caseload(account: int) -> Criterion:
    same = caseload.c.person == assessments.c.person
    own = caseload.c.user_id == account
    return Criterion(exists().where(same, own), select(assessments.c.pk).join(caseload, same).where(own))
