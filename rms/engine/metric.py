"""How different two patterns of risk factors are: coordinates whose squared distance measures it.

Both library policies are exact L2 searches; they differ in the coordinates. Each
metric gives coordinates for past cases (`coordinates`) and for people to compare
(`query`); the distance between person and case is
`sqrt((‖query − place‖² + offset) / scale)`, 0 where they are identical.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rms.engine.contributions import ContributionTable
from rms.engine.encoding import Encoding
from rms.engine.neighbours import Candidates

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

# λ of the learned metric. The design proposed 3; by five-fold cross-validation 1 is better for recidivism
# on both real files and within .001 for violence (docs/benchmarks.md).
SUM_WEIGHT = 1.0


class Metric(Protocol):
    """Coordinates of raw item values `(n, p)`, NaN where unknown."""

    @property
    def scale(self) -> float: ...

    def coordinates(self, values: Floats) -> Floats:
        """Coordinates of past cases, shape (n, d)."""

    def query(self, values: Floats) -> tuple[Floats, Floats]:
        """Coordinates (n, d) and offsets (n,) of people to compare."""

    def left_out(
        self,
        person: Floats,
        query: Floats,
        candidates: Candidates,
        *,
        items: Rows,
        values: Floats,
        rows: Rows,
    ) -> Floats:
        """Squared distances without one item, a row for each of the items: (t, m).

        `person` (p,) are raw values and `query` (d,) their coordinates; `values[rows]` (m, p) are those of
        the candidates. They are computed by subtraction: what should be 0 may have a rounding error.
        """

    def asked_only(
        self,
        person: Floats,
        query: Floats,
        candidates: Candidates,
        *,
        asked: Floats,
        values: Floats,
        rows: Rows,
    ) -> Floats:
        """Squared distances with only some of the items, a row for each choice of them: (t, m).

        `asked` (t, p) is 1 for an item that counts and 0 otherwise, and no row is all 0; the others as above.
        """

    def item_distances(self, person: Floats, values: Floats) -> Floats:
        """What each item adds to the squared distances, before scaling: (n, p), `person` (p,)."""

    def item_influence(self, person: Floats) -> Floats:
        """How much each answer counts for the outcome, in either direction, shape (p,)."""


@dataclass(frozen=True)
class LearnedMetric:
    """d² = Σⱼ(φⱼ−φⱼ′)² + λ(Σⱼφⱼ − Σⱼφⱼ′)²: similar in each item's contribution, and in their sum."""

    tables: tuple[ContributionTable, ...]

    @property
    def scale(self) -> float:
        return 1.0

    @cached_property
    def _stacked(self) -> tuple[Floats, Floats]:
        """All tables side by side: edges (p, e), infinite past an item's last; contributions (p, e + 2)."""
        most = max(table.upper.size for table in self.tables)
        edges = np.full((len(self.tables), most), np.inf)
        contributions = np.zeros((len(self.tables), most + 2))
        for j, table in enumerate(self.tables):
            edges[j, : table.upper.size] = table.upper
            contributions[j, : table.upper.size + 1] = table.contribution[:-1]
            contributions[j, -1] = table.contribution[-1]
        return edges, contributions

    def contributions(self, values: Floats) -> Floats:
        """φ of every item, shape (n, p), in log-odds: all tables looked up at once."""
        edges, contributions = self._stacked
        bins = (values[:, :, None] > edges).sum(axis=2)
        bins[np.isnan(values)] = contributions.shape[1] - 1
        bins += np.arange(0, contributions.size, contributions.shape[1])
        return np.asarray(contributions.take(bins))

    def coordinates(self, values: Floats) -> Floats:
        phi = self.contributions(values)
        return np.concatenate([phi, np.sqrt(SUM_WEIGHT) * phi.sum(axis=1, keepdims=True)], axis=1)

    def query(self, values: Floats) -> tuple[Floats, Floats]:
        return self.coordinates(values), np.zeros(len(values))

    def left_out(
        self,
        person: Floats,
        query: Floats,
        candidates: Candidates,
        *,
        items: Rows,
        values: Floats,
        rows: Rows,
    ) -> Floats:
        columns = candidates.columns
        whole = candidates.norms - (2.0 * query) @ columns + query @ query
        in_sum = (2.0 * np.sqrt(SUM_WEIGHT)) * (columns[-1] - query[-1])
        # Without item j: d² − φⱼ² − λS² + λ(S − φⱼ)² = d² − φⱼ(2λS + (1 − λ)φⱼ), S the difference of the
        # sums. In place, and no term that is 0: a pass over all cases is what this costs.
        own = columns[items] - query[items, None]
        own *= in_sum if SUM_WEIGHT == 1.0 else in_sum + (1.0 - SUM_WEIGHT) * own
        return np.asarray(np.subtract(whole, own, out=own))

    def asked_only(
        self,
        person: Floats,
        query: Floats,
        candidates: Candidates,
        *,
        asked: Floats,
        values: Floats,
        rows: Rows,
    ) -> Floats:
        differences = candidates.columns[:-1] - query[:-1, None]
        return np.asarray(asked @ differences**2 + SUM_WEIGHT * (asked @ differences) ** 2)

    def item_distances(self, person: Floats, values: Floats) -> Floats:
        return np.asarray((self.contributions(values) - self.contributions(person[None, :])) ** 2)

    def item_influence(self, person: Floats) -> Floats:
        return np.asarray(np.abs(self.contributions(person[None, :])[0]))


