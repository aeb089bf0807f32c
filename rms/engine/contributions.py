"""Contribution tables: what each answer adds to the log-odds of the outcome, one table an item.

The tables come from an additive logistic model fitted when a library is built: one
parameter per level or bin (an unknown is a bin of its own), a ridge penalty that also draws
neighbouring levels of an ordered item together, its strength chosen by cross-validation. They
are centred on the library and rounded to six decimals, so that they can be printed, checked
by hand and are the same on every machine. At query time they are only looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.instrument import Item, ItemKind

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BINS = 10
FOLDS = 5
PENALTIES = (100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)
RIDGE_SHARE = 0.1  # of the penalty on neighbours' differences that also draws an ordered level to zero
DECIMALS = 6


@dataclass(frozen=True)
class ContributionTable:
    """One item's table: `upper` are the inclusive upper edges of all bins but the last.

    An item with levels has a bin for each. `contribution` has one entry per bin and a last one for unknown.
    """

    upper: Floats
    contribution: Floats

    def bins(self, values: Floats) -> Ints:
        """The place of each value (n,) in the table."""
        bins = np.searchsorted(self.upper, values, side="left")
        return np.where(np.isnan(values), len(self.contribution) - 1, bins)

    def look_up(self, values: Floats) -> Floats:
        """Contributions (n,) in log-odds."""
        return self.contribution[self.bins(values)]

    def as_fact(self) -> dict[str, Any]:
        return {"upper": self.upper.tolist(), "contribution": self.contribution.tolist()}

    @classmethod
    def from_fact(cls, fact: dict[str, Any]) -> "ContributionTable":
        return cls(np.array(fact["upper"], float), np.array(fact["contribution"], float))


def fit_tables(
    values: Floats, actual: NDArray[np.uint8], items: Sequence[Item]
) -> tuple[ContributionTable, ...]:
    """Tables for library values `(n, p)` and actuals `(n,)` of 1 or 2.

    Deterministic in the order of the rows; callers give them in the order of case numbers.
    """
    empty = tuple(_empty_table(values[:, j], item) for j, item in enumerate(items))
    design = _Design(empty, np.stack([table.bins(values[:, j]) for j, table in enumerate(empty)], axis=1))
    outcome = (actual == 2).astype(float)
    fitted = design.fit(outcome, _best_penalty(design, outcome, items), items)
    return tuple(
        ContributionTable(table.upper, _centred(fitted[1 + start : 1 + start + table.contribution.size], own))
        for table, start, own in zip(empty, design.starts, design.bins.T, strict=True)
    )


def _empty_table(values: Floats, item: Item) -> ContributionTable:
    if item.levels:
        return ContributionTable(np.arange(len(item.levels) - 1.0), np.zeros(len(item.levels) + 1))
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if known.size else np.zeros(1)
    # An edge at the greatest value would leave the last bin empty; one edge has to stay.
    edges = edges[:1] if edges.size == 1 or known.max() <= edges[0] else edges[edges < known.max()]
    return ContributionTable(edges, np.zeros(edges.size + 2))


def _centred(contribution: Floats, bins: Ints) -> Floats:
    return np.asarray(np.round(contribution - contribution[bins].mean(), DECIMALS))


def _best_penalty(design: "_Design", outcome: Floats, items: Sequence[Item]) -> float:
    """The penalty with the least cross-validated log loss; folds go by position, losses by warm starts."""
    fold = np.arange(outcome.size) % FOLDS
    losses = np.zeros(len(PENALTIES))
    for held_out in range(FOLDS):
        inside, outside = design.rows(fold != held_out), design.rows(fold == held_out)
        start = None
        for k, penalty in enumerate(PENALTIES):
            start = inside.fit(outcome[fold != held_out], penalty, items, start=start, tolerance=1e-4)
            logit = outside.logit(start)
            losses[k] += np.sum(np.logaddexp(0.0, logit) - outcome[fold == held_out] * logit)
    return PENALTIES[int(np.argmin(losses))]


class _Design:
    """The additive model's design: an intercept and one indicator per bin of every item."""

    def __init__(self, tables: Sequence[ContributionTable], bins: Ints) -> None:
        self.tables = tuple(tables)
        self.bins = bins
        sizes = [table.contribution.size for table in tables]
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
        self.matrix = np.zeros((len(bins), 1 + sum(sizes)))
        self.matrix[:, 0] = 1.0
        self.matrix[np.arange(len(bins))[:, None], 1 + self.starts + bins] = 1.0

    def rows(self, chosen: NDArray[np.bool_]) -> "_Design":
        return _Design(self.tables, self.bins[chosen])

    def logit(self, parameters: Floats) -> Floats:
        return self.matrix @ parameters

    def fit(
        self,
        outcome: Floats,
        penalty: float,
        items: Sequence[Item],
        *,
        start: Floats | None = None,
        tolerance: float = 1e-10,
    ) -> Floats:
        """Penalised maximum likelihood by Newton's method, until no parameter moves by `tolerance`."""
        shrink = self._penalty(penalty, items)
        parameters = np.zeros(self.matrix.shape[1]) if start is None else start
        for _ in range(50):
            mean = 1.0 / (1.0 + np.exp(-self.logit(parameters)))
            curvature = (self.matrix * (mean * (1.0 - mean))[:, None]).T @ self.matrix + shrink
            step = np.linalg.solve(curvature, self.matrix.T @ (outcome - mean) - shrink @ parameters)
            parameters = parameters + step
            if np.abs(step).max() < tolerance:
                break
        return parameters

    def _penalty(self, penalty: float, items: Sequence[Item]) -> Floats:
        shrink = np.zeros((self.matrix.shape[1],) * 2)
        shrink[0, 0] = 1e-9
        for item, table, start in zip(items, self.tables, self.starts, strict=True):
            own = slice(1 + start, 1 + start + table.contribution.size)
            shrink[own, own] = penalty * _neighbourly(
                table.contribution.size, ordered=item.kind is not ItemKind.CHOICE
            )
        return shrink


def _neighbourly(size: int, *, ordered: bool) -> Floats:
    """Penalty on one item's parameters: a ridge, and for ordered items squared steps between neighbours."""
    if not ordered:
        return np.eye(size)
    steps = np.diff(np.eye(size)[: size - 1], axis=0)  # the last parameter is unknown: no neighbour
    return steps.T @ steps + RIDGE_SHARE * np.eye(size)
