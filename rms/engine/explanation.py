"""Why a past case counts as alike: what each item adds to the distance, and what it usually adds.

The squared distance is a sum over the items, and in the learned metric a further term for all of them
together (docs/method.md); so each item's share of it is a fact and no model of a model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.engine.library import Library, ProcessCases
from rms.engine.result import Result
from rms.instrument import Answer

Floats = NDArray[np.float64]

TOLD = 3  # items of each kind
NOISE = 1e-9  # contributions have six decimals: less than this apart is not apart


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
    the library; `differ` those that keep it farthest; `together` the share of what all items say added
    up, and `rest` that of all items not told here.
    """

    case_number: int
    alike: tuple[Compared, ...]
    differ: tuple[Compared, ...]
    together: float
    rest: float


def explain(result: Result, process: str, library: Library) -> tuple[Explanation, ...]:
    """Why each comparable of one process is one, in the order of the result.

    Nothing, if the result was made with another library: what its cases answered is not at hand.
    """
    shown = next((one.comparables for one in result.simulations if one.process == process), ())
    if not shown or result.library.sha256 != library.reference.sha256:
        return ()
    cases = library.process(process)
    own = library.cases.case_number[cases.rows].searchsorted([case.case_number for case in shown])
    values = library.cases.values[cases.rows]
    apart = cases.metric.apart(result.vector, values)
    usual = apart.mean(axis=0)
    squared = _squared(result.vector, values[own], cases)
    return tuple(
        _explanation(case.case_number, result.vector, values[row], apart[row], usual, whole, library)
        for case, row, whole in zip(shown, own.tolist(), squared.tolist(), strict=True)
    )


def unchangeable_share(result: Result, process: str, library: Library) -> float | None:
    """How much of what the answers say about the outcome comes from items that cannot change, 0 to 1.

    By the size of each item's contribution, whichever way it points; None with another library.
    """
    if result.library.sha256 != library.reference.sha256:
        return None
    says = library.process(process).metric.says(result.vector)
    fixed = np.array([not item.dynamic for item in library.instrument.items])
    whole = float(says.sum())
    return float(says[fixed].sum()) / whole if whole else None


def _squared(person: Floats, values: Floats, cases: ProcessCases) -> Floats:
    """Squared distances of the person to some cases, before they are scaled."""
    seek, offset = cases.metric.seeks(person[None, :])
    apart = cases.metric.places(values) - seek
    return np.asarray(np.vecdot(apart, apart) + offset)


def _explanation(
    number: int, person: Floats, case: Floats, apart: Floats, usual: Floats, whole: float, library: Library
) -> Explanation:
    differ = [j for j in np.argsort(-apart, kind="stable")[:TOLD].tolist() if apart[j] > NOISE]
    nearer = usual - apart
    alike = [j for j in np.argsort(-nearer, kind="stable").tolist() if nearer[j] > NOISE and j not in differ]
    told = [*alike[:TOLD], *differ]
    shares = apart / whole if whole > NOISE else np.zeros(len(apart))
    compared = {j: _compared(j, person, case, float(shares[j]), library) for j in told}
    inside = float(shares.sum())
    return Explanation(
        case_number=number,
        alike=tuple(compared[j] for j in alike[:TOLD]),
        differ=tuple(compared[j] for j in differ),
        together=max(0.0, 1.0 - inside) if whole > NOISE else 0.0,
        rest=max(0.0, inside - sum(one.share for one in compared.values())),
    )


def _compared(j: int, person: Floats, case: Floats, share: float, library: Library) -> Compared:
    item = library.instrument.items[j]
    mine, theirs = (None if np.isnan(values[j]) else item.answer(values[j]) for values in (person, case))
    return Compared(item.code, mine, theirs, share)
