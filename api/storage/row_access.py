"""The one place that says which records somebody may see (`authorised`), and whose findings (`judged`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, false, or_, select

from api.storage.tables import assessments, caseload, judgements, offices, people
from api.storage.viewer import AGENCY, Reach, Viewer

Clause = ColumnElement[bool]
Figures = Callable[[ColumnElement[int]], Clause]  # of an assessment, told by its key
each_once = lru_cache(maxsize=1000)  # to make a clause takes as long as to look up a row


@dataclass(frozen=True)
class Criterion:
    """`test` asks it of a row of `assessments`; `keys` finds, by an index, all that it holds for.

    `near` is as much of the test as can be told from what stands in the index of every order. `bounds` is
    the test of a column that such an index begins with, put so that the database can begin there too.
    `figures`, where the test is not all, looks up by the key of an assessment what was found of it.
    """

    test: Clause
    keys: Select[tuple[int]] | None = None
    near: Clause | None = None
    bounds: Clause | None = None
    figures: Figures | None = None


def authorised(viewer: Viewer | None) -> Iterator[Criterion]:
    """What an assessment must meet for this viewer to see it; nothing where every one may be seen."""
    if viewer is None:
        return
    if viewer.reach is Reach.NONE:
        yield Criterion(false())
    elif viewer.reach is Reach.OWN:
        yield _submitted_by(viewer.name)
    elif viewer.reach is Reach.CASELOAD:
        yield _of_caseload(viewer.account)
    elif viewer.office != AGENCY:
        yield _of_office(viewer.office)


def judged(viewer: Viewer | None) -> Iterator[Criterion]:
    """What an assessment must meet for this viewer to be shown what was found; nothing where all may be.

    A judgement on the baseline holds for its what-ifs.
    """
    if viewer is not None and viewer.judges_first:
        yield _judged_by(viewer.account)


def of_offices(chosen: Select[tuple[int]]) -> Criterion:
    """The assessments of the people of these offices."""
    theirs = people.c.id == assessments.c.person
    there = people.c.office.in_(chosen)
    return Criterion(
        exists().where(theirs, there), select(assessments.c.pk).join(people, theirs).where(there)
    )


def below(office: int | ScalarSelect[int]) -> Select[tuple[int]]:
    """The office and every one below it. Each query has its own name: a statement may hold several."""
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
def _judged_by(account: int) -> Criterion:
    own = select(judgements.c.assessment).where(judgements.c.account == account)
    baselines = assessments.alias("baselines")
    of_baseline = select(baselines.c.id).where(baselines.c.pk.in_(own))
    return Criterion(or_(assessments.c.pk.in_(own), assessments.c.baseline_id.in_(of_baseline)))


@each_once
def _of_caseload(account: int) -> Criterion:
    same = caseload.c.person == assessments.c.person
    theirs = caseload.c.user_id == account
    return Criterion(
        exists().where(same, theirs), select(assessments.c.pk).join(caseload, same).where(theirs)
    )