@dataclass(frozen=True)
class PlainMetric:
    """Every factor has the same weight (as in 2005); an unknown counts its expected difference.

    With μ and σ² of the library per encoded column, an item known on one side only
    differs by (x−μ)² + σ², on neither by 2σ². Placing unknowns at μ and giving each case a
    further coordinate √(Σσ² of its unknowns) makes that an exact L2 distance; the
    person's own unknowns are the offset.
    """

    encodings: tuple[Encoding, ...]
    mean: Floats  # (c,) over the encoded columns
    variance: Floats  # (c,)

    @property
    def scale(self) -> float:
        return float(len(self.encodings))

    @cached_property
    def columns(self) -> tuple[slice, ...]:
        """The encoded columns of each item."""
        ends = np.cumsum([encoding.width for encoding in self.encodings])
        return tuple(slice(int(end - e.width), int(end)) for e, end in zip(self.encodings, ends, strict=True))

    def coordinates(self, values: Floats) -> Floats:
        encoded, unknown = self._filled(values)
        return np.concatenate([encoded, np.sqrt(unknown)[:, None]], axis=1)

    def query(self, values: Floats) -> tuple[Floats, Floats]:
        encoded, unknown = self._filled(values)
        return np.concatenate([encoded, np.zeros((len(values), 1))], axis=1), unknown

    def _filled(self, values: Floats) -> tuple[Floats, Floats]:
        encoded = encode(values, self.encodings)
        missing = np.isnan(encoded)
        return np.where(missing, self.mean, encoded), (missing * self.variance).sum(axis=1)

    def left_out(
        self,
        person: Floats,
        query: Floats,
        candidates: Candidates,
        *,
        items: Rows,
        values: Floats,
        rows: Rows,
    ) -> Floats:
        asked = _kept(len(self.columns), items)
        return self.asked_only(person, query, candidates, asked=asked, values=values, rows=rows)

    def asked_only(
        self,
        person: Floats,
        query: Floats,
        candidates: Candidates,
        *,
        asked: Floats,
        values: Floats,
        rows: Rows,
    ) -> Floats:
        differences = self._squared_by_item(candidates.coordinates[:, :-1] - query[:-1], person, values[rows])
        return np.asarray(asked @ differences.T / asked.sum(axis=1, keepdims=True))

    def item_distances(self, person: Floats, values: Floats) -> Floats:
        return self._squared_by_item(
            self._filled(values)[0] - self._filled(person[None, :])[0], person, values
        )

    def item_influence(self, person: Floats) -> Floats:
        return np.ones(len(person))

    def _squared_by_item(self, between: Floats, person: Floats, values: Floats) -> Floats:
        """Per item, from differences (n, c) of the encoded columns; what is unknown on either side counts."""
        starts = [columns.start for columns in self.columns]
        differences = np.add.reduceat(between**2, starts, axis=1)
        differences += np.add.reduceat(self.variance, starts) * (np.isnan(values) * 1.0 + np.isnan(person))
        return np.asarray(differences)


def _kept(count: int, items: Rows) -> Floats:
    """Rows of ones, each without one item: shape (len(items), count)."""
    kept = np.ones((len(items), count))
    kept[np.arange(len(items)), items] = 0.0
    return kept


def encode(values: Floats, encodings: Sequence[Encoding]) -> Floats:
    """Raw values (n, p) as encoded columns (n, c); an unknown item is NaN in each of its columns."""
    return np.concatenate([encoding.encode(values[:, j]) for j, encoding in enumerate(encodings)], axis=1)
