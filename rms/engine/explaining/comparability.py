"""Why a past case counts as similar: what each item adds to the distance, and what it usually adds.

The squared distance is a sum over the items, and in the learned metric a further term for all of them
together (docs/method.md); so each item's share of it is exact, not an approximation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.engine.library import Library, ProcessCases
from rms.engine.result import Result
from rms.instrument import Answer

Floats = NDArray[np.float64]

LISTED = 3  # items of each kind
NOISE = 1e-9  # contributions have six decimals: a smaller difference is none


@dataclass(frozen=True)
class Compared:
    """One item of the person beside the same item of a past case, None where it is not known.

    `share` is what it adds to the squared distance, 0 to 1.
    """

    code: str
    person: Answer | None
    case: Answer | None
    share: float


@dataclass(frozen=True)
class Explanation:
    """Why one case is as near as it is.

    `alike` are the items that bring it nearest, beside what they add between the person and any case of
    the library; `differ` those that keep it farthest; `together` the share of the term for all items,
    and `rest` that of all items not listed here.
    """

    case_number: int
    alike: tuple[Compared, ...]
    differ: tuple[Compared, ...]
    together: float
    rest: float


@dataclass(frozen=True)
class Between:
    """One item as answered by two past cases and by the person, None where it is not known."""

    code: str
    stayed: Answer | None
    returned: Answer | None
    person: Answer | None


@dataclass(frozen=True)
class Contrast:
    """The nearest case of each outcome, with their distances, and what separates the two most."""

    stayed: int  # its case number
    returned: int
    stayed_distance: float
    returned_distance: float
    differ: tuple[Between, ...]


def explain(result: Result, process: str, library: Library) -> tuple[Explanation, ...]:
    """Why each comparable of one process is one, in the order of the result.

    Empty if the result was made with another library, whose cases are not available.
    """
    shown = next((one.comparables for one in result.simulations if one.process == process), ())
    if not shown or result.library.sha256 != library.reference.sha256:
        return ()
    cases = library.process(process)
    own = library.cases.case_number[cases.rows].searchsorted([case.case_number for case in shown])
    values = library.cases.values[cases.rows]
    differences = cases.metric.item_distances(result.vector, values)
    usual = differences.mean(axis=0)
    squared = _squared(result.vector, values[own], cases)
    return tuple(
        _explanation(case.case_number, result.vector, values[row], differences[row], usual, whole, library)
        for case, row, whole in zip(shown, own.tolist(), squared.tolist(), strict=True)
    )


def contrast(result: Result, process: str, library: Library) -> Contrast | None:
    """The nearest with actual 1 beside the nearest with actual 2; None where one is not in the evidence.

    None as well, if the result was made with another library.
    """
    evidence = next((one.evidence for one in result.simulations if one.process == process), None)
    if evidence is None or result.library.sha256 != library.reference.sha256:
        return None
    cases = library.process(process)
    rows = library.cases.case_number[cases.rows].searchsorted(evidence.case_numbers)
    actual = cases.actual[rows]
    if len(np.unique(actual)) < 2:
        return None
    stayed, returned = (int(np.flatnonzero(actual == outcome)[0]) for outcome in (1, 2))
    values = library.cases.values[cases.rows[rows[[stayed, returned]]]]
    differences = cases.metric.item_distances(values[0], values[1:])[0]
    differ = [j for j in np.argsort(-differences, kind="stable")[:LISTED].tolist() if differences[j] > NOISE]
    return Contrast(
        stayed=int(evidence.case_numbers[stayed]),
        returned=int(evidence.case_numbers[returned]),
        stayed_distance=float(evidence.distances[stayed]),
        returned_distance=float(evidence.distances[returned]),
        differ=tuple(
            Between(library.instrument.items[j].code, *_answers(j, (*values, result.vector), library))
            for j in differ
        ),
    )


def unchangeable_share(result: Result, process: str, library: Library) -> float | None:
    """How much of what the answers say about the outcome comes from items that cannot change, 0 to 1.

    By the size of each item's contribution, in either direction; None with another library.
    """
    if result.library.sha256 != library.reference.sha256:
        return None
    influence = library.process(process).metric.item_influence(result.vector)
    fixed = np.array([not item.dynamic for item in library.instrument.items])
    whole = float(influence.sum())
    return float(influence[fixed].sum()) / whole if whole else None


def _squared(person: Floats, values: Floats, cases: ProcessCases) -> Floats:
    """Squared distances of the person to some cases, before they are scaled."""
    query, offset = cases.metric.query(person[None, :])
    differences = cases.metric.coordinates(values) - query
    return np.asarray(np.vecdot(differences, differences) + offset)


def _explanation(
    number: int,
    person: Floats,
    case: Floats,
    differences: Floats,
    usual: Floats,
    whole: float,
    library: Library,
) -> Explanation:
    differ = [j for j in np.argsort(-differences, kind="stable")[:LISTED].tolist() if differences[j] > NOISE]
    nearer = usual - differences
    alike = [j for j in np.argsort(-nearer, kind="stable").tolist() if nearer[j] > NOISE and j not in differ]
    listed = [*alike[:LISTED], *differ]
    shares = differences / whole if whole > NOISE else np.zeros(len(differences))
    compared = {j: _compared(j, person, case, float(shares[j]), library) for j in listed}
    inside = float(shares.sum())
    return Explanation(
        case_number=number,
        alike=tuple(compared[j] for j in alike[:LISTED]),
        differ=tuple(compared[j] for j in differ),
        together=max(0.0, 1.0 - inside) if whole > NOISE else 0.0,
        rest=max(0.0, inside - sum(one.share for one in compared.values())),
    )


def _compared(j: int, person: Floats, case: Floats, share: float, library: Library) -> Compared:
    mine, theirs = _answers(j, (person, case), library)
    return Compared(library.instrument.items[j].code, mine, theirs, share)


def _answers(j: int, whose: Sequence[Floats], library: Library) -> list[Answer | None]:
    """What each of them answered to one item, None where it is not known."""
    item = library.instrument.items[j]
    return [None if np.isnan(values[j]) else item.answer(values[j]) for values in whose]
